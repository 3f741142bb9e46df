"""Refusals of the cloud that no operation ends with: of acts on hosts, of queues of moves, of readings."""

from collections.abc import Awaitable, Callable
from itertools import product
from pathlib import Path

from tests.engine.endings import DEAD, ERRORS, HOSTS_READ, Fleet, check_words
from tests.engine.leak_stage import Made, mark, tagged
from vmms_tui.engine.cloud.errors import PASSING, AccessDenied, CloudError, NotFound
from vmms_tui.engine.cloud.simulated.mending import Illness as Falls
from vmms_tui.engine.cloud.simulated.mending import fall_ill
from vmms_tui.engine.keepers.surroundings import NO_VOLUMES
from vmms_tui.engine.operations.remedies import clause, refused
from vmms_tui.model.commands import (
    AnyCommand,
    DisableHost,
    DrainHost,
    EnableHost,
    EvacuateHost,
    ReadConsole,
    ReadServer,
    Release,
    Reply,
    UndrainHost,
)
from vmms_tui.model.draining import Errand, LegState, MoveQueue, Phase, queue_id, stuck
from vmms_tui.model.needs import NeedKind
from vmms_tui.model.people import Caller, Role
from vmms_tui.model.records import Server, changed
from vmms_tui.model.spec import LeakPolicy
from vmms_tui.model.surroundings import Host, Kind, Survey
from vmms_tui.screens.details_cloud import host_details, host_why
from vmms_tui.screens.mirror import Mirror
from vmms_tui.screens.needs import need_rows, sentence, step
from vmms_tui.screens.queues import of_queue
from vmms_tui.screens.rows_cloud import host_rows
from vmms_tui.screens.surveys import reading_facts, reading_sentences

YOU = Caller(name="operator", roles=(Role.OPERATOR,))
OTHER = "cmp3"
COMMANDS: dict[str, tuple[str, AnyCommand]] = {
    "close": ("disable_host", DisableHost(host=OTHER, reason="a new fan")),
    "drain": ("disable_host", DrainHost(host=OTHER, reason="a new fan")),
    "open": ("enable_host", EnableHost(host="cmp2")),
    "undrain": ("enable_host", UndrainHost(host="cmp2")),
    "open the dead": ("force_down", EnableHost(host=DEAD)),
    "evacuate": ("compute_services", EvacuateHost(host=DEAD, sworn="I pulled its power")),
    "give up": ("force_down", EvacuateHost(host=DEAD, sworn="I pulled its power")),
}
"""What operators ask about hosts, and the call that it needs."""
LOOKS = ("console_log", "show_server")
"""What anybody reads of a server."""
READS: dict[str, Kind | None] = {
    "server_actions": None,
    "hypervisors": Kind.HOSTS,
    "compute_services": Kind.HOSTS,
    "networks": Kind.NETWORKS,
    "subnets": Kind.NETWORKS,
    "address_use": Kind.NETWORKS,
    "list_ports": None,
    "list_floating_ips": None,
    "list_volumes": Kind.VOLUMES,
    "images": Kind.IMAGES,
    "flavors": None,
    "security_groups": None,
    "quota": None,
    "list_servers": None,
}
"""Calls that only read lists, and the list of the screens that grows old without it."""


LET_BE = frozenset({("compute_services", AccessDenied), ("address_use", AccessDenied), ("address_use", NotFound)})
"""Answers that only mean that this is not told to us: the list is as good as it can be without."""
READ = 330
"""Seconds within which each of these is read again where nobody asks."""


def check_reply(reply: Reply) -> None:
    """Why it was not done, and what to do."""
    assert reply.code in {"failed", "try_again", "refused"}, reply
    check_words(reply.text)
    assert reply.text
    check_words(reply.remedy)
    assert reply.remedy.endswith("."), reply


