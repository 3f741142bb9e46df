"""What a failure of an operation says in the end: one sentence, fit to be shown, and what to do now. Pure."""

import re

from vmms_tui.engine.cloud.errors import AccessDenied, BadRequest, CloudError, Conflict, NotFound, QuotaExceeded
from vmms_tui.engine.operations.steps import Fail
from vmms_tui.engine.wording import full_stop, legible, one_line
from vmms_tui.model.records import Operation, OperationKind, Server

MISTAKE = "Tell whoever looks after VMMS: the log of the engine has the details."

ADMINISTRATOR = "Give VMMS an administrator's credentials in clouds.yaml."
NO_POOL = "Put the pool back into the settings, then `vmms reload`."

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
    words = legible(text)
    return _BREAK.sub(lambda found: f"; {found[1].lower()}", words).rstrip(" .;:")
