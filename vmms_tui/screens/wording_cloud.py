"""States, shares and sizes of what the cloud tells, as words. Pure."""

from vmms_tui.model.surroundings import Host, Network
from vmms_tui.screens.rows_cloud import ImageRow

NEARLY_FULL, FULL = 85, 95
"""Shares in percent from which on they stand out."""
UNSURE = " ?"
"""After a number that is not confirmed."""


def shown(word: str) -> str:
    """A word of the cloud as it came; a dash where it said nothing."""
    return word or "-"


def host_state(host: Host) -> tuple[str, str]:
    """A host's state as a word and a tone. Words that nobody here knows pass as they came."""
    state = host.state.lower()
    if state == "down":
        return "DOWN!", "bad"
    if state == "up":
        return ("CLOSED", "warn") if host.status.lower() == "disabled" else ("UP", "good")
    return (host.state, "warn") if host.state else ("?", "warn")


def agents_words(host: Host) -> str:
    """How many agents there are, or how many of them live: `3`, `2/3!`; a dash: nobody knows, or there are none."""
    if not host.agents:
        return "-"
    alive = sum(1 for one in host.agents if one.alive)
    return str(alive) if alive == len(host.agents) else f"{alive}/{len(host.agents)}!"


def agents_said(host: Host) -> str:
    """Each agent by its name, those that are dead first: `DEAD: DHCP agent; alive: cinder-volume lvm (closed)`."""
    said = []
    for word, alive in (("DEAD", False), ("alive", True)):
        names = [f"{one.name}{'' if one.enabled else ' (closed)'}" for one in host.agents or () if one.alive is alive]
        said += [f"{word}: {', '.join(names)}"] if names else []
    return "; ".join(said)


def load_words(load: int | None) -> str:
    """`+23`: so many points above the mean of the open hosts."""
    return "-" if load is None else f"{load:+d}"


RANKS = {"DOWN!": 0, "CLOSED": 2, "UP": 3}
"""The order of states: what needs somebody first; between them whatever nobody knows."""


def percent(used: int | None, total: int | None) -> int | None:
    """How full, in percent; None: nobody knows."""
    return None if used is None or not total or total < 0 else int(100 * used / total)


def share_tone(used: int | None, total: int | None) -> str:
    """The tone of a share."""
    full = percent(used, total)
    if full is None or full < NEARLY_FULL:
        return ""
    return "bad" if full >= FULL else "warn"


def share(used: int | None, total: int | None) -> str:
    """`41/64 64%`; with `-` for what the cloud does not tell."""
    full = percent(used, total)
    if used is None and total is None:
        return "-"
    return f"{_number(used)}/{_number(total)}{_percents(full)}"


def _percents(full: int | None) -> str:
    """With a mark where somebody should look: a colour alone says nothing to some."""
    return "" if full is None else f" {full}%{'!' if full >= FULL else ''}"


def _number(number: int | None) -> str:
    return "-" if number is None else str(number)


def amount_share(used: int | None, total: int | None, units: tuple[str, ...]) -> str:
    """`92/128G 71%`, both in the unit that suits the whole; `units` rise by 1024."""
    if total is None or total <= 0:
        return "-" if used is None else f"{amount(used, units)}/-"
    step = 0
    while total >= 10 * 1024 ** (step + 1) and step + 1 < len(units):
        step += 1
    whole = f"{_scaled(total, step)}{units[step]}"
    return f"{'-' if used is None else _scaled(used, step)}/{whole}{_percents(percent(used, total))}"


def _scaled(number: int, step: int) -> str:
    value = number / 1024**step
    return f"{value:.1f}" if step and abs(value) < 10 and value != int(value) else f"{value:.0f}"


def amount(number: int | None, units: tuple[str, ...]) -> str:
    """`40G`, `1.5T`; `-` for what nobody knows."""
    if number is None:
        return "-"
    step = 0
    while abs(number) >= 1024 ** (step + 1) and step + 1 < len(units):
        step += 1
    return f"{_scaled(number, step)}{units[step]}"


MIB, GIB, BYTES = ("M", "G", "T", "P"), ("G", "T", "P"), ("B", "K", "M", "G", "T")


def volume_tone(status: str) -> str:
    """The tone of a volume's status, which is shown as it came."""
    word = status.lower()
    if "error" in word:
        return "bad"
    return "good" if word in {"available", "in-use"} else "warn"


def status_word(status: str) -> str:
    """A status as it came, with a mark where somebody should look."""
    return f"{status}!" if "error" in status.lower() else shown(status)


def image_state(row: ImageRow) -> tuple[str, str]:
    """An image's state: the cloud's word, or that it is not there."""
    if row.missing:
        return "MISSING!", "bad"
    if not row.read:
        return "?", "muted"
    return shown(row.image.status), "good" if row.image.status.lower() == "active" else "warn"


def used_words(network: Network) -> str:
    """How many addresses are given out; with `?` where only those of our own were counted."""
    return "-" if network.used is None else f"{network.used}{UNSURE if network.counted else ''}"


def free(network: Network) -> int | None:
    """How many addresses are left, as far as is known."""
    return None if network.used is None or network.total is None else max(0, network.total - network.used)


def free_words(network: Network) -> str:
    """The same in words."""
    left = free(network)
    if left is None:
        return "-"
    full = percent(network.used, network.total)
    return f"{left}{'!' if full is not None and full >= FULL else ''}{UNSURE if network.counted else ''}"


def dhcp_words(network: Network) -> str:
    """Whether addresses are given by DHCP: `yes`, `no`, `some`; `-` where the cloud does not tell."""
    said = {subnet.dhcp for subnet in network.subnets}
    if said == {True}:
        return "yes"
    if said == {False}:
        return "no"
    return "some" if True in said else "-"


def kind_words(network: Network) -> str:
    """What a network is: its type, and whether it is the way out or is shared."""
    words = (network.kind, "external" if network.external else "", "shared" if network.shared else "")
    return " ".join(word for word in words if word) or "-"
