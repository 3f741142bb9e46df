"""`vmms doctor`."""

from typing import TYPE_CHECKING

import click

from vmms_tui.cli.absent import why_nobody
from vmms_tui.cli.ask import ask
from vmms_tui.cli.background import answers
from vmms_tui.cli.options import Options, engine_options
from vmms_tui.cli.output import fields, print_json, print_table
from vmms_tui.client.remote import RemoteClient
from vmms_tui.model.leaks import Leaks
from vmms_tui.model.records import AnyRecord, Lease, Operation, Pool, Server
from vmms_tui.model.spec import Policy
from vmms_tui.model.status import EngineStatus, Snapshot
from vmms_tui.model.tables import Tables

if TYPE_CHECKING:
    from vmms_tui.engine.policy.doctor import Facts, Finding

KINDS = ("pool", "server", "lease", "operation")


@click.command()
@engine_options
def doctor(options: Options) -> int:
    """Check what must always hold, against the records and the cloud, and say what to do. Changes nothing.

    Operators and viewers only. With no engine running the store is read as it lies on disk, and the cloud is not
    asked. Exit code 1: something is wrong; 3: something could not be checked.
    """
    from vmms_tui.engine.policy.doctor import diagnose, exit_code

    policy, findings = _policy(options)
    if options.start or answers(options.paths.socket):
        cloud, snapshot = ask(options, _look)
        facts = _facts(snapshot.records, policy, snapshot.status, cloud)
    else:
        facts = _at_rest(options, policy)
    findings += diagnose(facts)
    if options.json:
        print_json([fields(finding) for finding in findings])
    else:
        rows = [(finding.outcome, finding.check, _words(finding)) for finding in findings]
        print_table(("STATE", "CHECK", "WHAT WAS FOUND, AND WHAT TO DO"), rows, "")
    return exit_code(findings)


def _words(finding: "Finding") -> str:
    return f"{finding.text.rstrip('.')}. {finding.remedy}" if finding.remedy else finding.text


async def _look(client: RemoteClient) -> tuple[Leaks, Snapshot]:
    """The cloud first: what the records say afterwards is not older."""
    cloud = await client.leaks(fresh=True, everything=True)
    return cloud, await client.snapshot(KINDS)


def _policy(options: Options) -> tuple[Policy, "list[Finding]"]:
    """The rules in the settings file, and what is wrong with it."""
    from vmms_tui.engine.policy.doctor import Finding, Outcome
    from vmms_tui.settings import SettingsProblems

    try:
        return options.settings().policy, []
    except SettingsProblems as problems:
        text = str(problems.problems[0])
        wrong = Finding(check="settings", outcome=Outcome.WRONG, text=text, remedy="`vmms settings check` says it all.")
        return Policy(), [wrong]


def _at_rest(options: Options, policy: Policy) -> "Facts":
    """The store as it lies on disk. Raises TryAgain when the engine is elsewhere, Failed when it cannot be read."""
    from vmms_tui.engine.store.opened import store_of
    from vmms_tui.engine.store.port import StoreProblem
    from vmms_tui.model.errors import Failed

    if (elsewhere := why_nobody(options)) is not None:
        raise elsewhere
    try:
        records = store_of(options.paths.state).look().records
    except StoreProblem as problem:
        raise Failed(str(problem)) from problem
    return _facts(tuple(records), policy, None, None)


def _facts(records: tuple[AnyRecord, ...], policy: Policy, status: EngineStatus | None, cloud: Leaks | None) -> "Facts":
    from vmms_tui.engine.clock import RealClock
    from vmms_tui.engine.policy.doctor import Facts

    tables = Tables(records)
    return Facts(
        now=status.now if status else RealClock().now(),
        pools=tables.all(Pool),
        servers={server.id: server for server in tables.all(Server)},
        leases=tables.all(Lease),
        operations=tables.all(Operation),
        policy=policy,
        status=status,
        cloud=cloud,
    )
