"""A real Chromium without a window, driven by Selenium, and what comes to it over its web sockets."""

import base64
import json
from pathlib import Path
from typing import Any

import pyte
from selenium import webdriver
from selenium.webdriver.chrome.service import Service
from selenium.webdriver.common.action_chains import ActionChains
from selenium.webdriver.common.keys import Keys

from lab.hosts.packages import fetch

_NEEDED = {"chromium": Path("/usr/bin/chromium"), "chromium-driver": Path("/usr/bin/chromedriver")}


class Browser:
    """Chromium at 1280x800 points, with a terminal that reads along what a page of textual-serve is sent."""

    def __init__(self) -> None:
        fetch(_NEEDED)
        options = webdriver.ChromeOptions()
        options.binary_location = str(_NEEDED["chromium"])
        for word in ("--headless=new", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage", "--lang=en"):
            options.add_argument(word)
        options.add_argument("--window-size=1280,800")
        options.set_capability("goog:loggingPrefs", {"performance": "ALL"})
        self._driver = webdriver.Chrome(options, Service(str(_NEEDED["chromium-driver"])))
        self._screen = pyte.Screen(400, 120)
        self._stream = pyte.ByteStream(self._screen)
        self.foreign: list[str] = []
        """Addresses beyond the page's own server that it asked for."""
        self.address = ""

    def open(self, address: str) -> None:
        """Open a page."""
        self.address = address
        self._driver.get(address)

    def press(self, *keys: str) -> None:
        """Type into the page."""
        for key in keys:
            ActionChains(self._driver).send_keys(key).perform()

    def press_with_control(self, key: str) -> None:
        """Type a key while ctrl is held."""
        ActionChains(self._driver).key_down(Keys.CONTROL).send_keys(key).key_up(Keys.CONTROL).perform()

    def rest(self, seconds: float) -> None:
        """Let the page go on."""
        ActionChains(self._driver).pause(seconds).perform()

    @property
    def where(self) -> str:
        """The address that the browser shows."""
        return self._driver.current_url

    def text(self) -> str:
        """What the terminal in the page has been sent so far, as a screen."""
        for entry in self._driver.get_log("performance"):  # type: ignore[no-untyped-call]
            message = json.loads(entry["message"])["message"]
            self._take(message["method"], message["params"])
        return "\n".join(line.rstrip() for line in self._screen.display)

    def _take(self, method: str, said: dict[str, Any]) -> None:
        if method == "Network.webSocketFrameReceived" and said["response"]["opcode"] == 2:
            self._stream.feed(base64.b64decode(said["response"]["payloadData"]))
        elif method == "Network.requestWillBeSent":
            url = said["request"]["url"]
            own = "/".join(self.address.split("/")[:3])
            if url.startswith("http") and not url.startswith(own):
                self.foreign.append(url)

    def picture(self, file: Path) -> bytes:
        """A PNG of the page, also kept in a file."""
        png: bytes = self._driver.get_screenshot_as_png()
        file.write_bytes(png)
        return png

    def close(self) -> None:
        """End it."""
        self._driver.quit()
