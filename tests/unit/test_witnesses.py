"""The real witnesses: real sockets on loopback, and real child processes, also those that hang."""

import asyncio
import contextlib
import os
import socket
import sys
import threading
from collections.abc import AsyncIterator, Callable, Iterator
from datetime import timedelta
from pathlib import Path

import pytest
import pytest_asyncio

from vmms_tui.engine.witnesses.commands import Commands
from vmms_tui.engine.witnesses.port import Suspected, Witnesses
from vmms_tui.engine.witnesses.real import RealWitnesses
from vmms_tui.model.witness import Fenced, HostRules, Says, Sign

SHORT = timedelta(milliseconds=300)
LONG = timedelta(seconds=20)
HOST = Suspected(name="cmp1", address="127.0.0.1", peers=("cmp2", "cmp3", "cmp4"))


@pytest_asyncio.fixture
async def witnesses() -> AsyncIterator[Witnesses]:
    real = RealWitnesses()
    yield real
    await real.close()


def rules(
    limit: timedelta = LONG,
    *,
    ssh: str = "",
    storage: str = "",
    power: tuple[str, ...] = (),
    peers: tuple[str, ...] = (),
    fence: tuple[str, ...] = (),
    fence_proof: tuple[str, ...] = (),
    servers: bool = False,
) -> HostRules:
    return HostRules(
        ssh=ssh, storage=storage, power=power, peers=peers, servers=servers, limit=limit,
        fence=fence, fence_proof=fence_proof, fence_limit=limit,
    )  # fmt: skip


def sh(script: str, *words: str) -> tuple[str, ...]:
    """A command in the words of a shell, which gets the others as its arguments."""
    return ("/bin/sh", "-c", script, "sh", *words)


async def sign(witnesses: Witnesses, asked: HostRules, host: Suspected = HOST) -> Sign:
    (only,) = (await witnesses.signs(asked, [host]))[host.name]
    return only


@pytest.fixture
def listening() -> Iterator[Callable[..., int]]:
    """Ports of loopback that take connections, say this, and hang up or stay."""
    open_ones: list[socket.socket] = []

    def begin(*says: bytes, family: int = socket.AF_INET, hang_up: bool = False) -> int:
        server = socket.socket(family)
        server.bind(("::1" if family == socket.AF_INET6 else "127.0.0.1", 0))
        server.listen()
        open_ones.append(server)

        def serve() -> None:
            with contextlib.suppress(OSError):
                taken, _ = server.accept()
                open_ones.append(taken)
                for words in says:
                    taken.sendall(words)
                if hang_up:
                    taken.close()

        if says or hang_up:
            threading.Thread(target=serve, daemon=True).start()
        return int(server.getsockname()[1])

    yield begin
    for one in open_ones:
        with contextlib.suppress(OSError):
            one.shutdown(socket.SHUT_RDWR)
        one.close()


@pytest.fixture
def closed_port() -> int:
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        return int(one.getsockname()[1])


def gone(pid: int) -> bool:
    """Whether there is no such process, not even one that waits to be reaped."""
    return not Path(f"/proc/{pid}").exists()


async def until(reached: Callable[[], bool]) -> None:
    async with asyncio.timeout(20):
        while not reached():  # noqa: ASYNC110 nobody tells us when a process or a file is there
            await asyncio.sleep(0.01)


# --- SSH and storage


async def test_a_banner_is_a_sign_of_life(witnesses: Witnesses, listening: Callable[..., int]) -> None:
    port = listening(b"warning: be nice\r\n", b"SSH-2.0-OpenSSH_9.9\r\n")
    assert await sign(witnesses, rules(ssh=f"{{address}}:{port}")) == Sign(
        witness="ssh", says=Says.ALIVE, why=f"SSH answers on port {port} of 127.0.0.1"
    )


async def test_who_refuses_lives(witnesses: Witnesses, closed_port: int) -> None:
    for asked in (rules(ssh=f"{{address}}:{closed_port}"), rules(storage=f"{{address}}:{closed_port}")):
        found = await sign(witnesses, asked)
        assert found.says is Says.ALIVE
        assert found.why == f"port {closed_port} of 127.0.0.1 refuses connections: its kernel answers"


@pytest.mark.parametrize("said", [(b"HTTP/1.1 400 Bad Request\r\n",), (b"x" * 20_000,), ()])
async def test_who_says_something_else_or_hangs_up_lives(
    witnesses: Witnesses, listening: Callable[..., int], said: tuple[bytes, ...]
) -> None:
    found = await sign(witnesses, rules(ssh=f"{{address}}:{listening(*said, hang_up=True)}"))
    assert found.says is Says.ALIVE, found
    assert found.why.endswith("answers, if not as SSH does")


