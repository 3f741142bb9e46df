"""The facts of a host, a volume, a network or an image, and why it is as it is. Pure."""

from datetime import datetime

from vmms_tui.model.records import Pool, Server, ServerState
from vmms_tui.model.surroundings import Host, Kind, Network
from vmms_tui.screens import queues, suspects
from vmms_tui.screens.columns_cloud import last_sign, row_state
from vmms_tui.screens.details import Details, Fact
from vmms_tui.screens.mirror import Mirror
from vmms_tui.screens.rows_cloud import HostRow, ImageRow, NetworkRow, VolumeRow
from vmms_tui.screens.surveys import reading_facts, reading_sentences, survey_of
from vmms_tui.screens.wording import ago, both, count
from vmms_tui.screens.wording_cloud import (
    BYTES,
    GIB,
    MIB,
    agents_said,
    amount,
    amount_share,
    dhcp_words,
    free,
    free_words,
    image_state,
    kind_words,
    share,
    shown,
    status_word,
    used_words,
)

SHOWN_SERVERS = 8
"""Names of servers in one line."""


def host_details(row: HostRow, mirror: Mirror) -> Details:
    """The facts of a host."""
    host, now = row.host, mirror.now
    state = f"{row_state(row)[0]}  {_closed(host)}".strip()
    facts = [
        ("state", state),
        *_suspect(row, now),
        *(queues.facts(row.queue, now) if row.queue is not None else ()),
        ("seen", _sign(row, now)),
        ("holds", _holds(row)),
        ("used", _numbers(host)),
        ("is", "  ".join(word for word in (_hypervisor(host), f"zone {host.zone}" if host.zone else "") if word)),
        ("agents", _agents(host, mirror)),
        ("address", host.address),
        ("ours", _names(_servers_on(mirror, host))),
    ]
    return _details(host.name, facts, mirror, Kind.HOSTS)


def _suspect(row: HostRow, now: datetime) -> list[Fact]:
    """What its witnesses say, with ages, and what is made of it."""
    if (one := row.suspect) is None:
        return []
    facts = [("judged", suspects.judged(one)), *((heard.witness, suspects.word(heard, now)) for heard in one.signs)]
    if todo := suspects.remedy(one):  # on small screens what comes later is not seen
        return [("then", suspects.note(one)), ("do", todo), *facts]
    return [*facts, ("then", suspects.note(one))]


def host_why(row: HostRow, mirror: Mirror) -> list[str]:
    """Why a host is in its state."""
    host, now = row.host, mirror.now
    said = [f"{host.name} is {row_state(row)[0]}: {_says(host)}."]
    if host.is_down:
        since = f" Its last sign of life was {both(host.seen, now)}." if host.seen else ""
        said.append(f"Its service no longer reports to the cloud; its servers may run on all the same.{since}")
    if row.suspect is not None:
        said += [f"{sentence}." for sentence in suspects.chain(row.suspect, now)]
        said += [todo] if (todo := suspects.remedy(row.suspect)) else []
    if row.queue is not None:
        said += [f"{sentence}." for sentence in queues.why(row.queue, now)]
    if host.status.lower() == "disabled":
        said.append(f"It takes no new servers: {host.disabled_reason or 'nobody said why'}.")
    if any(not one.alive for one in host.agents or ()):
        said.append(f"Not all that runs there beside Nova lives: {_agents(host, mirror)}.")
    said.append(f"It holds {_holds(row)}.")
    numbers = _numbers(host)
    said.append(f"Of what it has is used: {numbers}." if numbers else "The cloud does not tell what is used of it.")
    return said + reading_sentences(survey_of(mirror.tables, Kind.HOSTS), now)


def _says(host: Host) -> str:
    return f"the cloud says {host.state or 'nothing'} and {host.status or 'nothing'}"


def _closed(host: Host) -> str:
    return f"takes no new servers: {host.disabled_reason or 'nobody said why'}" if host.status == "disabled" else ""


