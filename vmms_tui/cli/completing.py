"""Completion in a shell: `vmms completion`, and the names that a running engine knows.

Follows click's shell completion: the shell calls `vmms` with `_VMMS_COMPLETE` set, for each press of tab. Whatever goes
wrong then is silent: there is nothing to complete, and nobody to tell.
"""

import asyncio
import re
from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

import click
from click.shell_completion import CompletionItem, get_completion_class

from vmms_tui.cli.options import Options
from vmms_tui.model.errors import VmmsError

if TYPE_CHECKING:
    from vmms_tui.model.records import Record
    from vmms_tui.model.tables import Tables

SHELLS = ("bash", "zsh", "fish")
VARIABLE = "_VMMS_COMPLETE"
PATIENCE = 1.0
"""Seconds that the engine gets: somebody waits with their finger on tab."""
MOST = 200
"""Names that are offered."""

NAMED_BY_THE_CLOUD = frozenset({"host", "network", "volume", "image"})
"""Types whose names come from outside."""
WORD = re.compile(r"[\w][\w.+@:-]*", re.ASCII)
LISTED = {
    **{name.lower(): name for name in ("Needs", "Pools", "Leases", "Hosts", "Events")},
    **{name: f"`vmms {name}`" for name in ("leaks", "notices")},
    "servers": "Servers of a pool",
    "volumes": "Store",
    "networks": "Nets",
    "images": "Repos",
    "operations": "Ops",
    "ops": "Ops",
}
"""By command, the list whose columns its filter knows."""


class Named(click.ParamType):  # type: ignore[type-arg]  # generic only since click 8.5
    """The name of something that the engine knows, of one of these types, by their tags."""

    def __init__(self, name: str, *kinds: str) -> None:
        self.name = name
        self.kinds = kinds

    def shell_complete(self, ctx: click.Context, param: click.Parameter, incomplete: str) -> list[CompletionItem]:
        """See click.ParamType."""
        tables = known(ctx, self.kinds)
        return names(tables, self.kinds, incomplete) if tables else []


def known(ctx: click.Context, kinds: Iterable[str]) -> "Tables | None":
    """What an engine that runs knows of these types; None when none answers at once."""
    from vmms_tui.cli.background import answers
    from vmms_tui.model.tables import Tables

    said = ctx.find_root().params
    options = Options(simulated=bool(said.get("simulated")), config=said.get("config"), read_only=True)
    try:
        if not answers(options.paths.socket):
            return None
        return Tables(asyncio.run(_look(options, {*kinds, "server"})))
    except (VmmsError, OSError):
        return None


async def _look(options: Options, kinds: Iterable[str]) -> Any:
    client = options.remote("completion", patience=PATIENCE)
    try:
        return (await client.snapshot(list(kinds))).records
    finally:
        await client.close()


def names(tables: "Tables", kinds: Iterable[str], begin: str) -> list[CompletionItem]:
    """What is called so, with a word about each; what is over is left out."""
    from vmms_tui.model.records import Lease, LeaseState, Request, RequestState
    from vmms_tui.model.tables import TYPES
    from vmms_tui.widgets.text import plain

    found = []
    for kind in kinds:
        for record in tables.all(TYPES[kind]):
            over = (isinstance(record, Lease) and record.state is LeaseState.ENDED) or (
                isinstance(record, Request) and record.state is not RequestState.QUEUED
            )
            name = _typed(record, kind)
            if not over and name.startswith(begin):
                owner = getattr(record, "owner", "") or getattr(record, "pool", "")
                told = ", ".join(one for one in (owner, getattr(record, "server_id", "")) if one)
                found.append(CompletionItem(name, help=plain(told)))
    return found[:MOST]


def _typed(record: "Record", kind: str) -> str:
    """What somebody would type for it: its id; in the cloud its name, where that is one plain word."""
    name = str(getattr(record, "name", ""))
    return name if kind in NAMED_BY_THE_CLOUD and WORD.fullmatch(name) else record.id


def complete_filter(ctx: click.Context, _param: click.Parameter, incomplete: str) -> list[CompletionItem]:
    """The columns of a list and the user's saved filters, for the last word of a filter."""
    from vmms_tui.screens.keydocs import LISTS, NO_SCREENS
    from vmms_tui.settings.personal import personal_files, read_filters

    before, _, last = incomplete.rpartition(" ")
    start = f"{before} " if before else ""
    columns = dict((*LISTS, *NO_SCREENS)).get(LISTED.get(ctx.info_name or "", ""), ())
    found = [CompletionItem(f"{start}{one.key}:") for one in columns if one.key.startswith(last)]
    try:
        saved = read_filters(personal_files().filters)
    except VmmsError:
        saved = {}
    return found + [
        CompletionItem(f"{start}@{name}", help=words) for name, words in saved.items() if f"@{name}".startswith(last)
    ]


@click.command()
@click.argument("shell", type=click.Choice(SHELLS), metavar="SHELL")
def completion(shell: str) -> int:
    """Print what lets SHELL (bash, zsh or fish) complete vmms: commands, options, and names from a running engine."""
    from vmms_tui.cli.root import vmms

    kind = get_completion_class(shell)
    if kind is None:
        raise click.BadParameter(f"{shell} is not known to click.")
    click.echo(kind(vmms, {}, "vmms", VARIABLE).source())
    return 0
