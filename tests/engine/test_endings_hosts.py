"""Fences, witnesses and the cloud's refusals about hosts: no operation says how they end, so Dash and Hosts must.

The commands are really run, for each host another one, on a cloud that is simulated.
"""

import asyncio
from collections.abc import Sequence
from datetime import timedelta
from pathlib import Path

from tests.engine.endings import ERRORS, Fleet, check_words
from vmms_tui.engine.cloud.errors import PASSING
from vmms_tui.engine.cloud.simulated.account import SimulatedAccount
from vmms_tui.engine.witnesses.port import Suspected
from vmms_tui.engine.witnesses.real import RealWitnesses
from vmms_tui.engine.witnesses.simulated import Fencing, SimulatedWitnesses
from vmms_tui.model.needs import NeedKind
from vmms_tui.model.people import Caller, Role
from vmms_tui.model.records import Server, changed
from vmms_tui.model.suspects import Phase, Suspect, Verdict
from vmms_tui.model.witness import Fenced, HostRules, Says, Sign
from vmms_tui.screens import suspects
from vmms_tui.screens.details_cloud import host_details, host_why
from vmms_tui.screens.mirror import Mirror
from vmms_tui.screens.needs import need_rows, sentence, step
from vmms_tui.screens.rows_cloud import host_rows

YOU = Caller(name="operator", roles=(Role.OPERATOR,))
SHORT = timedelta(milliseconds=400)
LONG = timedelta(seconds=20)
RULES = HostRules(automatic=True, fence=("simulated",), fence_proof=("simulated",), share=1.0, at_once=100)
CALLS = ("disable_host", "force_down")
"""Of the rescue, about its host alone."""


def sh(script: str) -> tuple[str, ...]:
    return ("/bin/sh", "-c", script)


TALKS = "head -c 5000000 /dev/zero | tr '\\0' 7; exit 1"
BROKE = "echo 'Traceback (most recent call last):'; echo '  File \"f.py\", line 1'; echo 'KeyError: power'; exit 1"
JSON = """echo '{{"error": {{"code": 500,'; echo ' "message": "The BMC is busy."}}}}'; exit 1"""
COMMANDS: dict[str, tuple[tuple[str, ...], timedelta, str]] = {
    "is not there": (("/no/such/fence", "{host}"), LONG, "cannot be run: /no/such/fence: no such file or directory"),
    "is no program": (("/etc/passwd",), LONG, "cannot be run: /etc/passwd: permission denied"),
    "refuses": (sh("echo no answer from its power >&2; exit 3"), LONG, "ended with 3: no answer from its power"),
    "says nothing": (sh("exit 4"), LONG, "ended with 4"),
    "is killed": (sh("kill -9 $$"), LONG, "was killed by SIGKILL"),
    "hangs": (sh("sleep 1000"), SHORT, " within 0"),
    "writes escapes": (sh("printf '\\033[31mno\\033[0m \\202\\256\\001!\\n'; exit 1"), LONG, "ended with 1: no"),
    "talks on": (sh(TALKS), LONG, "ended with 1: 7777"),
    "breaks": (sh(BROKE), LONG, "ended with 1: KeyError: power"),
    "answers in JSON": (sh(JSON), LONG, "ended with 1: The BMC is busy"),
    "has a wrong blank": (("fence", "{hots}"), LONG, "has the unknown {hots}"),
}
"""Commands that fail: what is run, for how long, and what is told of it."""
PROOFS = ("is not there", "refuses", "hangs", "breaks")
"""The same for the proof of a fence that says that it worked."""
PLACES = {"{host}:22": "cannot be resolved", "{hots}:22": "has the unknown {hots}", "{address}": "has no port"}
"""Where SSH is asked for, by mistake."""