def _sign(row: HostRow, now: datetime) -> str:
    at = last_sign(row)
    return both(at, now) if at else "never, as far as the cloud tells"


def _holds(row: HostRow) -> str:
    if row.host.servers is None:
        return f"{count(row.ours, 'server')} of ours"
    if row.ours != row.host.servers:  # two ages: what moved since is counted here and not there
        return f"{count(row.ours, 'server')} of ours now, and {row.host.servers} in all when it was read"
    if not row.ours:
        return "no servers"
    return f"{count(row.host.servers, 'server')}, {'ours' if row.ours == 1 else 'all of them ours'}"


def _numbers(host: Host) -> str:
    parts = []
    if host.vcpus is not None or host.vcpus_used is not None:
        parts.append(f"vCPU {share(host.vcpus_used, host.vcpus)}")
    if host.ram_mib is not None or host.ram_used_mib is not None:
        parts.append(f"RAM {amount_share(host.ram_used_mib, host.ram_mib, MIB)}")
    if host.disk_gib is not None or host.disk_used_gib is not None:
        parts.append(f"disk {amount_share(host.disk_used_gib, host.disk_gib, GIB)}")
    return ", ".join(parts)


def _agents(host: Host, mirror: Mirror) -> str:
    """What runs there beside Nova, and how old that is: it is read more rarely than the hosts."""
    survey = survey_of(mirror.tables, Kind.HOSTS)
    said, at = agents_said(host), survey.agents_at if survey is not None else None
    return f"{said}  (read {ago(at, mirror.now)})" if said and at is not None else said


def _hypervisor(host: Host) -> str:
    return " ".join(word for word in (host.kind, host.version, f"({host.node})" if host.node else "") if word)


def _servers_on(mirror: Mirror, host: Host) -> list[str]:
    gone = ServerState.GONE
    return [one.id for one in mirror.tables.all(Server) if one.host == host.name and one.state is not gone]


def _names(names: list[str]) -> str:
    more = f" and {len(names) - SHOWN_SERVERS} more" if len(names) > SHOWN_SERVERS else ""
    return ", ".join(names[:SHOWN_SERVERS]) + more


def volume_details(row: VolumeRow, mirror: Mirror) -> Details:
    """The facts of a volume."""
    volume = row.volume
    facts = [
        (
            "state",
            f"{status_word(volume.status)}  {'' if volume.size_gib is None else amount(volume.size_gib, GIB)}".rstrip(),
        ),
        ("held by", ", ".join(volume.attached_to) or "nothing"),
        (
            "is",
            "  ".join(part for part in (volume.kind, f"project {volume.project}" if volume.project else "") if part),
        ),
        ("made", both(volume.created, mirror.now) if volume.created else ""),
        ("id", volume.id),
    ]
    return _details(volume.name or volume.id, facts, mirror, Kind.VOLUMES)


def volume_why(row: VolumeRow, mirror: Mirror) -> list[str]:
    """Why a volume is in its state."""
    volume = row.volume
    said = [f"{volume.name or volume.id} is {shown(volume.status)}, as the cloud words it."]
    if volume.attached_to:
        said.append(f"It is attached to {', '.join(volume.attached_to)}.")
    elif volume.status.lower() == "in-use":
        said.append("The cloud does not say what uses it.")
    else:
        said.append("Nothing holds it.")
    return said + reading_sentences(survey_of(mirror.tables, Kind.VOLUMES), mirror.now)


def network_details(row: NetworkRow, mirror: Mirror) -> Details:
    """The facts of a network; first of all who has the address that is looked for."""
    network = row.network
    subnets = "; ".join(_subnet(network, index) for index in range(len(network.subnets)))
    facts = [
        *(("address", f"{address}: {_holder(row, address)}") for address in row.sought),
        ("used", _use(network)),
        ("subnets", subnets),
        ("is", f"{kind_words(network)}{'' if network.segment is None else f'  VLAN or tunnel {network.segment}'}"),
        ("state", network.status),
        ("ours", _names(sorted({server for server, _ in row.ours}))),
        ("id", network.id),
    ]
    return _details(network.name or network.id, facts, mirror, Kind.NETWORKS)


