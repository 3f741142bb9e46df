"""What a failure of an operation says in the end: one sentence, fit to be shown, and what to do now. Pure."""

import json
import re
from collections.abc import Iterator
from typing import Any

from vmms_tui.engine.cloud.errors import AccessDenied, BadRequest, CloudError, Conflict, NotFound, QuotaExceeded
from vmms_tui.engine.operations.steps import Fail
from vmms_tui.engine.wording import printable
from vmms_tui.model.records import Operation, OperationKind, Server

LONGEST = 400
"""Characters of a sentence that are kept."""
DEEPEST = 8
"""How deep words are looked for in JSON."""
MISTAKE = "Tell whoever looks after VMMS: the log of the engine has the details."

NO_POOL = "Put the pool back into the settings, then `vmms reload`."

_ESCAPE = re.compile(r"\x1b\[[0-?]*[ -/]*[@-~]")
_TRACE = re.compile(r"\W*Traceback \(most recent call last\).*", re.DOTALL)
_SAYS = ("message", "faultstring", "detail", "error", "title")
_BREAK = re.compile(r"[.!?] +(?=[A-Z])(\w)(?=[a-z ])")

_K = OperationKind
_GOES_ON = frozenset({_K.PROVISION, _K.RECLAIM, _K.HEAL, _K.REPLACE})
"""Kinds after whose failure the engine goes on by itself."""
_AFTER: dict[OperationKind, str] = {
    _K.PROVISION: "Its pool builds another by itself; `vmms log {server}` shows its console.",
    _K.RECLAIM: "The engine begins it again by itself; if it fails again, delete {server} in the cloud.",
    _K.HEAL: "Its ladder goes on by itself; `vmms show {server}` says what comes next.",
    _K.REPLACE: "Its ladder goes on by itself; `vmms show {server}` says what comes next.",
    _K.HAND_OVER: "`vmms retry {id}` tries it again; else release the lease and ask for another server.",
    _K.STOP: "Look at its console (`vmms log {server}`), then `vmms retry {id}`.",
    _K.START: "Look at its console (`vmms log {server}`), then `vmms reboot {server} --hard`.",
    _K.REBOOT: "Look at its console (`vmms log {server}`), then `vmms reboot {server} --hard`.",
    _K.RESET_PASSWORD: "See that it answers (`vmms log {server}`), then reset the password once more.",
    _K.REBUILD: "Look at its console (`vmms log {server}`), then `vmms retry {id}`, or release the lease.",
    _K.MOVE: "See where it is (`vmms show {server}`), then `vmms retry {id}`.",
    _K.EVACUATE: "Look at its host and where it is (`vmms show {server}`), then `vmms retry {id}`.",
}
_REFUSED: tuple[tuple[type[CloudError], str], ...] = (
    (QuotaExceeded, "Give the project more room, or release what is not needed."),
    (AccessDenied, "Mend the credentials, or the rights of their user in the cloud."),
    (NotFound, "Look in the cloud at what it names: somebody else has removed it."),
    (Conflict, "Wait until the cloud is through with it."),
    (BadRequest, "Mend what it names, in the cloud or in the settings."),
)


def refused(error: CloudError) -> Fail:
    """An answer of the cloud after which a step is not tried again."""
    remedy = next((said for kind, said in _REFUSED if isinstance(error, kind)), "")
    return Fail(error.message, quota=isinstance(error, QuotaExceeded), remedy=remedy)


def not_ours(server: Server) -> Fail:
    """Somebody has taken our marks off it, or put another's there."""
    text = f"the server {server.cloud_id} in the cloud does not carry our tag for {server.id}"
    return Fail(text, remedy="Ask who changed its metadata; VMMS changes nothing that is not marked as its own.")


def removed(server: Server) -> Fail:
    """The cloud says 404."""
    release = f": `vmms release {server.lease_id}`" if server.lease_id else ""
    return Fail("the cloud no longer has it", remedy=f"Nothing brings it back: release its lease{release}.")


def whole(failure: Fail, operation: Operation) -> Fail:
    """The failure as one sentence, with a remedy. One that names no remedy gets that of its kind of operation."""
    usual = _AFTER[operation.kind].format(server=operation.server_id, id=operation.id)
    remedy = failure.remedy.strip()
    if not remedy:
        remedy = usual
    elif operation.kind in _GOES_ON and usual not in remedy:
        remedy = f"{full_stop(remedy)} {usual}"
    return Fail(
        clause(failure.reason) or "it failed, and nothing says why",
        failure.detail,
        failure.quota,
        full_stop(one_line(remedy)),
    )


def clause(text: str) -> str:
    """What a cloud or a server said, as a part of a sentence: no trace, no JSON, no second sentence, no full stop."""
    words = one_line(_TRACE.sub("", _in_json(text)))
    return _BREAK.sub(lambda found: f"; {found[1].lower()}", words).rstrip(" .;:")


def full_stop(text: str) -> str:
    """The sentence with its end."""
    return text if not text or text.endswith((".", "!", "?", "…")) else f"{text}."


def one_line(text: str) -> str:
    """Printable text in one line, and not too long."""
    line = " ".join(printable(_ESCAPE.sub("", text)).split())
    return line if len(line) <= LONGEST else f"{line[: LONGEST - 1]}…"


def _in_json(text: str) -> str:
    """The words in a JSON object, in place of it: services quote each other's answers."""
    begin, decoder = text.find("{"), json.JSONDecoder()
    while begin >= 0:
        try:
            found, end = decoder.raw_decode(text, begin)
        except (ValueError, RecursionError):
            begin = text.find("{", begin + 1)
            continue
        said = "; ".join(_words(found, DEEPEST)) or "it said no more"
        text = f"{text[:begin]}{said}{text[end:]}"
        begin = text.find("{", begin + len(said))
    return text


def _words(found: Any, deep: int) -> Iterator[str]:
    if not isinstance(found, dict) or not deep:
        return
    said = next((found[name] for name in _SAYS if isinstance(found.get(name), str) and found[name]), "")
    if said:
        yield said
        return
    for value in found.values():
        yield from _words(value, deep - 1)
