"""Commands that only look: the console and the cloud's words of a server, the engine's figures; and SSH."""

from collections.abc import Callable

import click

from vmms_tui.cli.ask import ask, do, exit_code, fail, look
from vmms_tui.cli.options import Options, engine_options
from vmms_tui.cli.output import fields, print_json
from vmms_tui.client.remote import RemoteClient
from vmms_tui.model.commands import AnyCommand, Inspect, ReadConsole, ReadServer, Refresh, Reply
from vmms_tui.model.errors import Refused
from vmms_tui.model.records import Lease, Pool, Record, Server
from vmms_tui.model.tables import Tables
from vmms_tui.screens.consoletext import console_lines
from vmms_tui.screens.rawtext import raw_lines, yaml_lines
from vmms_tui.screens.sshing import Way, way_in
from vmms_tui.widgets.text import plain

LONGEST = 4000
"""Characters of a line that are shown."""


@click.command()
@click.argument("server")
@click.option("--lines", default=200, show_default=True, type=click.IntRange(1, 2000), help="How many.")
@engine_options
def log(options: Options, server: str, lines: int) -> int:
    """Show the last lines of a server's console. For the owner of its lease, and operators.

    SERVER is a server, or the lease that it is on.
    """
    reply = _ask(options, ReadConsole(server=server, lines=lines))
    if options.json:
        print_json({**_answer(reply), "lines": console_lines(reply.body)})
    else:
        for line in console_lines(reply.body):
            click.echo(plain(line, LONGEST))
        if reply.ok and not reply.body:
            click.echo(reply.text, err=True)
    fail(reply)
    return exit_code(reply)


@click.command()
@click.argument("thing", metavar="ID")
@click.option("--yaml", "as_yaml", is_flag=True, help="As YAML instead of JSON.")
@engine_options
def raw(options: Options, thing: str, as_yaml: bool) -> int:
    """Show a record as the engine has it, as JSON or YAML, and what the cloud says of its server now.

    ID is the id of a lease, server, request, pool, operation or event, or of a host, network, volume or image; secrets
    are left out. What the cloud says of a server is for the owner of the lease and for operators.
    """
    from vmms_tui.cli.show import find

    snapshot = look(options)
    tables = Tables(snapshot.records)
    record = find(tables, thing)
    if record is None:
        raise Refused("unknown", f"There is nothing with the id {thing}.", "`vmms leases` and `vmms servers` list ids.")
    server = _server_of(tables, record)
    reply = _ask(options, ReadServer(server=server.id)) if server else None
    if options.json:
        import json

        print_json({"record": json.loads("\n".join(raw_lines(record))), "cloud": _cloud(reply)})
    else:
        texts = ["\n".join(raw_lines(record)), *([reply.body] if reply is not None and reply.ok else [])]
        for number, text in enumerate(texts):
            if number:
                click.echo("---" if as_yaml else "")
            for line in yaml_lines(text) if as_yaml else text.split("\n"):
                click.echo(plain(line, LONGEST))
    if reply is not None and not reply.ok:
        fail(reply)
        return exit_code(reply)
    return 0


@click.command()
@engine_options
def inspect(options: Options) -> int:
    """Show how busy the engine is: calls to the cloud with how long they took, ages of what it knows, its loops.

    Operators and viewers only.
    """
    from vmms_tui.screens.inspecting import engine_page
    from vmms_tui.screens.paragraphs import text_of

    reply = _ask(options, Inspect())
    if options.json:
        print_json(fields(reply.inspection) if reply.inspection else _answer(reply))
    elif reply.inspection is not None:
        for paragraph in engine_page(reply.inspection, reply.inspection.now):
            click.echo(text_of(paragraph).rstrip())
    fail(reply)
    return exit_code(reply)


@click.command()
@click.argument("kind", default="servers", type=click.Choice(["servers", "offers"]), metavar="[KIND]")
@engine_options
def refresh(options: Options, kind: str) -> int:
    """Let the engine read the cloud again now, and say which calls it took.

    KIND is `servers` (unless said) or `offers`: flavors, images, networks, security groups and quotas.
    """
    return do(options, Refresh(kind=kind))


@click.command()
@click.argument("lease")
@engine_options
def ssh(options: Options, lease: str) -> int:
    """Log in to a lease's server, with the host key that VMMS knows it by: nothing is asked, and nothing trusted.

    The exit code is that of ssh. With --json nothing is run: the way in is shown.
    """
    from vmms_tui.screens.terminal import run_ssh

    snapshot = look(options, "lease", "server", "pool")
    tables = Tables(snapshot.records)
    held = tables.get(Lease, lease)
    server = tables.get(Server, held.server_id if held else lease)
    if server is None:
        raise Refused("unknown", f"There is no lease {lease}.", "`vmms leases` shows those that there are.")
    pool = tables.get(Pool, server.pool)
    on_it = held or (tables.get(Lease, server.lease_id) if server.lease_id else None)
    way = way_in(server, on_it, pool.login if pool else "vmms", snapshot.you)
    if isinstance(way, str):
        raise Refused("ssh", way)
    if options.json:
        print_json({"server": way.name, "login": way.login, "address": way.address, "known_hosts": way.known_hosts})
        return 0
    return _run(way, run_ssh)


def _run(way: Way, run_ssh: Callable[[Way], int]) -> int:
    try:
        return run_ssh(way)
    except FileNotFoundError:
        raise Refused("ssh", "There is no ssh on this machine.", "Install OpenSSH's client.") from None


def _ask(options: Options, command: AnyCommand) -> Reply:
    async def send(client: RemoteClient) -> Reply:
        return await client.send(command)

    return ask(options, send)


def _answer(reply: Reply) -> dict[str, object]:
    told: dict[str, object] = fields(reply)
    return {name: told[name] for name in ("code", "text", "remedy", "rule", "server_id", "read_at")}


def _cloud(reply: Reply | None) -> object:
    """What the cloud said, as JSON; null when it was not asked or did not say."""
    import json

    if reply is None or not reply.ok:
        return None
    said: object = json.loads(reply.body)
    return {"read_at": fields(reply)["read_at"], "server": said}


def _server_of(tables: Tables, record: Record) -> Server | None:
    if isinstance(record, Server):
        return record if record.cloud_id else None
    server = tables.get(Server, getattr(record, "server_id", "") or "")
    return server if server and server.cloud_id else None
