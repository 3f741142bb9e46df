"""`vmms web` in a real Chromium: the page, the keys, who one is there, and who does not come in."""

import contextlib
import json
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from lab.browser import Browser
from lab.hosts.packages import possible
from vmms_tui.cli.replace import health
from vmms_tui.model.errors import TryAgain

pytestmark = [
    pytest.mark.lab,
    pytest.mark.skipif(bool(possible()), reason=possible()),
    pytest.mark.timeout(300),
]
LOOKS = 300
"""How often a page is looked at before a test gives up; each look waits for the browser."""


class Web:
    """`vmms web` on its simulated cloud, with an installation of its own."""

    def __init__(self, folder: Path, *words: str) -> None:
        self.environment = {
            **os.environ,
            **{f"XDG_{name}": str(folder / name.lower()) for name in ("STATE_HOME", "RUNTIME_DIR", "CONFIG_HOME")},
        }
        self.process = subprocess.Popen(
            [*self.command, "web", "--port", "0", *words], stdout=subprocess.PIPE, text=True, env=self.environment
        )
        assert self.process.stdout is not None
        self.address = self.process.stdout.readline().strip()
        self.said = self.process.stdout.readline().strip()

    command = (sys.executable, "-m", "vmms_tui.cli", "--simulated")

    def ask(self, *words: str) -> str:
        """What a command says."""
        return subprocess.run(
            [*self.command, *words], check=False, capture_output=True, text=True, env=self.environment
        ).stdout

    def end(self) -> int:
        """End it as ctrl-c does; its exit code."""
        self.process.send_signal(2)
        self.process.communicate(timeout=60)
        return self.process.returncode


@pytest.fixture
def web(tmp_path: Path, request: pytest.FixtureRequest) -> Iterator[Web]:
    served = Web(tmp_path, *getattr(request, "param", ()))
    try:
        yield served
    finally:
        if served.process.poll() is None:
            served.end()
        where = Path(json.loads(served.ask("info", "--json"))["paths"]["socket"])
        with contextlib.suppress(TryAgain):
            os.kill(health(where)["pid"], 15)


@pytest.fixture
def browser() -> Iterator[Browser]:
    chromium = Browser()
    try:
        yield chromium
    finally:
        chromium.close()


def shows(browser: Browser, *words: str) -> str:
    """Wait until all of these stand on the page's screen."""
    text = ""
    for _ in range(LOOKS):
        text = browser.text()
        if all(word in text for word in words):
            return text
        browser.rest(0.1)
    raise AssertionError(f"{words} did not come:\n{text}")


def test_the_whole_screen_in_a_browser_that_only_looks(web: Web, browser: Browser, tmp_path: Path) -> None:
    assert "may look only" in web.said
    browser.open(web.address)
    shows(browser, "VMMS", "READ-ONLY", "1*Dash", "debian-dev")
    assert "key=" not in browser.where, "the key stays in the address, and in the history of the browser"
    browser.press("3")
    shows(browser, "3*Leases", "Nobody has a server")
    browser.press("n")
    shows(browser, "this is read-only")
    assert not browser.foreign, "the page asks other machines"
    picture = tmp_path / "page.png"
    assert len(browser.picture(picture)) > 10_000
    assert web.end() == 0


@pytest.mark.parametrize("web", [("--changes",)], indirect=True)
def test_changes_from_a_browser_are_told_to_be_from_there(web: Web, browser: Browser) -> None:
    browser.open(web.address)
    shows(browser, "1*Dash")
    browser.press("2")
    shows(browser, "2*Pools", "debian-dev", "READY")
    browser.press("3", "n")
    shows(browser, "New request", "ctrl-n")
    browser.press_with_control("n")
    shows(browser, "lease-00001")
    told = json.loads(web.ask("events", "--since", "1h", "--json"))
    assert any("says browser" in one["origin"] for one in told), told
    assert web.end() == 0


def test_without_the_key_nobody_comes_in(web: Web) -> None:
    page = web.address.partition("?")[0]
    for address in (page, f"{page}?key=wrong", f"{page}ws", f"{page}static/js/textual.js"):
        answer = httpx.get(address)
        assert answer.status_code == 403, address
        assert "needs the address" in answer.text
    with httpx.Client(follow_redirects=True) as ours:
        assert ours.get(web.address).status_code == 200
        assert ours.get(page, headers={"Origin": "http://elsewhere.example"}).status_code == 403


def test_a_port_that_is_taken_is_told_in_one_sentence(web: Web) -> None:
    port = web.address.partition("?")[0].rstrip("/").rpartition(":")[2]
    words = [*web.command, "web", "--port", port]
    done = subprocess.run(words, check=False, capture_output=True, text=True, env=web.environment)
    assert done.returncode == 1
    assert f"Nothing can listen on 127.0.0.1 port {port}" in done.stderr
    assert "Traceback" not in done.stderr
