"""`vmms info` and `vmms settings check`."""

import platform

import click

import vmms_tui
from vmms_tui.cli.ask import look
from vmms_tui.cli.complaints import say
from vmms_tui.cli.options import Options, engine_options, json_option
from vmms_tui.cli.output import fields, print_facts, print_json, print_table
from vmms_tui.model.errors import TryAgain
from vmms_tui.model.status import CloudStatus, EngineStatus, LoopStatus
from vmms_tui.screens.wording import ago, both, frozen_words, span


@click.command()
@engine_options
def info(options: Options) -> int:
    """Paths, versions, the cloud, and how old all is that the engine tells."""
    paths = options.paths
    ours = paths.named()
    versions = {"vmms": vmms_tui.__version__, "python": platform.python_version()}
    problem = None
    status = None
    try:
        status = look(options, "none").status
    except TryAgain as away:
        problem = away
    if options.json:
        print_json({"versions": versions, "paths": ours, "engine": _status_fields(status) if status else None})
    else:
        print_facts([*versions.items(), *ours.items()])
        if status:
            _print_status(status)
    if problem:
        raise problem
    return 0


def _status_fields(status: EngineStatus) -> dict[str, object]:
    cloud, loops = fields(status.cloud), [fields(loop) for loop in status.loops]
    return fields(status) | {"cloud": cloud, "loops": loops}


def _print_status(status: EngineStatus) -> None:
    click.echo()
    print_facts(
        [
            ("engine", f"{status.version}, started {both(status.started, status.now)}"),
            ("installation", status.installation),
            ("cloud", _cloud_words(status.cloud, status)),
            ("calls", f"{status.cloud.calls_last_minute} in the last minute"),
            ("problem", status.problem),
            ("frozen", frozen_words(status.frozen, status.now) if status.frozen else ""),
            *(("settings", problem) for problem in status.settings_problems),
            *(("note", remark) for remark in status.remarks),
        ]
    )
    click.echo()
    rows = [_loop_row(loop, status) for loop in status.loops]
    print_table(("LOOP", "EVERY", "LAST RUN", "STATE"), rows, "The engine has no loops.")


def _cloud_words(cloud: CloudStatus, status: EngineStatus) -> str:
    since = f" since {both(cloud.since, status.now)}" if cloud.since else ""
    state = "answers" if cloud.ok else f"does not answer: {cloud.problem.rstrip('.')}"
    age = f"; servers last listed {span(status.now - cloud.listed_at)} ago" if cloud.listed_at else "; not listed yet"
    return f"{cloud.name} {state}{since}{age}"


def _loop_row(loop: LoopStatus, status: EngineStatus) -> tuple[object, ...]:
    last = ago(loop.last_end, status.now) if loop.last_end else "never"
    state = loop.error or ("LATE!" if loop.late else "well")
    return (loop.name, f"{loop.interval:g}s", last, state)


@click.group()
def settings() -> None:
    """The settings file."""


@settings.command()
@json_option
def check(options: Options) -> int:
    """Say everything that is wrong with the settings file, at once."""
    from vmms_tui.settings import SettingsProblems

    try:
        found = options.settings()
    except SettingsProblems as wrong:
        if not options.json:
            raise
        file = str(options.paths.config)
        print_json({"file": file, "ok": False, "problems": [fields(one) for one in wrong.problems], "pools": []})
        return 1
    names = [pool.name for pool in found.pools]
    if options.json:
        print_json({"file": str(found.paths.config), "ok": True, "problems": [], "pools": names})
        return 0
    number = "1 pool" if len(names) == 1 else f"{len(names)} pools"
    for remark in found.policy.channels.remarks:
        say(remark)
    click.echo(f"{found.paths.config} is right: cloud {found.cloud}, installation {found.installation}, {number}.")
    return 0
