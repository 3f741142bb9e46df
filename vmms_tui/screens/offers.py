"""What a request means before it is sent: its fields read, which pool would answer, until when. Pure.

The engine decides; this looks at the same records with the same rules, so that a person sees what is likely.
"""

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import TypeVar

from vmms_tui.model.commands import RequestServer
from vmms_tui.model.records import Pool
from vmms_tui.screens.rows import PoolRow
from vmms_tui.screens.wording import both, count, parse_term, pool_note, short_term, size

SIZE = re.compile(
    r"(?P<vcpus>\d+)\s*(?:vcpus?|cpus?|c)?(?:\s*/\s*|\s+|$)(?:(?P<ram>\d+(?:\.\d+)?)\s*(?P<unit>m|mib|mb|g|gib|gb)?)?",
    re.IGNORECASE,
)
KEY_KINDS = ("ssh-", "ecdsa-", "sk-ssh-", "sk-ecdsa-")
"""How an OpenSSH public key line begins."""
ValueT = TypeVar("ValueT")


@dataclass(frozen=True)
class Asked:
    """A filled-in form: the request where all fields can be read, and a sentence for each that cannot."""

    command: RequestServer | None
    errors: Mapping[str, str] = field(default_factory=dict)


def read_size(text: str) -> tuple[str, int, int]:
    """Flavor, vCPUs and MiB of RAM from `m1.large`, `4/8G`, `4 vCPU 8 GiB` or nothing; ValueError with a sentence."""
    words = text.strip()
    found = SIZE.fullmatch(words)
    if found is None:
        if words and (words[0] in "-+" or " " in words):
            raise ValueError("Write a flavor, or vCPUs and RAM like 4/8G.")
        return words, 0, 0
    vcpus, ram = int(found["vcpus"]), float(found["ram"] or 0)
    if vcpus < 1 or (found["ram"] and ram <= 0):
        raise ValueError(f"{words[:16]} is no size; ask for 1 vCPU or more.")
    mib = ram if (found["unit"] or "g").lower().startswith("m") else ram * 1024
    return "", vcpus, int(mib)


def read_importance(text: str) -> int:
    """A whole number from 0 to 10; nothing is 0. ValueError with a sentence."""
    words = text.strip() or "0"
    if not (words.isascii() and words.isdigit()) or int(words) > 10:
        raise ValueError("Importance is a whole number from 0 to 10.")
    return int(words)


def read_key(text: str, read_file: Callable[[str], str]) -> str:
    """A public key line, or the one in the file of this name; nothing is no key. ValueError with a sentence."""
    words = text.strip()
    if not words:
        return ""
    try:
        line = words if words.startswith(KEY_KINDS) else read_file(words).strip()
    except OSError as error:
        raise ValueError(f"That file cannot be read: {error.strerror or error}.") from error
    except UnicodeDecodeError as error:
        raise ValueError("That file is no OpenSSH public key.") from error
    if "PRIVATE KEY" in line:
        raise ValueError("That is a private key! Name the .pub file.")
    if not line.startswith(KEY_KINDS) or "\n" in line:
        raise ValueError("That file is no OpenSSH public key.")
    return line


def read_form(values: Mapping[str, str], pools: Sequence[Pool], read_file: Callable[[str], str]) -> Asked:
    """The request that a form's texts mean."""
    errors: dict[str, str] = {}

    def read(name: str, reader: Callable[[str], ValueT], fallback: ValueT) -> ValueT:
        try:
            return reader(values[name])
        except ValueError as error:
            errors[name] = str(error)
            return fallback

    purpose = values["purpose"].strip()
    if not purpose:
        errors["purpose"] = "No pool serves any purpose yet."
    flavor, vcpus, ram_mib = read("size", read_size, ("", 0, 0))
    known = sorted({pool.flavor for pool in pools if purpose in pool.purposes and not pool.retired})
    if flavor and flavor not in known:
        errors["size"] = f"No flavor {flavor[:16]} here; there is {', '.join(known) or 'none'}."
    term = read("term", parse_term, None)
    importance = read("importance", read_importance, 0)
    key = read("key", lambda text: read_key(text, read_file), "")
    if errors:
        return Asked(None, errors)
    note = values["note"].strip()
    return Asked(
        RequestServer(
            purpose=purpose,
            term=term,
            flavor=flavor,
            vcpus=vcpus,
            ram_mib=ram_mib,
            importance=importance,
            note=note,
            ssh_key=key,
        )
    )


def fitting(command: RequestServer, pools: Sequence[PoolRow]) -> list[PoolRow]:
    """Pools that could answer, the smallest size first; one that has the flavor named comes before all."""
    named = next((row.pool for row in pools if command.flavor and row.pool.flavor == command.flavor), None)
    vcpus = max(command.vcpus, named.vcpus if named else 0)
    ram_mib = max(command.ram_mib, named.ram_mib if named else 0)
    fits = [
        row
        for row in pools
        if command.purpose in row.pool.purposes
        and not row.pool.retired
        and (not row.pool.broken or row.ready)
        and row.pool.vcpus >= vcpus
        and row.pool.ram_mib >= ram_mib
    ]
    return sorted(
        fits,
        key=lambda row: (
            bool(command.flavor) and row.pool.flavor != command.flavor,
            row.pool.vcpus,
            row.pool.ram_mib,
            row.pool.disk_gib,
            row.id,
        ),
    )


def offer(command: RequestServer, pools: Sequence[PoolRow], waiting: Mapping[str, int], now: datetime) -> list[str]:
    """What you would get, as sentences. `waiting`: how many requests wait, by pool."""
    fits = fitting(command, pools)
    if not fits:
        return [_nothing(command, pools)]
    row = next((one for one in fits if one.ready), fits[0])
    pool = row.pool
    if row.ready:
        first = f"A server of {pool.id} at once: {row.ready} ready."
    else:
        before = waiting.get(pool.id, 0)
        first = f"A place in the queue of {pool.id}: none ready, {count(before, 'request')} before you."
        first += f" {pool_note(pool, now)}" if pool.paused else ""
    lines = [first, f"{pool.flavor}  {size(pool.vcpus, pool.ram_mib, pool.disk_gib)}  image {pool.image}"]
    term = command.term or pool.default_term
    until = f"until {both(now + term, now)}"
    too_long = term > pool.longest_term
    lines.append(f"{until}; ! {pool.id} lends at most {short_term(pool.longest_term)}" if too_long else until)
    return lines


def _nothing(command: RequestServer, pools: Sequence[PoolRow]) -> str:
    serving = [row.pool for row in pools if command.purpose in row.pool.purposes and not row.pool.retired]
    if serving and all(pool.broken for pool in serving):
        return f"! Nothing just now: {serving[0].id} is broken: {serving[0].broken}"
    if serving:
        largest = max(serving, key=lambda pool: (pool.vcpus, pool.ram_mib))
        return f"! Nothing that large; the largest is {largest.flavor}, {size(largest.vcpus, largest.ram_mib)}."
    return f"! No pool serves the purpose {command.purpose}."
