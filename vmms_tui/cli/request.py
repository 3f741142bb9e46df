"""`vmms request`: ask for a server, and wait for it where that is wanted."""

import asyncio
from contextlib import aclosing
from datetime import timedelta
from pathlib import Path
from typing import Any

import click

from vmms_tui.cli.ask import ask
from vmms_tui.cli.options import Duration, Options, engine_options
from vmms_tui.cli.output import fields, tell
from vmms_tui.cli.words import address_of
from vmms_tui.client.remote import RemoteClient
from vmms_tui.model.commands import Reply, RequestServer
from vmms_tui.model.errors import TryAgain
from vmms_tui.model.records import (
    Lease,
    LeaseState,
    Operation,
    OperationKind,
    OperationState,
    Request,
    RequestState,
    Server,
    changed,
)
from vmms_tui.model.status import Reading, Snapshot
from vmms_tui.model.tables import Tables
from vmms_tui.screens.wording import instant

LONGEST_KEY = 16 * 1024
"""Bytes of a public key's file."""


class Count(click.ParamType):  # type: ignore[type-arg]  # generic only since click 8.5
    """A whole number between two others."""

    name = "number"

    def __init__(self, least: int, most: int) -> None:
        self._least, self._most = least, most

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Any:
        """As an int; a usage error when it is none, or out of bounds."""
        try:
            number = int(value)
        except ValueError:
            self.fail(f"{value!r} is no whole number.", param, ctx)
        if not self._least <= number <= self._most:
            self.fail(f"{number} does not do: write {self._least} to {self._most}.", param, ctx)
        return number


@click.command()
@click.option("--purpose", required=True, help="What it is for; `vmms pools` shows the purposes there are.")
@click.option("--flavor", default="", help="A flavor; or say vCPUs and RAM; or nothing, and any size will do.")
@click.option("--vcpus", type=Count(1, 4096), help="At least so many vCPUs.")
@click.option("--ram-mib", type=Count(1, 2**24), help="At least so much RAM, in MiB.")
@click.option("--for", "term", type=Duration(), help="How long: 8h, 2d, 1d12h. Default: as the pool says.")
@click.option("--importance", type=Count(0, 10), default=0, show_default=True, help="0 to 10.")
@click.option("--project", default="", help="The project that it counts for.")
@click.option("--note", default="", help="A word to go with it.")
@click.option("--ssh-key", type=click.Path(path_type=Path), help="File of your public key, to be let in with.")
@click.option("--owner", default="", help="For whom, if not for you; operators only.")
@click.option("--wait", is_flag=True, help="Return when the server is handed over, not when the request is taken.")
@click.option("--timeout", type=Duration(), default="1h", show_default=True, help="How long --wait waits.")
@engine_options
def request(
    options: Options,
    wait: bool,
    timeout: timedelta,
    ssh_key: Path | None,
    vcpus: int | None,
    ram_mib: int | None,
    **wish: Any,
) -> int:
    """Ask for a server."""
    if wish["flavor"] and (vcpus or ram_mib):
        raise click.UsageError("Say --flavor, or --vcpus and --ram-mib, not both.")
    key = _public_key(ssh_key) if ssh_key else ""
    command = RequestServer(vcpus=vcpus or 0, ram_mib=ram_mib or 0, ssh_key=key, **wish)

    async def act(client: RemoteClient) -> tuple[Reply, Tables]:
        reply = await client.send(command)
        if wait and reply.ok:
            reply = await wait_for(client, reply, timeout)
        kinds = ("request", "lease", "server")
        return reply, Tables((await client.snapshot(kinds)).records if options.json else ())

    reply, tables = ask(options, act)
    return tell(options, reply, **_records(reply, tables))


