"""Looks at the settings file."""

import click

from vmms_tui.cli.call import Call, common, pass_call
from vmms_tui.cli.complaints import REFUSED, Complaint
from vmms_tui.cli.output import print_json, print_line
from vmms_tui.model.spec import PoolSpec


@click.group()
def settings() -> None:
    """Look at the settings file."""


@settings.command()
@common
@pass_call
def check(call: Call) -> None:
    """Say all that is wrong with the settings file, without an engine."""
    from vmms_tui.settings import SettingsProblems

    try:
        found = call.settings()
    except SettingsProblems as problems:
        if call.json:
            print_json({"file": str(call.paths().config), "problems": problems.problems, "pools": ()})
        raise Complaint(str(problems), REFUSED) from problems
    if call.json:
        print_json({"file": str(found.paths.config), "problems": (), "pools": [pool.name for pool in found.pools]})
    else:
        print_line(f"{found.paths.config} is in order: cloud {found.cloud}, {_pools(found.pools)}.")


def _pools(pools: tuple[PoolSpec, ...]) -> str:
    names = ", ".join(pool.name for pool in pools)
    return f"{len(pools)} {'pool' if len(pools) == 1 else 'pools'} ({names})" if pools else "no pools"