class Rough(SimulatedWitnesses):
    """Runs commands for those hosts for which there are rules of their own."""

    def __init__(self, account: SimulatedAccount) -> None:
        super().__init__(account)
        self.real = RealWitnesses()
        self.fences: dict[str, HostRules] = {}
        self.looks: dict[str, HostRules] = {}
        self.ways: dict[str, Fencing] = {}
        self.waking: set[str] = set()
        """Hosts that answer after their fence said that it worked."""

    async def signs(self, rules: HostRules, hosts: Sequence[Suspected]) -> dict[str, tuple[Sign, ...]]:
        """See Witnesses."""
        found = await super().signs(rules, hosts)
        asked = [self.real.signs(own, [one]) for one in hosts if (own := self.looks.get(one.name)) is not None]
        for told in await asyncio.gather(*asked):
            found |= told
        return found

    async def fence(self, rules: HostRules, host: Suspected) -> Fenced:
        """See Witnesses."""
        if (own := self.fences.get(host.name)) is not None:
            return await self.real.fence(own, host)
        self.fencing = self.ways.get(host.name, Fencing.WORKS)
        fenced = await super().fence(rules, host)
        if host.name in self.waking:
            self._world.host_down(host.name, alive=True)
        return fenced

    async def close(self) -> None:
        """See Witnesses."""
        await self.real.close()


class Hall(Fleet):
    """A server or more on each of many hosts, which die; two hosts with room live on."""

    witnesses: Rough

    def __init__(self, folder: Path, dying: int) -> None:
        self.dying = [f"cmp{number}" for number in range(1, dying + 1)]
        super().__init__(folder, 3 * dying, hosts=dying + 2)
        self.policy = changed(self.policy, hosts=RULES)
        self.witnesses = Rough(self.account)

    async def die(self, seconds: float = 180) -> None:
        """Lend what there is, and let them die so long ago."""
        await self.start()
        await self.pass_time(90, step=5)
        while self.state.ready_of("dev"):
            assert (await self.ask("alice")).server_id
        await self.pass_time(70, step=5)
        for name in self.dying:
            assert self.on(name), name
            self.account.world.host_down(name, hung=True)
        await self.pass_time(seconds, step=5)

    def on(self, name: str) -> list[Server]:
        """Its servers."""
        return [one for one in self.state.all(Server) if one.host == name]

    def said(self, name: str, *, remedy: str) -> Suspect:
        """What Dash, the row of Hosts, its facts and its explanation say of a host."""
        one, mirror = self.state.need(Suspect, name), self.mirror()
        check_host(name, one, mirror, remedy)
        return one


def check_host(name: str, one: Suspect, mirror: Mirror, remedy: str) -> None:
    """One sentence, and what to do."""
    status = mirror.status
    assert status is not None
    (need,) = (row for row in need_rows(mirror.tables, status, YOU, mirror.now) if row.need.subject == name)
    assert need.need.kind is NeedKind.HOST
    words, todo = sentence(need, mirror.now), step(need)
    assert suspects.note(one) in words, words
    for text in (words, todo.words):
        check_words(text)
    assert remedy in f"{todo.words[0].upper()}{todo.words[1:]}.", todo.words
    (row,) = (one for one in host_rows(mirror.tables) if one.host.name == name)
    facts = dict(host_details(row, mirror).facts)
    assert facts["then"] == suspects.note(one)
    assert remedy in facts["do"], facts
    why = host_why(row, mirror)
    assert suspects.remedy(one) in why
    for text in (*facts.values(), *why):
        check_words(text)


def fences() -> dict[str, HostRules]:
    """By what fails: rules that let it."""
    failing = {name: HostRules(fence=words, fence_limit=limit) for name, (words, limit, _) in COMMANDS.items()}
    for name in PROOFS:
        words, limit, _ = COMMANDS[name]
        failing[f"proof {name}"] = HostRules(fence=sh("exit 0"), fence_proof=words, fence_limit=limit)
    return failing | {"is none": HostRules()}


def told(case: str) -> str:
    """What must be told of it."""
    return "set hosts.fence" if case == "is none" else COMMANDS[case.removeprefix("proof ")][2]


