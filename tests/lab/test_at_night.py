"""A night over real SSH, in tmux, without any right but one's own: every screen by keys alone, any size, a cut line."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest
import pytest_asyncio

from lab.hosts.packages import possible
from tests.lab.desk import Desk, Person, Screen

pytestmark = [
    pytest.mark.lab,
    pytest.mark.skipif(bool(possible()), reason=possible()),
    pytest.mark.asyncio(loop_scope="module"),
    pytest.mark.timeout(300),
]
SCREENS = ("Dash", "Pools", "Leases", "Hosts", "Store", "Nets", "Repos", "Events", "Ops")
IN_TMUX = "tmux -u -f /dev/null new-session -A -s night vmms"
SHELL = "tmux -u -f /dev/null new-session -A -s shell 'vmms; echo it ended with $?; exec sh'"
MODES = "tmux display-message -p -t shell '#{alternate_on} #{mouse_any_flag} #{cursor_flag} #{keypad_flag}'"


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def desk() -> AsyncIterator[Desk]:
    """A machine with VMMS, an engine that Olga runs, and Dan, a developer."""
    made = Desk("night")
    try:
        await made.furnish({"olga": "vmms-ops", "dan": "vmms-dev"})
        made.belongs_to("olga")
        async with made.at("olga") as olga:
            assert (await olga.vmms("pools --start"))[0] == 0
        yield made
    finally:
        made.host.remove()


@asynccontextmanager
async def in_tmux(desk: Desk, size: tuple[int, int] = (80, 25)) -> AsyncIterator[tuple[Person, Screen]]:
    """Dan at VMMS in tmux, whose own line is the last."""
    async with desk.at("dan") as dan, dan.screen(IN_TMUX, size) as screen:
        await screen.shows("VMMS", "simulated", "[night]")
        yield dan, screen


async def test_every_screen_is_reached_and_used_with_keys_alone(desk: Desk) -> None:
    async with in_tmux(desk) as (dan, screen):
        for digit, name in enumerate(
            ("Dash", "Pools", "Leases", "Hosts", "Store", "Nets", "Repos", "Events", "Ops"), 1
        ):
            screen.press(str(digit))
            await screen.shows(f"{digit}*{name}")

        screen.press("2")
        await screen.shows("4/4")
        screen.press("3n")
        await screen.shows("New request", "ctrl-n")
        screen.press("\x0e")
        await screen.shows("is yours until")
        screen.press("\r")
        await screen.shows("3*Leases", "lease-0000", " RUN ")

        screen.press(" ")
        await screen.shows("1 marked")
        screen.press("D")
        await screen.shows("PREFLIGHT", "what will happen", "Cancel", "vmms release lease-0000")
        screen.press("\r")
        await screen.until(lambda text: "PREFLIGHT" not in text, "Cancel had not the focus")
        assert (await dan.vmms("leases --mine"))[1]["leases"], "Cancel must change nothing"

        screen.press("x")
        await screen.shows("Why:")
        screen.press("\x1b")
        await screen.until(lambda text: "Why:" not in text, "esc did not close")
        screen.press("q")
        await screen.ended()


async def test_any_size_and_back(desk: Desk) -> None:
    async with in_tmux(desk) as (dan, screen):
        assert (await dan.vmms("request --purpose dev --for 8h"))[0] == 0
        screen.press("3")
        await screen.shows("3*Leases", "lease-0000")
        before = (await dan.vmms("leases --mine"))[1]["leases"]
        screen.resize(20, 5)
        await screen.shows("This terminal is too", "q")
        screen.press("nD\r+2\t\r")
        screen.resize(60, 17)
        await screen.shows("3*Leases", "lease-0000")
        screen.resize(132, 43)
        await screen.shows("3*Leases", "lease-0000")
        screen.resize(80, 25)
        await screen.shows("3*Leases", "lease-0000", "q:quit")
        assert (await dan.vmms("leases --mine"))[1]["leases"] == before
        screen.press("q")
        await screen.ended()


async def test_the_line_is_cut_and_tmux_keeps_the_screen(desk: Desk) -> None:
    async with in_tmux(desk) as (_, screen):
        screen.press("3")
        await screen.shows("3*Leases")
        cut_the_line(desk)
        await screen.ended()
    async with in_tmux(desk) as (dan, screen):
        await screen.shows("3*Leases")
        assert (await dan.vmms("pools"))[0] == 0
        screen.press("q")
        await screen.ended()


async def test_the_line_is_cut_without_tmux_and_the_engine_lives(desk: Desk) -> None:
    async with desk.at("dan") as dan, dan.screen() as screen:
        await screen.shows("VMMS", "simulated")
        cut_the_line(desk)
        await screen.ended()
    async with desk.at("dan") as again:
        assert (await again.vmms("pools"))[0] == 0
        assert "vmms_tui" not in await again.sh("ps -u dan -o args"), "the screen has outlived its line"


@pytest.mark.parametrize("how", ["q", "TERM", "HUP"])
async def test_the_terminal_is_as_it_was(desk: Desk, how: str) -> None:
    async with desk.at("dan") as dan, dan.screen(SHELL, (80, 25)) as screen:
        await screen.shows("VMMS", "simulated")
        assert (await dan.sh(MODES)).split()[0] == "1"
        if how == "q":
            screen.press("q")
        else:
            await dan.sh(f"pkill -{how} -u dan -f '[v]mms_tui.cli$'")
        await screen.shows("it ended with")
        assert (await dan.sh(MODES)).split() == ["0", "0", "1", "0"]
        screen.press("echo typed-$((6*7))\n")
        await screen.shows("typed-42")
        screen.press("exit\n")
        await screen.ended()


def cut_the_line(desk: Desk) -> None:
    """End the process that serves Dan's line, as a network that fails would in the end."""
    desk.host.run("pkill", "-KILL", "-u", "dan", "sshd")