async def test_a_host_that_hangs(witnesses: Witnesses, listening: Callable[..., int]) -> None:
    port = listening()
    found = await sign(witnesses, rules(SHORT, ssh=f"{{address}}:{port}"))
    assert found.says is Says.SILENT
    assert found.why == f"port {port} of 127.0.0.1 takes connections and says nothing: the host hangs"
    assert (await sign(witnesses, rules(storage=f"{{address}}:{port}"))).says is Says.ALIVE


async def test_a_host_that_takes_no_connection_any_more(witnesses: Witnesses) -> None:
    with contextlib.ExitStack() as stack:
        server = stack.enter_context(socket.socket())
        server.bind(("127.0.0.1", 0))
        server.listen(0)
        place = server.getsockname()
        for _ in range(4):  # more than its queue holds: the kernel drops the next one's call, as a dead host does
            one = stack.enter_context(socket.socket())
            one.setblocking(False)
            one.connect_ex(place)
        found = await sign(witnesses, rules(SHORT, ssh=f"{{address}}:{place[1]}"))
    assert found == Sign(witness="ssh", says=Says.SILENT, why=f"port {place[1]} of 127.0.0.1 does not answer")


@pytest.mark.parametrize("template", ["{address}:%d", "[{address}]:%d"])
async def test_ipv6(witnesses: Witnesses, listening: Callable[..., int], template: str) -> None:
    port = listening(b"SSH-2.0-x\r\n", family=socket.AF_INET6)
    found = await sign(witnesses, rules(ssh=template % port), Suspected(name="cmp1", address="::1"))
    assert found.says is Says.ALIVE, found


async def test_without_an_address_the_name_is_resolved(witnesses: Witnesses, listening: Callable[..., int]) -> None:
    port = listening(b"SSH-2.0-x\r\n")
    assert (await sign(witnesses, rules(ssh=f"{{address}}:{port}"), Suspected(name="localhost"))).says is Says.ALIVE


@pytest.mark.parametrize(
    ("host", "template", "words"),
    [
        (Suspected(name="cmp1.invalid"), "{host}:22", "the name cmp1.invalid cannot be resolved"),
        (Suspected(name="x" * 70), "{host}:22", f"the name {'x' * 70} cannot be resolved"),
        (Suspected(name="-oProxyCommand=x"), "{host}:22", "'-oProxyCommand=x' is no name of a host"),
        (Suspected(name="cmp1", address="../x"), "{address}:22", "'../x' is no name of a host"),
        (HOST, "{hots}:22", "'{hots}' has the unknown {hots}"),
        (HOST, "{host}", "'{host}' has no port"),
    ],
)
async def test_what_cannot_be_asked_is_unknown(
    witnesses: Witnesses, host: Suspected, template: str, words: str
) -> None:
    found = await sign(witnesses, rules(ssh=template), host)
    assert found.says is Says.UNKNOWN, found
    assert words in found.why


async def test_a_name_server_that_hangs(witnesses: Witnesses, monkeypatch: pytest.MonkeyPatch) -> None:
    asked, over = threading.Event(), threading.Event()

    def hanging(*_: object, **__: object) -> list[object]:
        asked.set()
        over.wait(20)
        return []

    monkeypatch.setattr(socket, "getaddrinfo", hanging)
    found = await sign(witnesses, rules(SHORT, ssh="{host}:22"))
    over.set()
    assert asked.is_set()
    assert found == Sign(witness="ssh", says=Says.UNKNOWN, why="the name cmp1 was not resolved in time")


# --- power and peers


@pytest.mark.parametrize(
    ("script", "says", "why"),
    [
        ("echo Chassis Power is off", Says.DEAD, "ended with 0: Chassis Power is off"),
        ("echo; printf '\\033[31mon\\033[0m\\nmore\\n'; exit 1", Says.UNKNOWN, "ended with 1: on"),
        ("echo no way >&2; exit 2", Says.UNKNOWN, "ended with 2: no way"),
        ("kill -TERM $$", Says.UNKNOWN, "was killed by SIGTERM"),
    ],
)
async def test_power(witnesses: Witnesses, script: str, says: Says, why: str) -> None:
    assert await sign(witnesses, rules(power=sh(script))) == Sign(
        witness="power", says=says, why=f"the power command {why}"
    )


async def test_no_shell_reads_the_words(witnesses: Witnesses) -> None:
    program = (sys.executable, "-c", "import sys; print(*sys.argv[1:])")
    found = await sign(witnesses, rules(power=(*program, "$HOME;", "{host}*", "--ip={address}", "a b")))
    assert found.why.endswith("ended with 0: $HOME; cmp1* --ip=127.0.0.1 a b")