async def test_every_refusal_of_what_operators_ask_about_hosts(tmp_path: Path) -> None:
    fleet = Fleet(tmp_path, 2)
    await fleet.lent(2)
    await fleet.account.project().disable_host("cmp2", "a test")
    fleet.account.world.host_down(DEAD)
    await fleet.account.project().force_down(DEAD, down=True)
    await fleet.pass_time(HOSTS_READ, step=5)
    forced = {one.name: one.forced_down for one in fleet.state.all(Host)}
    assert forced[DEAD]
    for case, (call, command) in COMMANDS.items():
        for error in ERRORS.values():
            fault = fleet.faults.fail(call, error, times=1)
            reply = await fleet.send(command, "operator")
            assert fault.met, (case, reply)
            check_reply(reply)
            fleet.faults.clear()
            fleet.clock.advance(6)
    await fleet.stop()


async def test_every_refusal_of_what_people_read(tmp_path: Path) -> None:
    fleet = Fleet(tmp_path, 1)
    (server,) = await fleet.lent(1)
    command: dict[str, AnyCommand] = {
        "console_log": ReadConsole(server=server.id),
        "show_server": ReadServer(server=server.id),
    }
    for call in LOOKS:
        for error in ERRORS.values():
            fault = fleet.faults.fail("get_server" if call == "show_server" else call, error, times=1)
            reply = await fleet.send(command[call])
            assert fault.met, call
            check_reply(reply)
            fleet.clock.advance(6)
    await fleet.stop()


async def test_every_refusal_to_move_in_a_queue(tmp_path: Path) -> None:
    """Of a drain; what comes back and what evens the load is the same queue."""
    fleet = Fleet(tmp_path, len(ERRORS))
    servers = await fleet.lent(len(ERRORS))
    for server, error in zip(servers, ERRORS.values(), strict=True):
        fleet.breaks("live_migrate", error, server)
    assert (await fleet.send(DrainHost(host=DEAD, reason="a new fan", limit=10), "operator")).ok
    await fleet.pass_time(900, step=5)
    fleet.all_met()
    queue = fleet.state.need(MoveQueue, queue_id(Errand.DRAIN, DEAD))
    lost = stuck(queue)
    assert queue.phase is Phase.WAITING
    assert len(lost) == sum(not isinstance(error, PASSING) for error in ERRORS.values())
    mirror = fleet.mirror()
    page = [paragraph.words for paragraph in of_queue(queue, mirror.tables, mirror.now)]
    for leg in lost:
        for text in (leg.why, leg.remedy):
            check_words(text)
        assert leg.why
        assert leg.remedy.endswith("."), leg
        assert any(leg.why in words and leg.remedy.rstrip(".") in words for words in page), leg
    assert mirror.status is not None
    (need,) = (one for one in need_rows(mirror.tables, mirror.status, YOU, mirror.now) if one.need.queue is not None)
    assert need.need.kind is NeedKind.MOVES
    check_words(sentence(need, mirror.now))
    check_words(step(need).words)
    (row,) = (one for one in host_rows(mirror.tables) if one.host.name == DEAD)
    said = [*dict(host_details(row, mirror).facts).values(), *host_why(row, mirror)]
    assert any(lost[0].remedy.rstrip(".") in text for text in said)
    fleet.faults.clear()
    assert (await fleet.send(DrainHost(host=DEAD), "operator")).ok
    await fleet.pass_time(300, step=5)
    queue = fleet.state.need(MoveQueue, queue.id)
    assert {one.state for one in queue.legs} == {LegState.DONE}, queue
    await fleet.stop()


async def test_every_reading_that_fails(tmp_path: Path) -> None:
    """What is known stays with its age; the lists say why, and what to do where waiting does not help."""
    fleet = Fleet(tmp_path, len(ERRORS))
    servers = await fleet.lent(len(ERRORS))
    failed: dict[str, Survey] = {}
    fleet.after_tick = lambda: failed.update({one.id: one for one in fleet.state.all(Survey) if one.problem})
    for call, error in product(READS, ERRORS.values()):
        failed.clear()
        fault = fleet.faults.fail(call, error, times=None)
        if call == "server_actions":
            assert fall_ill(fleet.account.world, servers.pop().cloud_id, Falls.OFF)
        fleet.engine.surroundings.again()
        await fleet.pass_time(READ if READS[call] is None else 60, step=30)
        assert fault.met, call
        if (kind := READS[call]) is not None and (call, type(error)) not in LET_BE:
            check_survey(failed[kind], error, fleet.mirror())
        check_needs(fleet, call, error)
        fleet.faults.clear()
        if call == "list_servers":
            await fleet.pass_time(30, step=10)
    await fleet.stop()


