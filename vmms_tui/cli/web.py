"""`vmms web`: the same screen in a browser."""

import shlex

import click

from vmms_tui.cli.background import this_program
from vmms_tui.cli.options import Options, json_option
from vmms_tui.cli.output import print_json
from vmms_tui.model.errors import VmmsError
from vmms_tui.settings.people import unix_user


@click.command()
@click.option("--host", default="127.0.0.1", show_default=True, help="Where to listen.")
@click.option("--port", default=8470, show_default=True, type=click.IntRange(0, 65535), help="0: any that is free.")
@click.option("--changes", is_flag=True, help="Whoever opens it may change what you may change; else they only look.")
@click.option(
    "--beyond-this-machine", is_flag=True, help="Needed for a --host that others can reach: nothing is encrypted."
)
@json_option
def web(options: Options, host: str, port: int, changes: bool, beyond_this_machine: bool) -> int:
    """The same screen in a browser, for a demonstration or a wall.

    Everybody who opens the address that is printed is you to the engine, with your role, and only looks unless
    --changes is given. The address holds a key of its own each time. It ends with ctrl-c.
    """
    from vmms_tui.web.gate import PARAMETER, Gate
    from vmms_tui.web.server import WebScreen, bound, is_loopback

    if not is_loopback(host) and not beyond_this_machine:
        raise VmmsError(
            f"Others can reach {host}, and what is shown there is not encrypted.",
            "Use an SSH tunnel to 127.0.0.1, or say --beyond-this-machine.",
        )
    read_only = options.read_only or not changes
    listening, gate = bound(host, port), Gate()
    there = f"[{host}]" if ":" in host else host
    address = f"http://{there}:{listening.getsockname()[1]}/?{PARAMETER}={gate.key}"
    may = "look only" if read_only else "change what you may change"

    def started() -> None:
        if options.json:
            print_json({"address": address, "person": unix_user(), "read_only": read_only})
            return
        click.echo(f"{address}\nWhoever opens this is {unix_user()} to the engine, and may {may}. ctrl-c ends it.")

    words = [*this_program(), *options.arguments(), *(["--read-only"] if read_only else [])]
    WebScreen(shlex.join(words), gate, started).run(listening)
    return 0
