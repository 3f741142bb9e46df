"""What the columns of Hosts, Store, Nets and Repos show. Pure."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

from vmms_tui.screens import queues, suspects
from vmms_tui.screens.columns import SERVERS
from vmms_tui.screens.rows import ServerRow
from vmms_tui.screens.rows_cloud import HostRow, ImageRow, NetworkRow, VolumeRow
from vmms_tui.screens.wording import span
from vmms_tui.screens.wording_cloud import (
    BYTES,
    GIB,
    MIB,
    RANKS,
    agents_said,
    agents_words,
    amount,
    amount_share,
    dhcp_words,
    free,
    free_words,
    host_state,
    image_state,
    kind_words,
    load_words,
    percent,
    share,
    share_tone,
    shown,
    status_word,
    used_words,
    volume_tone,
)
from vmms_tui.widgets.column import Column, RowT, last_word, natural, still
from vmms_tui.widgets.filtering import Kind

LONG_AGO = datetime(1, 1, 1, tzinfo=UTC)


def _strong(_row: Any, _now: datetime) -> str:
    return "strong"


def _aged(
    key: str, letter: str, title: str, since: Callable[[RowT], datetime | None], *, least: int, rank: int = 0
) -> Column[RowT]:
    """A column that says how long ago something was."""

    def age(row: RowT, now: datetime) -> timedelta | None:
        at = since(row)
        return None if at is None else now - at

    def text(row: RowT, now: datetime) -> str:
        passed = age(row, now)
        return "-" if passed is None else span(passed)

    return Column(
        key=key,
        letter=letter,
        title=title,
        text=text,
        order=lambda row: -(since(row) or LONG_AGO).timestamp(),
        find=lambda _row: "",
        kind=Kind.SPAN,
        value=age,
        least=least,
        rank=rank,
        right=True,
    )


def last_sign(row: HostRow) -> datetime | None:
    """When a host gave its last sign of life: those that are up gave one when they were read."""
    return row.host.seen if not row.host.is_up else row.read_at


def row_state(row: HostRow) -> tuple[str, str]:
    """Its state as a word and a tone; of one that is judged, rescued or emptied, how far that has come."""
    if row.host.is_down:
        return suspects.state(row.suspect) if row.suspect is not None else host_state(row.host)
    return (queues.state(row.queue) if row.queue is not None else None) or host_state(row.host)


def host_note(row: HostRow) -> str:
    """What a person should know of a host."""
    host = row.host
    if row.suspect is not None:
        return suspects.note(row.suspect)
    if row.queue is not None:
        return queues.note(row.queue)
    if host.status.lower() == "disabled":
        return host.disabled_reason or "takes no new servers"
    if host.status and host.status.lower() != "enabled":
        return host.status
    return "no hypervisor" if host.id == host.name and host.vcpus is None else ""


HOSTS: tuple[Column[HostRow], ...] = (
    still(
        "name",
        "n",
        "NAME",
        lambda row: row.host.name,
        order=lambda row: natural(row.host.name),
        find=lambda row: f"{row.host.name} {row.host.node}",
        tone=_strong,
        least=6,
        most=26,
        firm=True,
    ),
    still(
        "state",
        "s",
        "STATE",
        lambda row: row_state(row)[0],
        order=lambda row: (
            (RANKS | suspects.RANKS | queues.RANKS).get(row_state(row)[0].partition(" ")[0], 1),
            natural(row.host.name),
        ),
        find=lambda row: f"{row_state(row)[0]} {row.host.state} {row.host.status}",
        tone=lambda row, _: row_state(row)[1],
        least=6,
        most=13,
        firm=True,
    ),
    still(
        "vms",
        "v",
        "VMS",
        lambda row: "-" if row.host.servers is None else str(row.host.servers),
        count=lambda row: row.host.servers,
        least=3,
        right=True,
    ),
    still(
        "vcpu",
        "c",
        "vCPU",
        lambda row: share(row.host.vcpus_used, row.host.vcpus),
        count=lambda row: percent(row.host.vcpus_used, row.host.vcpus),
        tone=lambda row, _: share_tone(row.host.vcpus_used, row.host.vcpus),
        right=True,
        least=5,
        shorter=last_word,
    ),
    still(
        "ram",
        "r",
        "RAM",
        lambda row: amount_share(row.host.ram_used_mib, row.host.ram_mib, MIB),
        count=lambda row: percent(row.host.ram_used_mib, row.host.ram_mib),
        tone=lambda row, _: share_tone(row.host.ram_used_mib, row.host.ram_mib),
        right=True,
        least=5,
        shorter=last_word,
    ),
    still(
        "disk",
        "d",
        "DISK",
        lambda row: amount_share(row.host.disk_used_gib, row.host.disk_gib, GIB),
        count=lambda row: percent(row.host.disk_used_gib, row.host.disk_gib),
        tone=lambda row, _: share_tone(row.host.disk_used_gib, row.host.disk_gib),
        right=True,
        least=5,
        shorter=last_word,
        rank=1,
    ),
    still(
        "load",
        "l",
        "LOAD",
        lambda row: load_words(row.load),
        count=lambda row: row.load,
        least=4,
        right=True,
        rank=2,
    ),
    still(
        "agents",
        "a",
        "AGENTS",
        lambda row: agents_words(row.host),
        count=lambda row: sum(1 for one in row.host.agents if not one.alive) if row.host.agents is not None else None,
        find=lambda row: agents_said(row.host),
        tone=lambda row, _: "bad" if any(not one.alive for one in row.host.agents or ()) else "",
        least=6,
        right=True,
        rank=1,
    ),
    still("ours", "u", "OURS", lambda row: str(row.ours), count=lambda row: row.ours, least=4, right=True),
    _aged("seen", "e", "SEEN", last_sign, least=6),
    still(
        "note",
        "o",
        "NOTE",
        host_note,
        find=lambda row: f"{host_note(row)} {row.host.zone} {row.host.kind}",
        tone=lambda _row, _now: "muted",
        least=16,
        grows=True,
    ),
)

VOLUMES: tuple[Column[VolumeRow], ...] = (
    still(
        "name",
        "n",
        "NAME",
        lambda row: row.volume.name or row.id,
        order=lambda row: natural(row.volume.name or row.id),
        find=lambda row: f"{row.volume.name} {row.id}",
        tone=_strong,
        least=8,
        most=30,
        firm=True,
    ),
    still("type", "t", "TYPE", lambda row: shown(row.volume.kind), least=4, most=14, rank=1),
    still(
        "state",
        "s",
        "STATE",
        lambda row: status_word(row.volume.status),
        tone=lambda row, _: volume_tone(row.volume.status),
        least=9,
        most=18,
        firm=True,
    ),
    still(
        "size",
        "z",
        "SIZE",
        lambda row: amount(row.volume.size_gib, GIB),
        count=lambda row: row.volume.size_gib,
        least=6,
        right=True,
    ),
    still("attached", "a", "ATTACHED TO", lambda row: shown(", ".join(row.volume.attached_to)), least=11, grows=True),
    _aged("age", "g", "AGE", lambda row: row.volume.created, least=7),
)


def _cidrs(row: NetworkRow) -> str:
    return ", ".join(shown(subnet.cidr) for subnet in row.network.subnets) or "-"


NETWORKS: tuple[Column[NetworkRow], ...] = (
    still(
        "name",
        "n",
        "NAME",
        lambda row: row.network.name or row.id,
        order=lambda row: natural(row.network.name or row.id),
        find=lambda row: f"{row.network.name} {row.id}",
        tone=_strong,
        least=8,
        most=24,
        firm=True,
    ),
    still(
        "cidr",
        "c",
        "CIDR",
        _cidrs,
        find=lambda row: " ".join((_cidrs(row), *row.sought)),
        least=14,
        most=34,
    ),
    still(
        "used",
        "u",
        "USED",
        lambda row: used_words(row.network),
        count=lambda row: row.network.used,
        least=6,
        right=True,
    ),
    still(
        "free",
        "f",
        "FREE",
        lambda row: free_words(row.network),
        count=lambda row: free(row.network),
        tone=lambda row, _: share_tone(row.network.used, row.network.total),
        least=6,
        right=True,
    ),
    still(
        "ours",
        "o",
        "OURS",
        lambda row: str(row.servers),
        count=lambda row: row.servers,
        find=lambda row: " ".join(f"{server} {address}" for server, address in row.ours),
        least=4,
        right=True,
    ),
    still("dhcp", "d", "DHCP", lambda row: dhcp_words(row.network), least=4, most=6),
    still(
        "vlan",
        "v",
        "VLAN",
        lambda row: "-" if row.network.segment is None else str(row.network.segment),
        count=lambda row: row.network.segment,
        least=5,
        right=True,
    ),
    still("type", "t", "TYPE", lambda row: kind_words(row.network), least=8, grows=True, rank=1),
    still(
        "state",
        "s",
        "STATE",
        lambda row: shown(row.network.status),
        tone=lambda row, _: "good" if row.network.status.lower() == "active" else "warn",
        least=6,
        most=12,
        rank=2,
    ),
)

IMAGES: tuple[Column[ImageRow], ...] = (
    still(
        "name",
        "n",
        "NAME",
        lambda row: row.image.name or row.id,
        order=lambda row: natural(row.image.name or row.id),
        find=lambda row: f"{row.image.name} {row.id}",
        tone=_strong,
        least=10,
        most=30,
        firm=True,
    ),
    still(
        "state",
        "s",
        "STATE",
        lambda row: image_state(row)[0],
        tone=lambda row, _: image_state(row)[1],
        least=8,
        most=14,
    ),
    still(
        "size",
        "z",
        "SIZE",
        lambda row: amount(row.image.size_bytes, BYTES),
        count=lambda row: row.image.size_bytes,
        least=6,
        right=True,
    ),
    _aged("updated", "u", "UPDATED", lambda row: row.image.updated, least=7),
    still("pools", "p", "USED BY", lambda row: " ".join(row.pools), least=8, grows=True),
)

ANYWHERE: tuple[Column[ServerRow], ...] = (
    SERVERS[0],
    still("pool", "p", "POOL", lambda row: row.server.pool, least=6, most=14),
    *SERVERS[1:],
)
"""Servers of whatever pool."""