def _holder(row: NetworkRow, address: str) -> str:
    holders = [server for server, has in row.ours if has == address]
    return f"{', '.join(holders)} has it" if holders else "no server of ours has it"


def _subnet(network: Network, index: int) -> str:
    subnet = network.subnets[index]
    pools = ", ".join(f"{first} to {last}" for first, last in subnet.pools)
    dhcp = {True: ", DHCP", False: ", no DHCP", None: ""}[subnet.dhcp]
    return f"{shown(subnet.cidr)}{f' gives {pools}' if pools else ''}{dhcp}"


def _use(network: Network) -> str:
    if network.used is None:
        return "the cloud does not tell"
    total = "" if network.total is None else f" of {network.total}"
    left = free(network)
    rest = "" if left is None else f", {free_words(network)} free"
    whose = ": only ours are counted, others may have more" if network.counted else ""
    return f"{used_words(network)}{total}{rest}{whose}"


def network_why(row: NetworkRow, mirror: Mirror) -> list[str]:
    """How full a network is, and from where that is known."""
    network = row.network
    said = [f"{network.name or network.id} is {shown(network.status)}; {kind_words(network)}."]
    said += [f"{address}: {_holder(row, address)}." for address in row.sought]
    said.append(f"Addresses in use: {_use(network)}.")
    if network.counted:
        said.append("How many others use only an administrator's credentials tell.")
    if not network.subnets:
        said.append("It has no subnet that we may see, so no server gets an address of it.")
    said.append(f"DHCP: {dhcp_words(network)}.")
    return said + reading_sentences(survey_of(mirror.tables, Kind.NETWORKS), mirror.now)


def image_details(row: ImageRow, mirror: Mirror) -> Details:
    """The facts of an image."""
    image = row.image
    size = "" if image.size_bytes is None else amount(image.size_bytes, BYTES)
    needs = [f"{image.min_ram_mib} MiB of RAM"] * bool(image.min_ram_mib)
    needs += [f"{image.min_disk_gib} GiB of disk"] * bool(image.min_disk_gib)
    facts = [
        ("state", "  ".join(word for word in (image_state(row)[0], size, image.visibility) if word)),
        ("updated", both(image.updated, mirror.now) if image.updated else ""),
        ("needs", " and ".join(needs)),
        ("used by", ", ".join(row.pools)),
        ("id", image.id),
    ]
    return _details(image.name or image.id, facts, mirror, Kind.IMAGES)


def image_why(row: ImageRow, mirror: Mirror) -> list[str]:
    """Why an image is listed, and in what state."""
    name, now = row.image.name or row.id, mirror.now
    if row.missing:
        said = [f"{name} is named by {_pools(row)}, and the cloud has no such image: nothing can be built there."]
    elif not row.read:
        said = [f"{name} is named by {_pools(row)}; the images of the cloud were not read yet."]
    else:
        said = [f"{name} is {shown(row.image.status)}, as the cloud words it; {_pools(row)} boots from it."]
    if row.image.updated:
        said.append(f"It was last changed {both(row.image.updated, now)}.")
    broken = [pool for pool in mirror.tables.all(Pool) if pool.id in row.pools and pool.broken]
    said += [f"{pool.id} is broken: {pool.broken}" for pool in broken]
    return said + reading_sentences(survey_of(mirror.tables, Kind.IMAGES), now)


def _pools(row: ImageRow) -> str:
    return f"pool {', '.join(row.pools)}"


def _details(title: str, facts: list[Fact], mirror: Mirror, kind: Kind) -> Details:
    survey = survey_of(mirror.tables, kind)
    return Details(title, tuple(fact for fact in (*facts, *reading_facts(survey, mirror.now)) if fact[1]))
