"""`vmms export`, `import` and `recover`: what all is kept in, taken out, put back, and made anew."""

import sys
from pathlib import Path
from typing import TYPE_CHECKING

import click

from vmms_tui.cli.options import Options, json_option
from vmms_tui.cli.output import fields, print_json, print_table, safe_json
from vmms_tui.model.errors import Failed
from vmms_tui.screens.wording import instant
from vmms_tui.widgets.text import plain

if TYPE_CHECKING:
    from vmms_tui.engine.offline import Found
    from vmms_tui.engine.store.port import Rescued


@click.command()
@click.option(
    "--output", "-o", type=click.Path(dir_okay=False, path_type=Path), help="File to write, for your eyes only."
)
@json_option
def export(options: Options, output: Path | None) -> int:
    """Write everything that the installation remembers as readable JSON. An engine may run meanwhile.

    First passwords are in it as they are kept: encrypted, with a key that is not in it.
    """
    from vmms_tui.engine import offline
    from vmms_tui.engine.clock import RealClock
    from vmms_tui.engine.store import disk

    text = safe_json(offline.export(options.settings(), RealClock()))
    if output is None:
        click.echo(text, nl=False)
        return 0
    try:
        disk.write_whole(output, [text.encode()])
    except OSError as error:
        raise Failed(f"{output}: {error.strerror}.") from error
    if options.json:
        print_json({"output": str(output)})
    return 0


@click.command("import")
@click.argument("file", type=click.Path(path_type=Path, allow_dash=True))
@click.option("--replace", is_flag=True, help="In the place of what is there, which is exported to a file first.")
@json_option
def import_(options: Options, file: Path, replace: bool) -> int:
    """Put what `vmms export` wrote into an installation that holds nothing. No engine may run."""
    from vmms_tui.engine import offline
    from vmms_tui.engine.clock import RealClock

    settings = options.settings()
    done = offline.import_(settings, RealClock(), _read(file), plain(str(file)), replace=replace)
    if options.json:
        print_json(done)
        return 0
    kept = f" What was there before is in {done.kept}." if done.kept else ""
    click.echo(f"Imported {done.records} records into {settings.paths.state}.{kept}")
    return 0


def _read(file: Path) -> bytes:
    if str(file) == "-":
        return sys.stdin.buffer.read()
    try:
        return file.read_bytes()
    except OSError as error:
        raise Failed(f"{plain(str(file))}: {error.strerror}.") from error


@click.command()
@click.option("--last-good", is_flag=True, help="Go back to the last generation that is whole, after damage.")
@click.option("--dry-run", is_flag=True, help="Only say what would be.")
@json_option
def recover(options: Options, last_good: bool, dry_run: bool) -> int:
    """Make a store that was lost anew from the tags in the cloud: every server of this installation, with its lease.

    Nothing is changed or deleted in the cloud. No engine may run.
    """
    from vmms_tui.engine import offline
    from vmms_tui.engine.clock import RealClock

    settings = options.settings()
    if last_good:
        _tell_rescued(options, offline.go_back(settings, RealClock(), act=not dry_run), dry_run)
    else:
        _tell_found(options, offline.recover(settings, RealClock(), act=not dry_run), dry_run)
    return 0


def _tell_rescued(options: Options, rescued: "Rescued", dry_run: bool) -> None:
    if options.json:
        print_json(rescued)
        return
    goes = "would go" if dry_run else "goes"
    click.echo(f"The store {goes} on from change {rescued.sequence}: {rescued.generation}.")
    for path in rescued.aside:
        click.echo(f"{'Would be put' if dry_run else 'Put'} aside: {path}")
    if rescued.told:
        click.echo(f"Changes are lost that were about: {', '.join(rescued.told)}.")
        click.echo("What the cloud knows of them, an engine takes on when it starts.")


def _tell_found(options: Options, found: "Found", dry_run: bool) -> None:
    if options.json:
        tables = {"servers": found.servers, "leases": found.leases}
        print_json({name: [fields(one) for one in some] for name, some in tables.items()} | {"left": found.left})
        return
    titles = ("SERVER", "POOL", "ADDRESS", "LEASE", "OWNER", "END")
    leases = {lease.server_id: lease for lease in found.leases}
    rows = []
    for server in found.servers:
        lease = leases.get(server.id)
        lent = (lease.id, lease.owner, instant(lease.end)) if lease else ("", "", "")
        rows.append((server.id, server.pool, server.floating_ip or server.address, *lent))
    print_table(titles, rows, "The cloud has no server of this installation.")
    for text in found.left:
        click.echo(f"Not taken on: {plain(text)}")
    done = "Would be recovered" if dry_run else "Recovered"
    click.echo(f"{done}: {len(found.servers)} servers, {len(found.leases)} leases. In the cloud nothing was changed.")
