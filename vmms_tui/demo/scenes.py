"""The scenes. Each is a story of a few minutes for people, and a test of some seconds for the engine."""

from datetime import datetime, timedelta

from vmms_tui.demo import checks, company
from vmms_tui.demo.show import (
    Ask,
    CloudAway,
    CloudBack,
    HostDies,
    HostGivenUp,
    HostsBack,
    NewImage,
    RenewTheirs,
    Scene,
    Shows,
    Step,
)
from vmms_tui.keys import Place
from vmms_tui.model.records import LeaseState, NoticeKind, ServerState


def _at(hour: int, minute: int = 0) -> datetime:
    return company.MONDAY.replace(hour=hour, minute=minute)


def _min(number: float) -> timedelta:
    return timedelta(minutes=number)


def _hours(number: float) -> timedelta:
    return timedelta(hours=number)


_TEAM = tuple(f"dev{number:02d}" for number in range(1, 31))

MORNING_RUSH = Scene(
    name="morning-rush",
    title="Thirty people want a server at once",
    start=_at(8, 50),
    steps=(
        Step(
            at=_min(0),
            says="A quiet morning: debian-dev keeps 10 servers ready. Press {go_pools} for Pools.",
            sees=(checks.full("debian-dev"),),
            shows=(Shows(Place.POOLS, "debian-dev"),),
        ),
        Step(
            at=_min(3),
            says="A new team starts: thirty people ask for a server within two minutes.",
            does=(Ask(owners=_TEAM, purpose="development", term=_hours(8), over=_min(2), note="first day"),),
            sees=(checks.surges("debian-dev", 2.0), checks.queued("development", 1)),
            within=_min(3),
            shows=(Shows(Place.POOLS, "surge x2"),),
        ),
        Step(
            at=_min(6),
            says="The surge doubles what the pool keeps ready and may have. Who came late waits, and knows how long: "
            "press {go_leases}, then {explain} on a request.",
            sees=(checks.nobody_waits("development"), checks.lent("dev30")),
            within=_min(8),
            shows=(Shows(Place.LEASES, "first day"),),
        ),
        Step(
            at=_min(14),
            says="Everybody has a server, and the pool fills up again, to twice its size for now.",
            sees=(checks.full("debian-dev"), checks.surges("debian-dev", 2.0)),
            shows=(Shows(Place.EVENTS, "surge", narrow="pool.surge"),),
            speed=60.0,
        ),
        Step(
            at=_min(26),
            says="The rush is over: the surge goes back step by step, and what is too much is removed.",
            sees=(checks.surges("debian-dev", 1.0), checks.full("debian-dev")),
            within=_hours(3),
            speed=300.0,
        ),
    ),
)

IMPORTANT_LEASE = Scene(
    name="important-lease",
    title="An important lease ends, and its owner is away",
    start=_at(10),
    steps=(
        Step(
            at=_min(0),
            says="Hypatia asks for a server for an hour, and calls it important: 9 of 10.",
            does=(
                Ask(
                    owners=("hypatia",), purpose="development", term=_hours(1), importance=9, note="demo for the board"
                ),
            ),
            sees=(checks.lent("hypatia"),),
            shows=(Shows(Place.LEASES, "hypatia", narrow="owner:hypatia"),),
        ),
        Step(
            at=_min(20),
            says="Half an hour before its end she is told. She is on a train.",
            sees=(checks.told("hypatia", NoticeKind.WARNING),),
            within=_min(15),
            speed=60.0,
        ),
        Step(
            at=_min(58),
            says="The lease ends. An ordinary server would go now; hers is stopped, and kept for three whole days.",
            sees=(
                checks.lease("hypatia", LeaseState.OVERDUE, ServerState.STOPPED),
                checks.told("hypatia", NoticeKind.STOPPED),
            ),
            shows=(Shows(Place.LEASES, "OVERDUE!"),),
            speed=10.0,
        ),
        Step(
            at=_min(64),
            says="She does not answer, and the day goes by. It would be so over a long weekend, too.",
            sees=(checks.lease("hypatia", LeaseState.OVERDUE, ServerState.STOPPED),),
            speed=600.0,
        ),
        Step(
            at=_hours(5),
            says="In the afternoon it is still there, stopped. Press {go_leases}, then {explain} on her lease, to read "
            "why.",
            sees=(checks.lease("hypatia", LeaseState.OVERDUE, ServerState.STOPPED),),
            shows=(Shows(Place.LEASES, "OVERDUE!"),),
            speed=10.0,
        ),
        Step(
            at=_hours(5.1),
            says="She is back, and renews it for eight hours: the server starts again, with its disk and its address.",
            does=(RenewTheirs(owner="hypatia", term=_hours(8)),),
            sees=(checks.lent("hypatia"), checks.event("lease.renewed", "is started again")),
            within=_min(3),
        ),
    ),
)