async def test_a_name_that_could_be_an_option_reaches_no_command(witnesses: Witnesses, tmp_path: Path) -> None:
    asked = rules(power=("/usr/bin/touch", f"{tmp_path}/{{host}}"), fence=("/usr/bin/touch", f"{tmp_path}/{{host}}"))
    for name in ("--help", "../x", "a/b", "a b"):
        host = Suspected(name=name)
        found = await sign(witnesses, asked, host)
        assert (found.says, "is no name of a host" in found.why) == (Says.UNKNOWN, True)
        fenced = await witnesses.fence(asked, host)
        assert (fenced.off, "nothing was fenced: " in fenced.why) == (False, True)
    assert not list(tmp_path.iterdir())  # noqa: ASYNC240 an empty folder of ours


async def test_a_program_that_is_not_there(witnesses: Witnesses) -> None:
    found = await sign(witnesses, rules(power=("/no/such/program",)))
    assert found.says is Says.UNKNOWN
    assert "the power command cannot be run: " in found.why


HANGING = 'echo $$ >"$1/leader"; sleep 1000 & echo $! >"$1/child"; echo ready >"$1/both"; wait'


async def test_a_command_that_hangs_is_killed_with_all_that_it_began(witnesses: Witnesses, tmp_path: Path) -> None:
    found = await sign(witnesses, rules(timedelta(seconds=1), power=sh(HANGING, str(tmp_path))))
    assert found == Sign(witness="power", says=Says.UNKNOWN, why="the power command did not end within 1 s")
    assert gone(int((tmp_path / "leader").read_text()))
    await until(lambda: gone(int((tmp_path / "child").read_text())))


async def test_a_command_that_is_cancelled_is_killed(witnesses: Witnesses, tmp_path: Path) -> None:
    task = asyncio.create_task(witnesses.signs(rules(power=sh(HANGING, str(tmp_path))), [HOST]))
    await until((tmp_path / "both").exists)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert gone(int((tmp_path / "leader").read_text()))
    await until(lambda: gone(int((tmp_path / "child").read_text())))


async def test_close_ends_what_is_under_way(witnesses: Witnesses, tmp_path: Path) -> None:
    looking, fencing = tmp_path / "looking", tmp_path / "fencing"
    looking.mkdir()
    fencing.mkdir()
    asked = rules(power=sh(HANGING, str(looking)), fence=sh(HANGING, str(fencing)))
    look = asyncio.create_task(sign(witnesses, asked))
    fence = asyncio.create_task(witnesses.fence(asked, HOST))
    for folder in (looking, fencing):
        await until((folder / "both").exists)
    await witnesses.close()
    assert await look == Sign(witness="power", says=Says.UNKNOWN, why="the power command was ended, since VMMS ends")
    assert await fence == Fenced(off=False, why="the fence command was ended, since VMMS ends")
    for folder in (looking, fencing):
        assert gone(int((folder / "leader").read_text()))
    after = await sign(witnesses, asked)
    assert after.why == "the power command was not run, since VMMS ends"


async def test_what_a_command_leaves_running_is_not_waited_for(witnesses: Witnesses, tmp_path: Path) -> None:
    script = 'sleep 1000 & echo $! >"$1/child"; echo it is off'
    found = await sign(witnesses, rules(power=sh(script, str(tmp_path))))
    os.kill(int((tmp_path / "child").read_text()), 9)
    assert (found.says, found.why) == (Says.DEAD, "the power command ended with 0: it is off")


async def test_a_command_that_talks_without_end(witnesses: Witnesses) -> None:
    script = "i=0; while [ $i -lt 400 ]; do printf '%01000d\\n' 7; i=$((i + 1)); done; exit 1"
    found = await sign(witnesses, rules(power=sh(script)))
    assert found.says is Says.UNKNOWN
    assert len(found.why) < 300


async def test_the_last_line_of_a_long_traceback_says_why(witnesses: Witnesses) -> None:
    script = "print('Traceback (most recent call last):'); print('  in f' * 2000); print('KeyError: power'); exit(1)"
    found = await sign(witnesses, rules(power=(sys.executable, "-c", script)))
    assert found.why == "the power command ended with 1: KeyError: power"


