"""The command line: which commands there are, each loaded when it is called for."""

import difflib
import importlib
import sys
from typing import Any

import click

import vmms_tui
from vmms_tui.cli.call import Call, common, pass_call
from vmms_tui.cli.complaints import plainly

COMMANDS = {
    "engine": "vmms_tui.cli.engine",
    "pools": "vmms_tui.cli.lists",
    "leases": "vmms_tui.cli.lists",
    "servers": "vmms_tui.cli.lists",
    "events": "vmms_tui.cli.lists",
    "show": "vmms_tui.cli.show",
    "request": "vmms_tui.cli.request",
    "cancel": "vmms_tui.cli.request",
    "renew": "vmms_tui.cli.leases",
    "release": "vmms_tui.cli.leases",
    "stop": "vmms_tui.cli.leases",
    "start": "vmms_tui.cli.leases",
    "reboot": "vmms_tui.cli.leases",
    "rebuild": "vmms_tui.cli.leases",
    "password": "vmms_tui.cli.leases",
    "info": "vmms_tui.cli.info",
    "reload": "vmms_tui.cli.info",
    "settings": "vmms_tui.cli.settings",
}
"""Each command and the module where it is, under its own name."""


class Commands(click.Group):
    """Loads commands when they are called for, and says every error in one sentence."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """See click.Group."""
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """See click.Group."""
        if cmd_name not in COMMANDS:
            return None
        command: click.Command = getattr(importlib.import_module(COMMANDS[cmd_name]), cmd_name)
        return command

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        """See click.Group."""
        name = args[0]
        if name not in COMMANDS and not name.startswith("-"):
            near = difflib.get_close_matches(name, COMMANDS, 1)
            ctx.fail(f"There is no command {name!r}" + (f"; did you mean {near[0]}?" if near else "."))
        return super().resolve_command(ctx, args)

    def make_context(self, *args: Any, **extra: Any) -> click.Context:
        """See click.Command."""
        with plainly():
            return super().make_context(*args, **extra)

    def invoke(self, ctx: click.Context) -> Any:
        """See click.Command."""
        with plainly(ctx):
            return super().invoke(ctx)


@click.group(
    cls=Commands,
    invoke_without_command=True,
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100},
    epilog="Exit codes: 0 done, 1 refused or failed, 2 usage, 3 try again later.",
)
@click.version_option(vmms_tui.__version__, message="vmms %(version)s")
@common
@pass_call
@click.pass_context
def vmms(context: click.Context, call: Call) -> None:
    """Pools of ready OpenStack servers, lent on leases.

    Without a command: the screen. It attaches to the engine that runs; if none does, it runs one itself.
    """
    if context.invoked_subcommand is None:
        from vmms_tui.cli.screen import show_screen

        sys.exit(show_screen(call))
