"""Puts a demo together: the theatre, the app, and the end of both."""

import asyncio
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from pathlib import Path

from vmms_tui.client.protocol import EngineClient
from vmms_tui.demo.app import PlayedApp
from vmms_tui.demo.scenes import BY_NAME
from vmms_tui.demo.theatre import Theatre
from vmms_tui.demo.tour import tour as stops
from vmms_tui.keys.inforce import use
from vmms_tui.running import run_app
from vmms_tui.screens.personal import Personal
from vmms_tui.settings.people import this_process


def run_demo(
    folder: Path,
    *,
    scene: str | None = None,
    tour: bool = False,
    fleet: int = 0,
    speed: float | None = None,
    seed: int = 1,
    read_only: bool = False,
    theme: str = "auto",
    personal: Personal | None = None,
) -> int:
    """Run the demo in this terminal until its user leaves; the exit code. All files are in `folder`.

    Of what is `personal` only the keys and the look are the user's own.
    """
    personal = personal or Personal()
    use(personal.keymap)
    theatre = Theatre(
        folder, seed=seed, speed=speed, scene=BY_NAME[scene] if scene else None, fleet=fleet, tour=stops()
    )
    you = this_process("demo", read_only=read_only)
    starter = ThreadPoolExecutor(1, thread_name_prefix="demo-start")

    async def client() -> EngineClient:
        """The first frame is drawn while the stage is opened."""
        if not theatre.opened:
            await asyncio.get_running_loop().run_in_executor(starter, theatre.start)
        return theatre.client(you)

    try:
        return run_app(client, partial(PlayedApp, player=theatre, tour=tour, personal=personal), theme=theme)
    finally:
        starter.shutdown()
        theatre.stop()