async def test_many_commands_take_turns(tmp_path: Path) -> None:
    commands = Commands(2)
    script = 'touch "$1/$$"; ls "$1" | wc -l; rm "$1/$$"'
    ended = await asyncio.gather(*(commands.run("it", sh(script, str(tmp_path)), 20) for _ in range(12)))
    assert {one.code for one in ended} == {0}
    assert max(int(one.words.rpartition(" ")[2]) for one in ended) <= 2
    limits = (0.9, 0.9, 0.3, 0.3)
    late = await asyncio.gather(*(commands.run("it", sh("exec sleep 1000"), limit) for limit in limits))
    assert sorted(one.words for one in late) == [
        *["it did not end within 0.9 s"] * 2,
        *["it was not run, since too many others ran all the time within 0.3 s"] * 2,
    ]
    await commands.close()


@pytest.mark.parametrize(
    ("answers", "says"),
    [
        ({"cmp2": 0, "cmp3": 1}, Says.ALIVE),
        ({"cmp2": 7, "cmp3": 0}, Says.ALIVE),
        ({"cmp2": 1, "cmp3": 1}, Says.SILENT),
        ({"cmp2": 1, "cmp3": 255}, Says.UNKNOWN),
        ({"cmp2": 1, "cmp3": 1, "cmp4": 0}, Says.SILENT),
    ],
)
async def test_peers(witnesses: Witnesses, tmp_path: Path, answers: dict[str, int], says: Says) -> None:
    for peer, code in answers.items():
        (tmp_path / peer).write_text(str(code))
    found = await sign(
        witnesses, rules(peers=sh('echo "$2 of $3"; exit $(cat "$1/$3")', str(tmp_path), "{host}", "{peer}"))
    )
    assert found.says is says
    assert "the command for cmp" in found.why


async def test_without_peers_nobody_knows(witnesses: Witnesses) -> None:
    found = await sign(witnesses, rules(peers=sh("exit 1")), Suspected(name="cmp1", peers=("cmp1",)))
    assert (found.says, found.why) == (Says.UNKNOWN, "no other host is up that could be asked")


# --- all of them, and the fence


async def test_all_witnesses_of_many_hosts(witnesses: Witnesses, closed_port: int) -> None:
    hosts = [Suspected(name=f"cmp{n}", address="127.0.0.1", peers=("cmp0",)) for n in range(1, 41)]
    place = f"{{address}}:{closed_port}"
    asked = rules(ssh=place, storage=place, power=sh("exit 1"), peers=sh("exit 0"), servers=True)
    found = await witnesses.signs(asked, hosts)
    assert list(found) == [host.name for host in hosts]
    expected = [("ssh", Says.ALIVE), ("storage", Says.ALIVE), ("power", Says.UNKNOWN), ("peers", Says.ALIVE),
                ("servers", Says.UNKNOWN)]  # fmt: skip
    assert all([(one.witness, one.says) for one in signs] == expected for signs in found.values())
    assert await witnesses.signs(rules(), []) == {}
    assert await witnesses.signs(rules(), [HOST]) == {"cmp1": ()}


@pytest.mark.parametrize(
    ("fence", "proof", "off", "said", "proven"),
    [
        ("echo cut", "", True, "ended with 0: cut", ""),
        ("echo cut", "echo really", True, "ended with 0: cut", "ended with 0: really"),
        ("echo cut", "echo on still; exit 1", False, "ended with 0: cut", "ended with 1: on still"),
        ("echo no >&2; exit 1", "exit 0", False, "ended with 1: no", ""),
        ("kill -KILL $$", "exit 0", False, "was killed by SIGKILL", ""),
    ],
)
async def test_fence(
    witnesses: Witnesses, tmp_path: Path, fence: str, proof: str, *, off: bool, said: str, proven: str
) -> None:
    asked = tmp_path / "asked"
    proof_command = sh(f'echo "$2" >>"$1"; {proof}', str(asked), "{host}") if proof else ()
    parts = [f"the fence command {said}", *([f"the proof of the fence {proven}"] if proven else [])]
    found = await witnesses.fence(rules(fence=sh(fence), fence_proof=proof_command), HOST)
    assert found == Fenced(off=off, why="; ".join(parts))
    assert asked.exists() == bool(proven)


async def test_a_fence_that_is_none_or_hangs(witnesses: Witnesses) -> None:
    assert not (await witnesses.fence(rules(), HOST)).off
    hanging = await witnesses.fence(rules(SHORT, fence=("/bin/sleep", "1000")), HOST)
    assert hanging == Fenced(off=False, why="the fence command did not end within 0.3 s")
    unproven = await witnesses.fence(rules(SHORT, fence=("/bin/true",), fence_proof=("/bin/sleep", "1000")), HOST)
    assert not unproven.off
    assert unproven.why.endswith("the proof of the fence did not end within 0.3 s")
