"""`vmms demo`: a company's week on simulated time, for people who look at VMMS for the first time."""

import contextlib
import logging
import sys
import tempfile
from pathlib import Path

import click

from vmms_tui.cli.options import Options
from vmms_tui.model.errors import VmmsError

SCENE_NAMES = ("morning-rush", "important-lease", "host-down", "image-update", "cloud-away")
"""As in vmms_tui/demo/scenes.py, which is loaded when it is played; a test holds both together."""


@click.command()
@click.option("--scene", type=click.Choice(SCENE_NAMES), help="Play this scene, with captions.")
@click.option("--tour", is_flag=True, help="Begin on the guided tour.")
@click.option("--fleet", type=click.IntRange(1, 200_000), metavar="NUMBER", help="Begin with so many servers.")
@click.option("--speed", type=click.FloatRange(1, 3600), help="Seconds that go by in one, at first; 60 unless said.")
@click.option("--seed", type=int, default=1, show_default=True, help="Another number: other people, other chances.")
@click.pass_obj
def demo(options: Options, scene: str | None, tour: bool, fleet: int | None, speed: float | None, seed: int) -> int:
    """A company's week in minutes: no cloud, no settings, nothing of yours is touched.

    The real engine runs against a simulated cloud, and simulated people ask for servers. The keys of time and of the
    guided tour stand above the screens: `vmms keys`.
    """
    if not (sys.stdin.isatty() and sys.stdout.isatty()):
        raise VmmsError("The demo needs a terminal.", "For scripts there is `vmms --simulated`: see `vmms --help`.")
    logging.basicConfig(handlers=[logging.NullHandler()], force=True)
    from vmms_tui.cli.personal import look, own_keys
    from vmms_tui.demo.run import run_demo

    theme, problems = look(options, own=True)
    with contextlib.ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="vmms-demo-")))
        return run_demo(
            folder,
            scene=scene,
            tour=tour,
            fleet=fleet or 0,
            speed=speed,
            seed=seed,
            read_only=options.read_only,
            theme=theme,
            personal=own_keys(problems),
        )
