"""The command line: which commands there are, each loaded when it is called for."""

import gc
import importlib
import keyword
from pathlib import Path
from typing import Any

import click

from vmms_tui.cli.complaints import plainly
from vmms_tui.cli.complaints import say as say
from vmms_tui.cli.options import Options

COMMANDS = {
    "engine": "vmms_tui.cli.engine",
    "pools": "vmms_tui.cli.lists",
    "leases": "vmms_tui.cli.lists",
    "servers": "vmms_tui.cli.lists",
    "hosts": "vmms_tui.cli.surroundings",
    "volumes": "vmms_tui.cli.surroundings",
    "networks": "vmms_tui.cli.surroundings",
    "images": "vmms_tui.cli.surroundings",
    "events": "vmms_tui.cli.events",
    "show": "vmms_tui.cli.show",
    "log": "vmms_tui.cli.looking",
    "raw": "vmms_tui.cli.looking",
    "ssh": "vmms_tui.cli.looking",
    "inspect": "vmms_tui.cli.looking",
    "refresh": "vmms_tui.cli.looking",
    "leaks": "vmms_tui.cli.leaks",
    "needs": "vmms_tui.cli.needs",
    "acknowledge": "vmms_tui.cli.needs",
    "watch": "vmms_tui.cli.watch",
    "request": "vmms_tui.cli.request",
    "cancel": "vmms_tui.cli.acts",
    "renew": "vmms_tui.cli.acts",
    "shorten": "vmms_tui.cli.acts",
    "release": "vmms_tui.cli.acts",
    "stop": "vmms_tui.cli.acts",
    "start": "vmms_tui.cli.acts",
    "reboot": "vmms_tui.cli.acts",
    "rebuild": "vmms_tui.cli.acts",
    "heal": "vmms_tui.cli.heal",
    "password": "vmms_tui.cli.acts",
    "migrate": "vmms_tui.cli.moves",
    "operations": "vmms_tui.cli.operations",
    "pause": "vmms_tui.cli.operations",
    "resume": "vmms_tui.cli.operations",
    "abort": "vmms_tui.cli.operations",
    "force-complete": "vmms_tui.cli.operations",
    "retry": "vmms_tui.cli.operations",
    "disable": "vmms_tui.cli.hosts",
    "enable": "vmms_tui.cli.hosts",
    "evacuate": "vmms_tui.cli.hosts",
    "power-off": "vmms_tui.cli.hosts",
    "drain": "vmms_tui.cli.draining",
    "undrain": "vmms_tui.cli.draining",
    "rebalance": "vmms_tui.cli.draining",
    "moves": "vmms_tui.cli.draining",
    "rehearse": "vmms_tui.cli.rehearse",
    "notices": "vmms_tui.cli.notices",
    "told": "vmms_tui.cli.acts",
    "quota": "vmms_tui.cli.acts",
    "freeze": "vmms_tui.cli.acts",
    "thaw": "vmms_tui.cli.acts",
    "info": "vmms_tui.cli.about",
    "doctor": "vmms_tui.cli.doctor",
    "web": "vmms_tui.cli.web",
    "reload": "vmms_tui.cli.acts",
    "settings": "vmms_tui.cli.about",
    "keys": "vmms_tui.cli.personal",
    "completion": "vmms_tui.cli.completing",
    "export": "vmms_tui.cli.store",
    "import": "vmms_tui.cli.store",
    "demo": "vmms_tui.cli.demo",
    "record": "vmms_tui.cli.recording",
    "replay": "vmms_tui.cli.recording",
    "recover": "vmms_tui.cli.store",
    "reset-terminal": "vmms_tui.cli.reset",
}
"""Each command and the module where it is, under its own name, with a `_` after a keyword of Python."""


ALIASES = {"ops": "operations"}
"""Short names."""
PLAIN = "Without a screen, `vmms watch leases` (or pools, events, operations) prints each change as a line of text."


class Commands(click.Group):
    """Loads commands when they are called for, and says every error in one sentence."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """See click.Group."""
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """See click.Group."""
        cmd_name = ALIASES.get(cmd_name, cmd_name)
        if cmd_name not in COMMANDS:
            return None
        name = f"{cmd_name}_" if keyword.iskeyword(cmd_name) else cmd_name.replace("-", "_")
        command: click.Command = getattr(importlib.import_module(COMMANDS[cmd_name]), name)
        return command

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        """See click.Group."""
        name = args[0]
        if name not in COMMANDS and name not in ALIASES and not name.startswith("-"):
            import difflib

            near = difflib.get_close_matches(name, COMMANDS, 1)
            ctx.fail(f"There is no command {name!r}" + (f"; did you mean {near[0]}?" if near else "."))
        return super().resolve_command(ctx, args)

    def make_context(self, *args: Any, **extra: Any) -> click.Context:
        """See click.Command."""
        with plainly():
            return super().make_context(*args, **extra)

    def invoke(self, ctx: click.Context) -> Any:
        """See click.Command. What a command returns is the exit code."""
        with plainly():
            code = super().invoke(ctx)
        ctx.exit(code or 0)


@click.group(
    cls=Commands,
    invoke_without_command=True,
    context_settings={"max_content_width": 100},
    epilog="Exit codes: 0 done, 1 refused or failed, 2 usage, 3 try again later.",
)
@click.version_option(package_name="vmms-tui", message="vmms %(version)s")
@click.option("--config", type=click.Path(path_type=Path), metavar="FILE", help="The settings file (VMMS_CONFIG).")
@click.option(
    "--simulated",
    is_flag=True,
    envvar="VMMS_SIMULATED",
    help="Use the simulated cloud, with example settings and a state of its own.",
)
@click.option("--read-only", is_flag=True, envvar="VMMS_READ_ONLY", help="Look only: the engine refuses every change.")
@click.option(
    "--theme",
    type=click.Choice(["auto", "dark", "light", "terminal", "mono"]),
    default=None,
    envvar="VMMS_THEME",
    help="The colours of the screen.",
)
@click.option("--plain", is_flag=True, help="Say how to follow what happens line by line, without a screen.")
@click.pass_context
def vmms(
    context: click.Context, config: Path | None, simulated: bool, read_only: bool, theme: str | None, plain: bool
) -> int:
    """Pools of ready OpenStack servers, lent on leases.

    Without a command: the screen. It attaches to the engine that runs; if none does, it runs one itself.
    """
    context.obj = Options(simulated=simulated, config=config, read_only=read_only, theme=theme or "")
    if context.invoked_subcommand is not None:
        gc.enable()
        return 0
    if plain:
        click.echo(PLAIN)
        return 0
    from vmms_tui.cli.screen import show_screen

    return show_screen(context.obj)
