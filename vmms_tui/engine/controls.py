"""Whether the silence of a server counts: only where somebody who can be compared with it answers at the same time.

Whoever is not heard by a proof of health may live, and only the way from here to it is cut. So another server of its
pool must answer. Where it is the only one of its pool that is asked, one of another pool in the same network must.
"""

import asyncio
from collections.abc import Iterable, Sequence

from vmms_tui.engine.context import Context
from vmms_tui.model.healing import HealthKind
from vmms_tui.model.records import Server, ServerState
from vmms_tui.model.spec import PoolSpec

CONTROLS = 3
"""Servers that are asked for that at most, all at once."""
ALONE = (
    "no other server of its pool or its network is asked for a proof: perhaps it lives, and only the way there is cut"
)
_ASKED = frozenset({ServerState.READY, ServerState.LEASED})


def asked(context: Context, spec: PoolSpec) -> list[Server]:
    """Servers of a pool that should answer: up, and nobody at work on them. None where the pool wants no proof."""
    if spec.health.kind is HealthKind.NONE:
        return []
    state = context.state
    return [
        server
        for server in state.servers_of(spec.name)
        if server.state in _ASKED
        and server.cloud_status == "ACTIVE"
        and not server.task_state
        and state.operation_on(server.id) is None
    ]


async def doubt(context: Context, server: Server) -> str:
    """Why the silence of this server proves nothing just now, without a stop; empty: somebody like it answers."""
    spec = context.spec_of(server)
    if spec is None:
        return f"pool {server.pool} is no longer in the settings"
    others = [one for one in asked(context, spec) if one.id != server.id]
    if others:
        why = f"no other server of its pool answers either, of {len(others)}: perhaps only the way there is cut"
        return "" if await _any_answers(context, others) else why
    near = [one for other in _same_network(context, spec) for one in asked(context, other)]
    if not near:
        return ALONE
    return (
        ""
        if await _any_answers(context, near)
        else "no other server of its network answers either: perhaps only the way there is cut"
    )


def _same_network(context: Context, spec: PoolSpec) -> Iterable[PoolSpec]:
    """Other pools whose servers are asked on the same way."""
    for other in context.specs.values():
        way = (other.project, other.networks[:1], other.floating_network)
        if other.name != spec.name and way == (spec.project, spec.networks[:1], spec.floating_network):
            yield other


async def _any_answers(context: Context, servers: Sequence[Server]) -> bool:
    """Ask some of those that did not fail to answer at their last proof, those first that answered last."""
    answers = context.answers
    likely = [one for one in servers if one.id not in answers.mute]
    likely.sort(key=lambda one: (-_when(context, one), one.id))
    return any(await asyncio.gather(*(_answers(context, one) for one in likely[:CONTROLS])))


def _when(context: Context, server: Server) -> float:
    last = context.answers.last.get(server.id)
    return last.at.timestamp() if last is not None else 0.0


async def _answers(context: Context, server: Server) -> bool:
    spec = context.spec_of(server)
    if spec is None:
        return False
    guest = context.guest_of(server)
    ready = (await context.guests.answers(spec.health, guest)).ready
    if ready:
        context.answers.heard(server.id, guest.address, spec.health.port, context.clock.now())
    return ready