MEND = "Mend the fence command (`hosts.fence`)"


async def test_every_fence_that_fails(tmp_path: Path) -> None:
    cases, simulated = fences(), [*Fencing, "wakes"]
    hall = Hall(tmp_path, len(cases) + len(simulated))
    names = dict(zip([*cases, *simulated], hall.dying, strict=True))
    for case, rules in cases.items():
        hall.witnesses.fences[names[case]] = rules
    for way in Fencing:
        hall.witnesses.ways[names[way]] = way
    hall.witnesses.waking.add(names["wakes"])
    await hall.die()
    for case in cases:
        one = hall.said(names[case], remedy=MEND)
        assert one.phase is Phase.ASKS, case
        assert one.asks.startswith("it could not be fenced: "), case
        assert told(case) in one.asks, case
    for way, why in ((Fencing.FAILS, "could not be fenced"), (Fencing.LIES, "its proof with 1")):
        one = hall.said(names[way], remedy=MEND)
        assert (one.phase, why in one.asks) == (Phase.ASKS, True), one
    woke = hall.said(names["wakes"], remedy="Its servers may run")
    assert (woke.verdict, "and yet ssh" in woke.failed) == (Verdict.ALIVE, True), woke
    assert hall.state.need(Suspect, names[Fencing.WORKS]).phase in {Phase.EVACUATING, Phase.EVACUATED}
    await hall.stop()


async def test_every_refusal_to_give_up_what_is_fenced(tmp_path: Path) -> None:
    cases = [(call, error) for call in CALLS for error in ERRORS]
    hall = Hall(tmp_path, len(cases))
    for name, (call, error) in zip(hall.dying, cases, strict=True):
        fault = hall.faults.fail(call, ERRORS[error], times=None, about=name)
        hall.broken.setdefault(call, []).append(fault)
    await hall.die()
    hall.all_met()
    for name, (_, error) in zip(hall.dying, cases, strict=True):
        passes = isinstance(ERRORS[error], PASSING)
        one = hall.said(name, remedy="VMMS asks the cloud again at its next look.")
        assert one.phase is Phase.FENCED
        assert one.waits.startswith("the cloud: ")
        assert passes is (one.remedy == "VMMS asks the cloud again at its next look."), one.remedy
    hall.faults.clear()
    await hall.pass_time(180, step=5)
    for name in hall.dying:
        assert hall.state.need(Suspect, name).phase in {Phase.EVACUATING, Phase.EVACUATED}
        assert not hall.state.need(Suspect, name).remedy
    await hall.stop()


async def test_every_witness_that_cannot_tell(tmp_path: Path) -> None:
    looks = {
        case: HostRules(ssh="", servers=False, power=words, limit=limit) for case, (words, limit, _) in COMMANDS.items()
    }
    looks |= {f"peers {case}": changed(rules, power=(), peers=rules.power) for case, rules in looks.items()}
    why = {case: told(case.removeprefix("peers ")) for case in looks}
    for place, words in PLACES.items():
        looks[place], why[place] = HostRules(ssh=place, servers=False, limit=LONG), words
    # who is answered with 1 by a peer has been told that the host is silent
    silent = {"peers talks on", "peers breaks", "peers answers in JSON", "peers writes escapes"}
    looks = {case: rules for case, rules in looks.items() if case not in silent}
    hall = Hall(tmp_path, len(looks))
    for name, rules in zip(hall.dying, looks.values(), strict=True):
        hall.witnesses.looks[name] = rules
    await hall.die(85)
    for name, case in zip(hall.dying, looks, strict=True):
        one = hall.said(name, remedy="Mend what keeps its witnesses from telling")
        assert (one.phase, one.verdict) == (Phase.SUSPECTED, Verdict.UNKNOWN), case
        (heard,) = (sign for sign in one.signs if sign.witness != "cloud")
        assert (heard.says, why[case] in heard.why) == (Says.UNKNOWN, True), (case, heard)
    await hall.stop()
