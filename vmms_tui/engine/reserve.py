"""Room that is kept free for hosts that die, as the engine knows it: made anew with each reading of the hosts.

Between two readings only what was begun to be built since is added; what has gone since frees its room at the next.
"""

from datetime import datetime

from vmms_tui.engine.context import Context
from vmms_tui.model.records import Lease, LeaseState, Pool, Server, ServerState
from vmms_tui.model.reserve import NOT_READ, Ground, Reserve, Size
from vmms_tui.model.surroundings import Host, Kind, Survey

_NO_MORE = frozenset({ServerState.GONE, ServerState.RECLAIMING, ServerState.FAILED})


class Reserves:
    """Asked by pools before they build, and by whoever shows how it stands."""

    def __init__(self, context: Context) -> None:
        self._context = context
        self._ground: Ground | None = None
        self._read_at: datetime | None = None
        self._pending: dict[str, Size] = {}
        self._stands: Reserve | None = None
        self._made_of: object = None

    def room(self, pool: Pool, wish: int) -> int | None:
        """How many of so many servers the pool may build; None: as far as this goes, all.

        Where nobody can know it (no administrator's list, numbers that are missing), nothing is held back: Dash tells.
        Until the hosts were asked once, everything is.
        """
        number = self._context.policy.hosts.reserve
        if not number or wish <= 0:
            return None
        ground = self._look()
        if ground is None:
            return 0 if self._comes() else None
        if ground.unknown:
            return None
        return ground.more(number, (pool.ram_mib, pool.disk_gib), tuple(self._pending.values()), wish)

    def stands(self) -> Reserve | None:
        """How it stood at the last `tick`; None: no room is kept."""
        return self._stands

    def tick(self) -> None:
        """See how it stands, if anything has changed."""
        number = self._context.policy.hosts.reserve
        if not number:
            self._stands = self._made_of = None
            return
        ground = self._look()
        state = self._context.state
        wishes = {
            pool.id: ((pool.ram_mib, pool.disk_gib), max(0, pool.limit_now - state.counts_of(pool.id).total))
            for pool in state.pools()
            if not pool.retired
        }
        made_of = (number, ground, tuple(self._pending), wishes, self._survey())
        if made_of == self._made_of:
            return
        self._made_of = made_of
        if ground is None:
            self._stands = Reserve(hosts=number, why=self._why_not())
        else:
            self._stands = ground.stands(number, wishes, tuple(self._pending.values()))

    def _survey(self) -> Survey | None:
        return self._context.state.get(Survey, Kind.HOSTS)

    def _comes(self) -> bool:
        """Whether the first reading is still on its way."""
        survey = self._survey()
        return survey is None or (survey.read_at is None and not survey.problem)

    def _why_not(self) -> str:
        survey = self._survey()
        if survey is None or (survey.read_at is None and not survey.problem):
            return NOT_READ
        return survey.problem.rstrip(".") or "the list of hosts is too old"

    def _look(self) -> Ground | None:
        """The hosts of the last reading, with what was begun since; None: there is none, or it is too old."""
        survey, state = self._survey(), self._context.state
        if survey is None or survey.read_at is None or survey.stale(self._context.clock.now()):
            self._ground = self._read_at = None
            self._pending.clear()
            return None
        if self._ground is None or survey.read_at != self._read_at:
            important = {one.server_id: one.importance for one in state.all(Lease) if one.state is not LeaseState.ENDED}
            self._ground = Ground(state.all(Host), state.all(Server), important)
            self._read_at = survey.read_at
            self._pending.clear()
        self._take_builds(self._ground)
        return self._ground

    def _take_builds(self, ground: Ground) -> None:
        state = self._context.state
        for server in state.unfinished():
            if server.id not in ground.seen and not server.lease_id:
                self._pending.setdefault(server.id, (server.ram_mib, server.disk_gib))
        for server_id in list(self._pending):
            known = state.get(Server, server_id)
            if known is None or known.state in _NO_MORE:
                del self._pending[server_id]