def check_survey(survey: Survey, error: CloudError, mirror: Mirror) -> None:
    """What a list says whose reading was refused."""
    *_, said = reading_sentences(survey, mirror.now)
    assert survey.problem in said
    assert said.endswith(survey.remedy or "It is tried again by itself."), said
    assert survey.remedy or isinstance(error, PASSING) or survey.problem == NO_VOLUMES
    for text in (said, *dict(reading_facts(survey, mirror.now)).values()):
        check_words(text)


def check_needs(fleet: Fleet, call: str, error: CloudError) -> None:
    """What Dash says while this call is refused."""
    mirror = fleet.mirror()
    assert mirror.status is not None
    needs = need_rows(mirror.tables, mirror.status, YOU, mirror.now)
    for row in needs:
        check_words(sentence(row, mirror.now))
        check_words(step(row).words)
        assert step(row).command
    if call == "list_servers":
        (away,) = (row for row in needs if row.need.kind is NeedKind.CLOUD)
        assert error.message.rstrip(".") in sentence(away, mirror.now)
        advice = refused(error).remedy.rstrip(".") or "read when it began in Events"
        assert step(away).words.lower() == advice.lower()


async def test_every_refusal_to_remove_what_is_left_over(tmp_path: Path) -> None:
    cases = list(product((*REMOVALS, *HANGING), ERRORS.values()))
    fleet = Fleet(tmp_path, len(cases))
    fleet.policy = changed(fleet.policy, leaks=LeakPolicy(most_at_once=100))
    servers, made = await fleet.lent(len(cases)), Made(fleet)
    hung = {one.id: await hang(made, one) for one, (call, _) in zip(servers, cases, strict=True) if call in HANGING}
    for one in servers:
        assert (await fleet.send(Release(lease_id=one.lease_id))).ok
    await fleet.pass_time(60, step=5)
    for server, (call, error) in zip(servers, cases, strict=True):
        thing = hung.get(server.id) or await REMOVALS[call](made, server.id)
        times = 2 if call in HANGING else None
        fleet.broken.setdefault(call, []).append(fleet.faults.fail(call, error, times=times, about=thing))
    await fleet.pass_time(1_500, step=20)
    fleet.all_met()
    told = {one.text for one in fleet.events("leak.failed")}
    for error in ERRORS.values():
        # a 404 is believed, and looked after
        words = "has not removed it" if isinstance(error, NotFound) else clause(error.message)
        assert any(words in text and text.endswith(".") for text in told), error
    lines = (await fleet.engine.leaks.report()).lines
    for text in (*told, *(one.then for one in lines)):
        check_words(text)
    denied = refused(ERRORS["denied"]).remedy.rstrip(".")
    assert any(denied in one.then for one in lines)
    fleet.faults.clear()
    await fleet.pass_time(1_800, step=20)
    assert not made.there()
    await fleet.stop()


async def hang(made: Made, server: Server) -> str:
    """A volume that will still hang on this server when it is gone."""
    world = made.world
    volume_id = await made.volume(f"{server.id}-data", **tagged(server.id))
    world.clock.advance(2)
    await world.cloud.attach_volume(server.cloud_id, volume_id)
    world.account.world.faults.delete_clings(about=server.cloud_id)
    return volume_id


HANGING = ("get_volume", "remove_attachment")
"""Calls that take such a volume off."""
REMOVALS: dict[str, Callable[[Made, str], Awaitable[str]]] = {
    "delete_floating_ip": lambda made, name: made.floating_ip(mark(name)),
    "delete_server": lambda made, name: made.server(name, **tagged(name)),
    "delete_port": lambda made, name: made.port(f"{name}-0", mark(name)),
    "delete_volume": lambda made, name: made.volume(f"{name}-data", **tagged(name)),
}
"""The other calls that remove what is left over, each with what it is asked to remove."""
