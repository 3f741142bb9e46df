"""What the parts of the desk have in common."""

from collections.abc import Awaitable, Callable, Sequence
from typing import Any

from vmms_tui.engine.context import Context
from vmms_tui.engine.operations.runner import Runner
from vmms_tui.engine.policy.letters import safe
from vmms_tui.engine.policy.rights import check_owner
from vmms_tui.model.commands import LONGEST_REASON, Command, Reply
from vmms_tui.model.errors import Refused, TryAgain
from vmms_tui.model.people import Caller
from vmms_tui.model.records import AnyRecord, Event, Lease, LeaseState, Level, Server

Handler = Callable[[Any, Caller], Awaitable[Reply]]
"""Does one kind of command for a caller whose role was checked. Raises Refused, TryAgain, Failed."""


def asked(caller: Caller) -> str:
    """Why something is done that nobody gave another reason for."""
    return f"{caller.name} asked for it"


def words_of(given: str, what: str = "The reason") -> str:
    """What somebody gives as a reason, on one line and without its stop. Raises Refused: others could not read it."""
    words = safe(" ".join(given.split()).rstrip("."))
    if len(words) > LONGEST_REASON:
        raise Refused("reason", f"{what} has {len(words)} characters.", f"{LONGEST_REASON} are kept.")
    return words


class Part:
    """Some of the commands. `handlers` says which."""

    def __init__(self, context: Context, runner: Runner) -> None:
        self._context = context
        self._runner = runner

    def handlers(self) -> dict[type[Command], Handler]:
        """The commands that this part does."""
        raise NotImplementedError

    def say(
        self,
        caller: Caller,
        kind: str,
        text: str,
        *,
        about: AnyRecord | None = None,
        begun: Sequence[AnyRecord] = (),
        level: Level = Level.INFO,
        reason: str = "",
    ) -> Event:
        """The audit line of what a person does, and of the operation that it begins. It still has to be committed."""
        return self._context.ledger.event(
            kind,
            text,
            about=about,
            level=level,
            actor=caller.name,
            origin=caller.origin,
            reason=reason or asked(caller),
            result="ok",
            operation_id=begun[-1].id if begun else "",
        )

    def lease(self, name: str, caller: Caller) -> Lease:
        """A live lease by its id or its server's. Raises Refused when it is unknown, over, or another's."""
        lease = self._context.state.get(Lease, name) or self._context.state.live_lease_of(name)
        if lease is None:
            raise Refused("unknown", f"There is no lease {name}.", "`vmms leases` shows those that there are.")
        check_owner(caller, lease.owner, f"lease {lease.id}")
        if lease.state in {LeaseState.ENDING, LeaseState.ENDED}:
            why = lease.end_reason or "its time was over"
            raise Refused("lease_over", f"Lease {lease.id} is over: {why}.", "Ask for a new server.")
        return lease

    def server(self, lease: Lease) -> Server:
        """The lease's server."""
        return self._context.state.need(Server, lease.server_id)

    def free_server(self, lease: Lease) -> Server:
        """The lease's server, with no operation at work on it. Raises TryAgain."""
        server = self.server(lease)
        operation = self._context.state.operation_on(server.id)
        if operation is not None:
            raise TryAgain(f"{operation.kind} is at work on {server.id}.", "Try again when it is done.")
        return server
