"""`vmms leaks`."""

import click

from vmms_tui.cli.ask import ask
from vmms_tui.cli.complaints import one_line, say
from vmms_tui.cli.lists import only
from vmms_tui.cli.options import Options, engine_options
from vmms_tui.cli.output import fields, print_json, print_table
from vmms_tui.model.leaks import Kind, Leaks
from vmms_tui.model.records import changed
from vmms_tui.screens.wording import both


@click.command()
@click.option("--all", "everything", is_flag=True, help="Also what is ours and should be there. Takes a look now.")
@click.option("--look", "fresh", is_flag=True, help="Let the engine take a look now. It removes nothing by this.")
@only
@engine_options
def leaks(options: Options, everything: bool, fresh: bool, words: str) -> int:
    """What carries our tag in the cloud and is left over, and what becomes of it.

    This only shows. The engine removes what two looks, minutes apart, have shown to be nobody's, a few things at a
    time; what it is not certain of is left for a person. Operators and viewers only.
    """
    from vmms_tui.cli.filtering import fitting
    from vmms_tui.screens.columns_told import LEAKS

    found = ask(options, lambda client: client.leaks(fresh=fresh, everything=everything))
    if words:
        fit = fitting(LEAKS, found.lines, words, found.now)
        found = changed(found, lines=tuple(line for line in found.lines if line.id in fit))
    if options.json:
        print_json(fields(found) | {"lines": [fields(line) for line in found.lines]})
        return _exit_code(found, fresh or everything)
    rows = [[column.text(line, found.now) for column in LEAKS] for line in found.lines]
    print_table([column.title for column in LEAKS], rows, _nothing(found, words))
    click.echo()
    click.echo(_summary(found))
    return _exit_code(found, fresh or everything)


def _exit_code(found: Leaks, looked: bool) -> int:
    """A look that was asked for and could not be taken may go later."""
    if not found.problem:
        return 0
    say(one_line(f"The last look is not complete and proves nothing: {found.problem}"))
    return 3 if looked else 0


def _nothing(found: Leaks, words: str) -> str:
    if words and found.looked_at:
        return "None of what is there fits the filter."
    return "Nothing is left over." if found.looked_at else "The engine has not looked yet."


def _summary(found: Leaks) -> str:
    """How much is as it should be, and how old all that is."""
    counts = [f"{found.expected.get(kind, 0)} {_plural(kind)}" for kind in Kind]
    looked = f"looked {both(found.looked_at, found.now)}" if found.looked_at else "not looked yet"
    then = f", next look {both(found.next_look, found.now)}" if found.next_look else ""
    return f"Ours and expected: {', '.join(counts)}; {looked}{then}."


def _plural(kind: Kind) -> str:
    return {Kind.FLOATING_IP: "floating IPs"}.get(kind, f"{kind}s")
