"""The file that a simulated cloud is kept in."""

from pathlib import Path

import msgspec

from vmms_tui.engine.cloud.simulated.records import Contents
from vmms_tui.model.errors import Failed

VERSION = 1

_encoder = msgspec.json.Encoder()
_decoder = msgspec.json.Decoder(Contents)


def read(path: Path) -> Contents | None:
    """What the file holds; None when there is none. Raises Failed."""
    try:
        contents = _decoder.decode(path.read_bytes())
    except FileNotFoundError:
        return None
    except OSError as error:
        raise Failed(f"{path}: {error.strerror}.", "Mend that, or choose another folder for the state.") from error
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise _unusable(path, str(error)) from error
    if contents.version != VERSION:
        raise _unusable(path, f"its version is {contents.version}, this program writes {VERSION}")
    return contents


def write(path: Path, contents: Contents) -> None:
    """Replace the file in one go. What was written survives the end of the process, not of the machine.

    Raises Failed.
    """
    new = path.with_name(f"{path.name}.new")
    try:
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        new.touch(mode=0o600)
        new.write_bytes(_encoder.encode(contents))
        new.replace(path)
    except OSError as error:
        raise Failed(f"{error.filename or path}: {error.strerror}.", "Make room, or mend its rights.") from error


def _unusable(path: Path, why: str) -> Failed:
    return Failed(f"{path} holds no simulated cloud ({why}).", "Move it away: the next start makes an empty cloud.")
