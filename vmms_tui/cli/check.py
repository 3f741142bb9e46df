"""`vmms engine --check`: whether an engine of this program would work here, without disturbing the one that runs."""

import importlib
from pathlib import Path

import click

import vmms_tui
from vmms_tui.cli.options import Options
from vmms_tui.model.errors import Failed

NEEDED = ("vmms_tui.engine.host", "vmms_tui.engine.cloud.openstack.account", "vmms_tui.engine.guests.real")
"""Modules that together import everything that an engine needs."""


def check_engine(options: Options) -> int:
    """Import everything, read settings and store, take no lock and change nothing; the exit code.

    Raises:
        SettingsProblems: the settings do not do.
        Failed: the program is not whole, or cannot read the store.
    """
    settings = options.settings()
    try:
        for name in NEEDED:
            importlib.import_module(name)
    except ImportError as error:
        raise Failed(f"VMMS {vmms_tui.__version__} is not whole: {error}.", "Install it again.") from error
    records = _records(settings.paths.state)
    click.echo(f"VMMS {vmms_tui.__version__} would work here: cloud {settings.cloud}, {records} records.")
    return 0


def _records(state: Path) -> int:
    """How many records the store holds."""
    from vmms_tui.engine.store.opened import store_of
    from vmms_tui.engine.store.port import StoreProblem

    try:
        return len(store_of(state).look().records)
    except StoreProblem as problem:
        raise Failed(str(problem)) from problem
