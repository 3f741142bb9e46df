"""The file that a simulated cloud is kept in, and the log beside it of what a large one has changed since.

A cloud of tens of megabytes is not written anew for every tag that is set: what a call has touched is a line in the
log, and the file follows when the log has grown to half of it. The log begins with the generation of its file.
"""

from collections.abc import Mapping, Set
from pathlib import Path
from typing import Generic, TypeVar, overload

import msgspec

from vmms_tui.engine.cloud.simulated import whole
from vmms_tui.engine.cloud.simulated.records import (
    Contents,
    Project,
    SimFloatingIP,
    SimHost,
    SimMove,
    SimNetwork,
    SimPort,
    SimServer,
    SimVolume,
)
from vmms_tui.model.errors import Failed

VERSION = 1
MANY = 500
"""With fewer servers and ports than this the file is written anew each time: nothing of it is in a log."""

T = TypeVar("T")
D = TypeVar("D")


class Table(dict[str, T], Generic[T]):
    """Things by id. While `noting`, whatever is taken, put or dropped by its id is noted: it may be another now."""

    def __init__(self, things: Mapping[str, T]) -> None:
        super().__init__(things)
        self.noting = False
        self.touched: set[str] = set()

    def __getitem__(self, key: str) -> T:
        if self.noting:
            self.touched.add(key)
        return super().__getitem__(key)

    def __setitem__(self, key: str, thing: T) -> None:
        self.touched.add(key)
        super().__setitem__(key, thing)

    def __delitem__(self, key: str) -> None:
        self.touched.add(key)
        super().__delitem__(key)

    @overload
    def get(self, key: str, default: None = None, /) -> T | None: ...
    @overload
    def get(self, key: str, default: T, /) -> T: ...
    @overload
    def get(self, key: str, default: D, /) -> T | D: ...
    def get(self, key: str, default: object = None, /) -> object:
        """See dict."""
        if self.noting:
            self.touched.add(key)
        return super().get(key, default)


NOTED = ("hosts", "servers", "ports", "floating_ips", "volumes", "moves")
"""The tables of which a line holds what was touched."""


class Line(msgspec.Struct, omit_defaults=True, kw_only=True):
    """What is so after a call. None: it is gone."""

    time: float
    serial: int
    projects: dict[str, Project]
    networks: dict[str, SimNetwork]
    hosts: dict[str, SimHost | None] = msgspec.field(default_factory=dict)
    servers: dict[str, SimServer | None] = msgspec.field(default_factory=dict)
    ports: dict[str, SimPort | None] = msgspec.field(default_factory=dict)
    floating_ips: dict[str, SimFloatingIP | None] = msgspec.field(default_factory=dict)
    volumes: dict[str, SimVolume | None] = msgspec.field(default_factory=dict)
    moves: dict[str, SimMove | None] = msgspec.field(default_factory=dict)
    moves_made: int = 0


_encoder = msgspec.json.Encoder()
_line = msgspec.json.Decoder(Line)


class CloudFile:
    """The file and its log."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._log = path.with_name(f"{path.name}.log")
        self._size = 0
        """Bytes of the file, if we wrote it; 0: it is to be written before anything is noted in the log."""
        self._logged = 0
        """Bytes of its log."""

    def read(self) -> Contents | None:
        """What they hold; None when there is no file. Raises Failed."""
        path = self.path
        try:
            contents = whole.decoded(path.read_bytes())
        except FileNotFoundError:
            return None
        except OSError as error:
            raise Failed(f"{path}: {error.strerror}.", "Mend that, or choose another folder for the state.") from error
        except (msgspec.DecodeError, UnicodeDecodeError) as error:
            raise _unusable(path, str(error)) from error
        if contents.version != VERSION:
            raise _unusable(path, f"its version is {contents.version}, this program writes {VERSION}")
        self._follow(contents)
        return contents

    def _follow(self, contents: Contents) -> None:
        """Take in what the log says, if it is of this file. A line that was cut short was never answered for."""
        try:
            head, *lines = self._log.read_bytes().split(b"\n")
        except FileNotFoundError:
            return
        except OSError as error:
            raise Failed(f"{self._log}: {error.strerror}.", "Mend that, or choose another folder.") from error
        if head != _head(contents):
            return
        try:
            for line in lines[:-1]:
                _take(contents, _line.decode(line))
        except (msgspec.DecodeError, UnicodeDecodeError) as error:
            raise _unusable(self._log, str(error)) from error

    def write(self, contents: Contents) -> None:
        """Replace the file in one go. What was written survives the end of the process, not of the machine.

        Raises Failed.
        """
        contents.generation += 1
        new = self.path.with_name(f"{self.path.name}.new")
        self._size = self._logged = 0
        try:
            self.path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
            new.touch(mode=0o600)
            with new.open("wb") as file:
                size = sum(map(file.write, whole.pieces(contents)))
            new.replace(self.path)
        except OSError as error:
            raise _unwritable(self.path, error) from error
        self._size = size

    def note(self, contents: Contents, touched: Mapping[str, Set[str]]) -> None:
        """Write down what may be another now, by table and id; the whole file where that is as quick.

        Raises Failed.
        """
        if len(contents.servers) + len(contents.ports) < MANY or self._logged >= self._size // 2:
            self.write(contents)
            return
        tables = {name: getattr(contents, name) for name in touched}
        changes = {name: {one: dict.get(table, one) for one in touched[name]} for name, table in tables.items()}
        line = Line(
            time=contents.time,
            serial=contents.serial,
            moves_made=contents.moves_made,
            projects=contents.projects,
            networks=contents.networks,
            **changes,
        )
        data = _encoder.encode(line) + b"\n"
        try:
            self._append(data if self._logged else _head(contents) + b"\n" + data, fresh=not self._logged)
        except OSError as error:
            self._size = 0  # nobody knows how the log ends now
            raise _unwritable(self._log, error) from error

    def _append(self, data: bytes, *, fresh: bool) -> None:
        if fresh:
            self._log.touch(mode=0o600)
        with self._log.open("wb" if fresh else "ab") as log:
            log.write(data)
        self._logged += len(data)


def _head(contents: Contents) -> bytes:
    return b"generation %d" % contents.generation


def _take(contents: Contents, line: Line) -> None:
    """Let it be so."""
    contents.time, contents.serial, contents.moves_made = line.time, line.serial, line.moves_made
    contents.projects, contents.networks = line.projects, line.networks
    for name in NOTED:
        table = getattr(contents, name)
        for key, thing in getattr(line, name).items():
            if thing is None:
                table.pop(key, None)
            else:
                table[key] = thing


def _unusable(path: Path, why: str) -> Failed:
    return Failed(f"{path} holds no simulated cloud ({why}).", "Move it away: an empty cloud is made then.")


def _unwritable(path: Path, error: OSError) -> Failed:
    return Failed(f"{error.filename or path}: {error.strerror}.", "Make room, or mend its rights.")
