"""What can be copied, and how a terminal is asked to take it. Pure."""

import base64
import shlex
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from rich.cells import cell_len

from vmms_tui.keys import Place, Target, acts_at, address_of, key_name
from vmms_tui.keys.menus import CopyAddress, CopyCommand, CopyName, CopyRow, CopyServer, CopySsh, CopyTable
from vmms_tui.screens.menu import MenuItem
from vmms_tui.widgets.text import fit, plain

WIDEST = 60
"""Cells of a column of a table that is copied, at most."""
CHUNK = 76
"""Bytes that GNU screen is given at a time: it holds 256 of a string that it passes on, or more in newer versions."""
COMMANDS = {
    Place.POOLS: "pools",
    Place.SERVERS: "servers",
    Place.LEASES: "leases",
    Place.HOSTS: "hosts",
    Place.STORE: "volumes",
    Place.NETS: "networks",
    Place.REPOS: "images",
    Place.EVENTS: "events",
    Place.OPS: "operations",
}
"""The command that lists what a screen lists, and takes the same filter."""


@dataclass(frozen=True)
class Copied:
    """What is under the cursor, and around it."""

    target: Target
    row: str = ""
    table: str = ""
    command: str = ""


def copy_text(act_id: str, copied: Copied) -> str:
    """What goes to the clipboard."""
    target, server = copied.target, copied.target.server
    if act_id == CopyServer.id and server:
        return server.id
    if act_id == CopyAddress.id and server:
        return address_of(server)
    if act_id == CopySsh.id and server:
        return f"ssh {target.login}@{address_of(server)}"
    name = str(getattr(target.record, "name", ""))
    texts = {CopyName.id: name, CopyRow.id: copied.row, CopyTable.id: copied.table, CopyCommand.id: copied.command}
    return texts.get(act_id, target.record.id if target.record else "")


def copy_items(copied: Copied) -> list[MenuItem]:
    """The copy menu: each entry with the text it would copy, or why it cannot."""
    items = []
    for act in acts_at(Place.COPY_MENU):
        text = copy_text(act.id, copied)
        no = act.refusal(copied.target) or ("" if text else "There is nothing of that here.")
        lines = text.count("\n") + 1
        shown = f"{lines} lines" if lines > 1 else text
        items.append(MenuItem(key_name(act, Place.COPY_MENU), act.id, f"{act.word():9}{no or shown}", no))
    return items


def as_table(titles: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    """Lines of text with columns that stand under their titles."""
    lines = [list(titles), *([plain(cell).strip() for cell in row] for row in rows)]
    widths = [min(WIDEST, max(cell_len(line[index]) for line in lines)) for index in range(len(titles))]
    return "\n".join("  ".join(map(fit, line, widths)).rstrip() for line in lines)


def listing_command(place: Place, filter_text: str) -> str:
    """What lists the same in a shell; empty where no command does."""
    if place not in COMMANDS:
        return ""
    words = ["vmms", COMMANDS[place]]
    if filter_text:
        words += ["--filter", filter_text]
    return shlex.join(words)


def osc52(text: str, environ: Mapping[str, str]) -> str:
    """The escape sequence that sets a terminal's clipboard (xterm, Ops), passed on by tmux or GNU screen.

    tmux takes it in one DCS with its escapes doubled (tmux(1), allow-passthrough). GNU screen takes a DCS as it is
    (screen(1), device control strings), but only short ones: the sequence comes in pieces.
    """
    sequence = f"\x1b]52;c;{base64.b64encode(text.encode()).decode()}\a"
    if environ.get("TMUX"):
        return "\x1bPtmux;" + sequence.replace("\x1b", "\x1b\x1b") + "\x1b\\"
    if environ.get("STY"):
        pieces = (sequence[at : at + CHUNK] for at in range(0, len(sequence), CHUNK))
        return "".join(f"\x1bP{piece}\x1b\\" for piece in pieces)
    return sequence