HOST_DOWN = Scene(
    name="host-down",
    title="A compute host dies",
    start=_at(14),
    steps=(
        Step(
            at=_min(0),
            says="Emmy works on a server. Press {go_leases}, and look at its host.",
            does=(Ask(owners=("emmy",), purpose="development", term=_hours(6), note="proof of the theorem"),),
            sees=(checks.lent("emmy"),),
            shows=(Shows(Place.LEASES, "emmy", narrow="owner:emmy"),),
        ),
        Step(
            at=_min(3),
            says="Her host stops answering. The cloud still calls its servers ACTIVE, as real clouds do. Dash "
            "({go_dash}) and Hosts ({go_hosts}) say that it is down.",
            does=(HostDies("emmy"),),
            sees=(checks.lent("emmy"), checks.host_down()),
            within=_min(2.5),
            shows=(Shows(Place.DASH, "down for"), Shows(Place.HOSTS, "its service is down")),
        ),
        Step(
            at=_min(6),
            says="The cloud's administrators give the host up: its servers are in ERROR. VMMS takes the ready ones out "
            "of their pools, and builds others on other hosts.",
            does=(HostGivenUp(),),
            sees=(
                checks.cloud_says("emmy", "ERROR"),
                checks.event("server.lost", "is no longer ready"),
                checks.full("debian-dev"),
            ),
            shows=(Shows(Place.EVENTS, "no longer ready", narrow="server.lost"),),
        ),
        Step(
            at=_min(16),
            says="Emmy's server is hers until she gives it back: nothing is deleted behind her back. Who is sure that "
            "the host is dead evacuates it. Now: ask for another server ({request}), then release hers ({release}).",
            does=(Ask(owners=("emmy",), purpose="development", term=_hours(6), note="the same, elsewhere"),),
            sees=(checks.lent("emmy"), checks.cloud_says("emmy", "ERROR")),
            shows=(Shows(Place.LEASES, "emmy", narrow="owner:emmy"),),
        ),
        Step(
            at=_min(20),
            says="The host is back. Failed servers are kept an hour for whoever wants to look, then they go.",
            does=(HostsBack(),),
            sees=(checks.full("debian-dev"), checks.event("server.gone")),
            within=_hours(3),
            speed=120.0,
        ),
    ),
)

IMAGE_UPDATE = Scene(
    name="image-update",
    title="A new image, and a pool that comes onto it by itself",
    start=_at(10),
    steps=(
        Step(
            at=_min(0),
            says="The servers of el9-ci are of last month's image, and none grows older than eight hours. "
            "(Mirrors of packages come with a later release: this is about images.)",
            sees=(checks.full("el9-ci"), checks.all_ready_are("el9-ci", company.OLD_IMAGE)),
            shows=(Shows(Place.POOLS, "el9-ci"),),
            speed=60.0,
        ),
        Step(
            at=_min(5),
            says=f"The settings name another image: {company.NEW_IMAGE}. Whatever is built from now on is of it.",
            does=(NewImage(pool="el9-ci", image=company.NEW_IMAGE),),
            sees=(checks.event("pool.settings", "el9-ci"),),
            shows=(Shows(Place.EVENTS, "el9-ci", narrow="pool.settings"),),
        ),
        Step(
            at=_min(15),
            says="Ready servers that have come to their age are replaced, a new one first, then the old one goes: "
            "the pool is never short for it.",
            sees=(checks.all_ready_are("el9-ci", company.NEW_IMAGE), checks.never_empty("el9-ci")),
            within=_hours(12),
            speed=600.0,
        ),
    ),
)

CLOUD_AWAY = Scene(
    name="cloud-away",
    title="The cloud does not answer for some minutes",
    start=_at(11),
    steps=(
        Step(
            at=_min(0),
            says="All is well. Look at the right of the first line: it says how old the data is.",
            does=(Ask(owners=("rosalind",), purpose="development", term=_hours(4)),),
            sees=(checks.cloud(answers=True), checks.lent("rosalind")),
        ),
        Step(
            at=_min(2),
            says="The cloud's interfaces are away. The screen stays, says so, and shows how old its data grows.",
            does=(CloudAway(),),
            sees=(checks.cloud(answers=False),),
            within=_min(1),
            shows=(Shows(Place.LEASES, "Cloud unreachable"),),
        ),
        Step(
            at=_min(4),
            says="Ready servers are lent all the same: what needs the cloud waits in Ops, and is not forgotten.",
            does=(Ask(owners=("lise",), purpose="development", term=_hours(4)),),
            sees=(checks.lent("lise"), checks.cloud(answers=False)),
            within=_min(1),
            shows=(Shows(Place.LEASES, "lise", narrow="owner:lise"),),
        ),
        Step(
            at=_min(8),
            says="The cloud answers again. Nobody had to do anything: the pools fill up, all is as it was.",
            does=(CloudBack(),),
            sees=(checks.cloud(answers=True), checks.full("debian-dev")),
            within=_min(12),
            shows=(Shows(Place.POOLS, "debian-dev"),),
        ),
    ),
)

SCENES = (MORNING_RUSH, IMPORTANT_LEASE, HOST_DOWN, IMAGE_UPDATE, CLOUD_AWAY)
BY_NAME = {scene.name: scene for scene in SCENES}
