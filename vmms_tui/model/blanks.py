"""Texts with blanks of `[hosts]`, `{address}:22` say: whether one can be filled in, and filling it in. Pure."""

import re
import string
from collections.abc import Iterable, Mapping
from ipaddress import ip_address

HOST, ADDRESS, PEER = "host", "address", "peer"
OF_HOST = (HOST, ADDRESS)
OF_PAIR = (HOST, ADDRESS, PEER)
LAST_PORT = 65535
_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,252}")
"""A host name as it may stand in a command: never an option, a path or a second word."""
_ADDRESS = re.compile(r"[0-9A-Fa-f:.]+")


class Unfit(Exception):
    """A text or a name that cannot be used; its words are the end of a sentence, without its stop."""


def blanks(text: str) -> list[str]:
    """The names in its braces. Raises Unfit where a brace is no blank; `{{` and `}}` stand for braces themselves."""
    try:
        parts = list(string.Formatter().parse(text))
    except ValueError:
        raise Unfit(f"{text!r} has a brace without its other half: write {{{{ or }}}} for a brace itself") from None
    found = []
    for _, name, form, conversion in parts:
        if name is None:
            continue
        if not name.isalpha() or form or conversion:
            raise Unfit(f"{text!r} has braces that are no blank: write {{{{ and }}}} for braces themselves")
        found.append(name)
    return found


def check(text: str, known: Iterable[str]) -> None:
    """Raises Unfit for a blank that is not one of `known`."""
    known = tuple(known)
    for name in blanks(text):
        if name not in known:
            raise Unfit(f"{text!r} has the unknown {{{name}}}: {_listed(known)} can be filled in here")


def check_command(words: Iterable[str], known: Iterable[str]) -> None:
    """Raises Unfit for words that are no command: the program stands first, and is always the same."""
    words, known = tuple(words), tuple(known)
    for word in words:
        check(word, known)
    if words and blanks(words[0]):
        raise Unfit(f"{words[0]!r} is the program, which is the same for every host: write its path or name")


def check_place(text: str) -> None:
    """Raises Unfit for what is no host and port. An empty text is no place at all, and fine."""
    if text:
        check(text, OF_HOST)
        _halves(text)


def filled(text: str, names: Mapping[str, str]) -> str:
    """The text with its blanks filled in. Raises Unfit, also for names that do not belong into a command."""
    check(text, names)
    return text.format_map({name: fit(names[name]) for name in blanks(text)})


def place(text: str, names: Mapping[str, str]) -> tuple[str, int]:
    """The host and the port that a text like `{address}:22` means; IPv6 with brackets or without. Raises Unfit."""
    host, port = _halves(text)
    return filled(host, names), port


def fit(name: str) -> str:
    """A name or an address as it is. Raises Unfit when it could mean something else in a command."""
    if _NAME.fullmatch(name):
        return name
    if _ADDRESS.fullmatch(name):
        try:
            return str(ip_address(name))
        except ValueError:
            pass
    raise Unfit(f"{name!r} is no name of a host: letters, digits, dots and dashes are, and no dash comes first")


def _halves(text: str) -> tuple[str, int]:
    host, colon, port = text.rpartition(":")
    if not colon or not host or not (port.isascii() and port.isdecimal()):
        raise Unfit(f"{text!r} has no port: write a host and a port, like {{address}}:22")
    if not 1 <= int(port[:6]) <= LAST_PORT:
        raise Unfit(f"{text!r} has the port {port[:6]}: ports go from 1 to {LAST_PORT}")
    if host.startswith("[") and host.endswith("]"):
        host = host[1:-1]
    return host, int(port)


def _listed(names: tuple[str, ...]) -> str:
    braced = [f"{{{name}}}" for name in names]
    return " and ".join([", ".join(braced[:-1]), braced[-1]])