def _public_key(path: Path) -> str:
    try:
        text = path.read_bytes()[: LONGEST_KEY + 1].decode().strip()
    except OSError as error:
        raise click.BadParameter(f"{path} cannot be read ({error.strerror}).", param_hint="--ssh-key") from None
    except UnicodeDecodeError:
        raise click.BadParameter(f"{path} holds no public key.", param_hint="--ssh-key") from None
    if "PRIVATE KEY" in text:
        raise click.BadParameter(f"{path} is a private key: give {path}.pub.", param_hint="--ssh-key")
    if not text or "\n" in text or len(text) > LONGEST_KEY:
        raise click.BadParameter(f"{path} must hold one public key, on one line.", param_hint="--ssh-key")
    return text


def _records(reply: Reply, tables: Tables) -> dict[str, object]:
    """What the reply speaks of, for JSON."""
    found = {
        "request": tables.get(Request, reply.request_id),
        "lease": tables.get(Lease, reply.lease_id),
        "server": tables.get(Server, reply.server_id),
    }
    return {name: fields(record) if record else None for name, record in found.items()}


async def wait_for(client: RemoteClient, reply: Reply, patience: timedelta) -> Reply:
    """The reply once the server is handed over, or the request refused; `try_again` when that takes too long.

    Lives through a restart of the engine.
    """
    tables = Tables()
    try:
        async with asyncio.timeout(patience.total_seconds()):
            while True:
                try:
                    async with aclosing(client.follow()) as stream:
                        async for news in stream:
                            if isinstance(news, Reading):
                                continue
                            tables = _taken(tables, news)
                            if (outcome := _outcome(tables, reply)) is not None:
                                return outcome
                except TryAgain:
                    pass
                await asyncio.sleep(1.0)
    except TimeoutError:
        return _too_late(tables, reply)


def _taken(tables: Tables, news: Any) -> Tables:
    if isinstance(news, Snapshot):
        return Tables(news.records)
    for change in news.changes:
        tables.apply(change)
    return tables


def _outcome(tables: Tables, reply: Reply) -> Reply | None:
    """How the request ended; None while it has not."""
    request = tables.get(Request, reply.request_id)
    if request is None:
        return changed(reply, code="failed", text=f"Request {reply.request_id} is not known any more.")
    if request.state is RequestState.QUEUED:
        return None
    lease = tables.get(Lease, request.lease_id)
    if request.state is not RequestState.GRANTED or lease is None:
        text = request.reason or f"Request {request.id} was {request.state}."
        return changed(reply, code="refused", text=text)
    reply = changed(reply, code="ok", lease_id=lease.id, server_id=lease.server_id, end=lease.end)
    if lease.state in {LeaseState.ENDING, LeaseState.ENDED}:
        return changed(reply, code="failed", text=f"Lease {lease.id} is over: {lease.end_reason}.")
    return _handed_over(tables, lease, reply)


def _handed_over(tables: Tables, lease: Lease, reply: Reply) -> Reply | None:
    acts = [act for act in tables.all(Operation) if act.lease_id == lease.id and act.kind is OperationKind.HAND_OVER]
    if any(act.state in {OperationState.RUNNING, OperationState.WAITING} for act in acts):
        return None
    server = tables.get(Server, lease.server_id)
    address = address_of(server) if server else "no address"
    yours = f"{lease.server_id} ({address}) is yours until {instant(lease.end)}"
    if acts and acts[-1].state is OperationState.FAILED:
        return changed(reply, code="failed", text=f"{yours}, but the hand-over failed: {acts[-1].outcome}.")
    return changed(reply, text=f"{yours}: {lease.matched}.")


def _too_late(tables: Tables, reply: Reply) -> Reply:
    request = tables.get(Request, reply.request_id)
    if request is not None and request.state is RequestState.GRANTED:
        text = f"{request.id} is granted, but the server is not handed over yet."
        return changed(reply, code="try_again", text=text, remedy=f"See `vmms show {request.lease_id}`.")
    place = f" at place {request.position}" if request and request.position else ""
    text = f"{reply.request_id} still waits{place}."
    remedy = f"See `vmms show {reply.request_id}`, or take it back with `vmms cancel {reply.request_id}`."
    return changed(reply, code="try_again", text=text, remedy=remedy)
