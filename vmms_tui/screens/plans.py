"""What a change would do, before it is done: the text of the Preflight dialog. Pure."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from vmms_tui.keys import Act, address_of, menus
from vmms_tui.keys import leases as on_leases
from vmms_tui.model import commands
from vmms_tui.model.commands import AnyCommand, CancelRequest, Release
from vmms_tui.model.records import Lease, Request
from vmms_tui.screens.commands import command_line
from vmms_tui.screens.rows import LeaseRow
from vmms_tui.screens.wording import both, count, lease_state, size, span


@dataclass(frozen=True)
class Effect:
    """Something that will happen, and whether it can be undone."""

    what: str
    undone: str


@dataclass(frozen=True)
class Plan:
    """A change that has been thought through."""

    title: str
    button: str
    effects: tuple[Effect, ...]
    warnings: tuple[str, ...]
    commands: tuple[AnyCommand, ...]
    basis: tuple[object, ...]
    """What it was made from; another basis means that the world has changed since it was read."""

    @property
    def command_lines(self) -> tuple[str, ...]:
        """The same as command lines."""
        return tuple(command_line(one) for one in self.commands)


MakePlan = Callable[[], Plan | None]
"""Reads the world anew; None when there is nothing left to do."""


def _basis(rows: Sequence[LeaseRow]) -> tuple[object, ...]:
    return tuple(
        (row.id, row.about.state, row.end, row.about.owner, row.server and (row.server.state, address_of(row.server)))
        for row in rows
    )


def _warnings(rows: Sequence[LeaseRow], actor: str, now: datetime) -> tuple[str, ...]:
    said = []
    for row in rows:
        name = _server_of(row)
        if row.about.owner != actor:
            said.append(f"{name} is {row.about.owner}'s, not yours ({actor}).")
        if row.about.importance:
            note = f": “{row.about.note}”" if row.about.note else ""
            said.append(f"{name} has importance {row.about.importance} of 10{note}.")
        if row.server is not None and row.server.missing_since:
            said.append(f"The cloud's list does not show {name} since {both(row.server.missing_since, now)}.")
    return tuple(said)


def _server_of(row: LeaseRow) -> str:
    return row.about.server_id if isinstance(row.about, Lease) else row.id


def release(rows: Sequence[LeaseRow], actor: str, now: datetime) -> Plan:
    """End leases, take requests back."""
    leases = [row for row in rows if isinstance(row.about, Lease)]
    requests = [row.about for row in rows if isinstance(row.about, Request)]
    effects = [effect for row in leases for effect in _release_one(row, now)]
    effects += [
        Effect(f"take back {one.id}, place {one.position} in the queue", "ask anew, at the end") for one in requests
    ]
    things = [count(len(leases), "lease") if leases else "", count(len(requests), "request") if requests else ""]
    return Plan(
        title="release " + " and ".join(thing for thing in things if thing),
        button=f"Release {len(rows)}" if len(rows) > 1 else ("Release" if leases else "Take back"),
        effects=tuple(effects),
        warnings=_warnings(leases, actor, now),
        commands=(
            *(Release(lease_id=row.id) for row in leases),
            *(CancelRequest(request_id=one.id) for one in requests),
        ),
        basis=_basis(rows),
    )


def _release_one(row: LeaseRow, now: datetime) -> list[Effect]:
    server, left = row.server, row.end - now
    early = f", {span(left)} before its end" if left > timedelta(0) else ""
    effects = [Effect(f"end lease {row.id}{early}", "no")]
    if server is not None:
        disk = size(server.vcpus, server.ram_mib, server.disk_gib)
        effects.append(Effect(f"delete {server.id}  {disk}".rstrip(), "no: its disk is lost"))
        if address := address_of(server):
            effects.append(Effect(f"free the address {address}", "no, may be reused"))
    return effects


@dataclass(frozen=True)
class ServerAct:
    """One entry of the server menu: what it says and sends."""

    button: str
    effects: tuple[Effect, ...]
    command: Callable[[str], AnyCommand]


SERVER_ACTS: dict[type[Act], ServerAct] = {
    menus.StopServer: ServerAct(
        "Stop",
        (
            Effect("shut {server} down: whoever works on it is cut off", "start it again"),
            Effect("keep its disk and its address", "-"),
            Effect("the lease goes on running and ends when it would", "-"),
        ),
        lambda lease_id: commands.StopServer(lease_id=lease_id),
    ),
    menus.RebootServer: ServerAct(
        "Reboot",
        (Effect("shut {server} down in good order and start it: away for a minute", "no"),),
        lambda lease_id: commands.RebootServer(lease_id=lease_id),
    ),
    menus.HardReboot: ServerAct(
        "Hard reboot",
        (Effect("pull the plug of {server} and start it: what is not on disk is lost", "no"),),
        lambda lease_id: commands.RebootServer(lease_id=lease_id, hard=True),
    ),
    menus.ResetPassword: ServerAct(
        "Reset",
        (
            Effect("make a new password for {server}; the one before stops working", "no"),
            Effect("show the new password here, this once", "-"),
        ),
        lambda lease_id: commands.ResetPassword(lease_id=lease_id),
    ),
    menus.RebuildServer: ServerAct(
        "Rebuild",
        (
            Effect("put the pool's image on {server} anew", "no"),
            Effect("everything on its disk is lost", "no"),
            Effect("keep its name, its address and its lease", "-"),
        ),
        lambda lease_id: commands.RebuildServer(lease_id=lease_id),
    ),
    on_leases.RevealPassword: ServerAct(
        "Show",
        (
            Effect("show the first password of {server} on this screen", "no"),
            Effect("it is shown once; afterwards only a reset gives a new one", "-"),
        ),
        lambda lease_id: commands.RevealPassword(lease_id=lease_id),
    ),
}
"""Acts on the server of a lease that go through Preflight."""


def server_act(act: type[Act], row: LeaseRow, actor: str, now: datetime) -> Plan:
    """Do something to the server of a lease."""
    what = SERVER_ACTS[act]
    name = _server_of(row)
    effects = tuple(Effect(one.what.replace("{server}", name), one.undone) for one in what.effects)
    about = f"  (it is {lease_state(row.about, row.server)[0]})" if isinstance(row.about, Lease) else ""
    return Plan(
        title=f"{act.word()} {name}{about}",
        button=what.button,
        effects=effects,
        warnings=_warnings([row], actor, now) if act is not on_leases.RevealPassword else (),
        commands=(what.command(row.id),),
        basis=_basis([row]),
    )
