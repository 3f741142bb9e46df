"""A client of an engine in another process, over HTTP on a Unix socket."""

import contextlib
import os
import ssl
import sys
from collections.abc import AsyncGenerator, AsyncIterator, Collection, Iterator
from pathlib import Path
from typing import TypeVar

import msgspec

from vmms_tui.model.audit import EventPage, EventQuery
from vmms_tui.model.commands import AnyCommand, Reply
from vmms_tui.model.errors import Failed, Refused, TryAgain, VmmsError
from vmms_tui.model.leaks import Leaks
from vmms_tui.model.status import Reading, Snapshot, Update
from vmms_tui.model.wire import Reader
from vmms_tui.settings.people import unix_user

# httpx imports its own command, with rich and pygments, where it can, and httpcore another event loop than ours: 250 ms
# of the 400 that a command may take.
sys.modules.setdefault("httpx._main", None)  # type: ignore[arg-type]
_absent = "trio" not in sys.modules
if _absent:
    sys.modules["trio"] = None  # type: ignore[assignment]
import httpcore  # noqa: E402, F401
import httpx  # noqa: E402

if _absent:
    del sys.modules["trio"]

PATIENCE = 40.0
"""Seconds that the engine gets for an answer: a new password may take 30."""
LOOK_PATIENCE = 300.0
"""Seconds for an answer that needs every list of the cloud, page by page."""
SILENCE = 15.0
"""Seconds without a line after which a change stream is given up; the engine sends one every five."""

T = TypeVar("T")
_page = msgspec.json.Decoder(EventPage)

_LOOK = "It may have been done: look before you ask again."


class RemoteClient:
    """Talks to the engine behind a socket. Implements EngineClient; after an error, just call again."""

    def __init__(
        self,
        path: Path,
        *,
        says: str = "",
        read_only: bool = False,
        patience: float = PATIENCE,
        silence: float = SILENCE,
    ) -> None:
        """`says` is for the audit: with what and from where. `patience` and `silence` (in a stream) are seconds."""
        self._path = path
        self._patience = patience
        self._silence = silence
        self._http = httpx.AsyncClient(
            # There is no TLS on a Unix socket; a bare context spares reading the machine's certificates.
            transport=httpx.AsyncHTTPTransport(
                uds=str(path),
                verify=ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT),
                # A line for each question costs next to nothing here; an old one may be hung up just when it is used.
                limits=httpx.Limits(max_keepalive_connections=0),
            ),
            base_url="http://vmms",
            timeout=patience,
            trust_env=False,
            headers=_headers(says, read_only),
        )

    @property
    def actor(self) -> str:
        """See EngineClient. The kernel tells the engine the same."""
        return unix_user()

    @property
    def embedded(self) -> bool:
        """See EngineClient."""
        return False

    async def snapshot(self, kinds: Collection[str] = (), *, mine: bool = False) -> Snapshot:
        """See EngineClient; with `kinds` (`lease`, `server` …) only these records, with `mine` only our own."""
        asked = ({"kinds": ",".join(kinds)} if kinds else {}) | ({"mine": "yes"} if mine else {})
        with self._told(self._patience):
            response = await self._http.get("/snapshot", params=asked)
            return _read(response, Snapshot)

    async def leaks(self, *, fresh: bool = False, everything: bool = False) -> Leaks:
        """See EngineClient."""
        params = ({"look": "yes"} if fresh else {}) | ({"all": "yes"} if everything else {})
        patience = LOOK_PATIENCE if params else self._patience
        with self._told(patience):
            return _read(await self._http.get("/leaks", params=params, timeout=patience), Leaks)

    async def follow(self) -> AsyncGenerator[Snapshot | Update | Reading]:
        """See EngineClient. Ends when the engine does; raises TryAgain when the line breaks."""
        timeout = httpx.Timeout(self._patience, read=self._silence)
        reader = Reader()
        with self._told(self._silence):
            async with self._http.stream("GET", "/follow", timeout=timeout) as response:
                if response.status_code != httpx.codes.OK:
                    await response.aread()
                    raise _complaint(response)
                async for line in _lines(response.aiter_bytes()):
                    if (news := reader.take(line)) is not None:
                        yield news

    async def events(self, query: EventQuery) -> AsyncGenerator[EventPage]:
        """What happened, also long ago, piece by piece. Raises TryAgain when the answer is not whole."""
        ended = False
        with self._told(self._patience):
            async with self._http.stream("GET", "/events", params=msgspec.to_builtins(query)) as response:
                if response.status_code != httpx.codes.OK:
                    await response.aread()
                    raise _complaint(response)
                async for line in _lines(response.aiter_bytes()):
                    page = _page.decode(line)
                    ended = page.end
                    yield page
        if not ended:
            raise TryAgain(f"The engine at {self._path} broke the line off.", "Try again.")

    async def send(self, command: AnyCommand) -> Reply:
        """See EngineClient."""
        with self._told(self._patience, _LOOK):
            content = msgspec.json.encode(command)
            response = await self._http.post("/command", content=content, headers={"content-type": "application/json"})
            return _read(response, Reply)

    async def close(self) -> None:
        """See EngineClient."""
        await self._http.aclose()

    @contextlib.contextmanager
    def _told(self, seconds: float, remedy: str = "Try again.") -> Iterator[None]:
        """What went wrong on the way, in a sentence."""
        try:
            yield
        except (httpx.ConnectError, httpx.ConnectTimeout):
            raise self._nobody() from None
        except httpx.TimeoutException:
            said = f"The engine at {self._path} has said nothing for {seconds:g} seconds."
            raise TryAgain(said, remedy) from None
        except httpx.TransportError:
            raise TryAgain(f"The engine at {self._path} broke the line off.", remedy) from None
        except msgspec.DecodeError as error:
            raise Failed(
                f"The engine at {self._path} speaks otherwise than this program ({error}).",
                "Restart the engine, so that both are of one version.",
            ) from None

    def _nobody(self) -> TryAgain:
        if self._path.exists() and not os.access(self._path, os.W_OK):
            return TryAgain(f"The engine at {self._path} is another user's.", "Work as that user.")
        return TryAgain(
            f"No engine answers at {self._path}.", "Start one with `vmms` or `vmms engine`, or add --start."
        )


def _headers(says: str, read_only: bool) -> dict[str, str]:
    said = {"vmms-says": says.encode("ascii", "replace").decode()} if says else {}
    return said | ({"vmms-read-only": "yes"} if read_only else {})


def _read(response: httpx.Response, kind: type[T]) -> T:
    if response.status_code != httpx.codes.OK:
        raise _complaint(response)
    return msgspec.json.decode(response.content, type=kind)


def _complaint(response: httpx.Response) -> VmmsError:
    """What the engine says of a call that it does not take."""
    try:
        reply = msgspec.json.decode(response.content, type=Reply)
    except msgspec.DecodeError:
        return Failed(f"The engine answers with HTTP status {response.status_code}.", "Is it an engine?")
    if reply.code == "refused":
        return Refused(reply.rule, reply.text, reply.remedy)
    return Failed(reply.text, reply.remedy)


async def _lines(chunks: AsyncIterator[bytes]) -> AsyncIterator[bytes]:
    """Lines ended by a newline, and by nothing else: names may hold the other line ends of Unicode."""
    pieces: list[bytes] = []
    async for chunk in chunks:
        *ended, rest = chunk.split(b"\n")
        for end in ended:
            yield b"".join([*pieces, end])
            pieces = []
        if rest:
            pieces.append(rest)
