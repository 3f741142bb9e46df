"""Moves servers that are mended: the same operation that people ask for, after the same looks."""

from vmms_tui.engine.context import Context
from vmms_tui.engine.operations.runner import Runner
from vmms_tui.model.inventory import Latest
from vmms_tui.model.moving import Question, stop_of
from vmms_tui.model.records import AnyRecord, Lease, OperationKind, Server
from vmms_tui.model.surroundings import Host, Kind, Survey
from vmms_tui.model.ties import ties_of


class Mover:
    """To whatever host the scheduler chooses; live where the server runs."""

    def __init__(self, context: Context, runner: Runner) -> None:
        self._context = context
        self._runner = runner
        self._hosts = Latest()

    def why_not(self, server: Server, lease: Lease) -> str:
        """Why it cannot be moved now, without the stop; empty: it can. Nothing else may be at work on it."""
        state = self._context.state
        survey = state.get(Survey, Kind.HOSTS)
        question = Question(
            server=server,
            hosts=self._hosts.of(state.all(Host)),
            cold=_cold(server),
            lease=lease,
            ties=ties_of(server, state),
            unread=survey.problem if survey is not None else "",
        )
        stop = stop_of(question)
        return stop.text.rstrip(".") if stop else ""

    def begin(self, server: Server, lease: Lease, why: str) -> tuple[AnyRecord, ...]:
        """The records that begin it, to be committed with the decision; the operation is the last."""
        return self._runner.begin(
            OperationKind.MOVE,
            server,
            actor="engine",
            reason=why,
            lease_id=lease.id,
            host="",
            cold="yes" if _cold(server) else "no",
        )


def _cold(server: Server) -> bool:
    return server.cloud_status != "ACTIVE"
