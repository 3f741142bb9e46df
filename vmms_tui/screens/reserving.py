"""The room that is kept free for hosts that die, in words. Pure."""

from vmms_tui.model.reserve import MOST_TOLD, Reserve
from vmms_tui.screens.wording import count


def gib(mib: int) -> str:
    """RAM in GiB, without its sign: `24 GiB`."""
    return f"{round(abs(mib) / 1024):,} GiB"


def brief(reserve: Reserve, width: int) -> tuple[str, str]:
    """One line of so many cells for Dash, and its tone."""
    name = f"reserve {count(reserve.hosts, 'host')}"
    if reserve.holds is None:
        return f"{name}: not known", "warn"
    if not reserve.holds:
        lacks = f"{name}: {gib(reserve.beyond_mib)} lack" if reserve.beyond_mib < 0 else f"{name}: does not fit"
        return f"{lacks}!", "bad"
    whole = f"{name}: {gib(reserve.beyond_mib)} free beyond it"
    return whole if len(whole) <= width else f"{name}: {gib(reserve.beyond_mib)} beyond", ""


def sentence(reserve: Reserve) -> str:
    """How it stands, with its numbers; it goes on from its subject and has no stop."""
    which = "the fullest host" if reserve.hosts == 1 else f"the {reserve.hosts} fullest hosts"
    if reserve.holds is None:
        return f"nobody knows whether the servers of {which} would find room on the others: {reserve.why}"
    numbers = (
        f"those of {which} need {gib(reserve.reserved_mib)} of RAM, {gib(max(0, reserve.free_mib))} are free there"
    )
    if not reserve.holds:
        return f"{reserve.why}: {numbers}; pools build nothing"
    return f"{numbers}, {gib(reserve.beyond_mib)} beyond it"


def of_pool(reserve: Reserve, pool_id: str) -> str:
    """What it means for a pool: how many more it may build."""
    which = "a host that dies" if reserve.hosts == 1 else f"{reserve.hosts} hosts that die"
    if reserve.holds is None:
        return (
            f"Nobody knows whether there is room for the servers of {which}: {reserve.why}; nothing is held back for it"
        )
    more = reserve.more.get(pool_id, 0)
    if not more:
        why = f" ({reserve.why})" if reserve.why else ""
        return f"Nothing more is built here: the room is kept for the servers of {which}{why}"
    many = f"{more} or more" if more >= MOST_TOLD else str(more)
    return f"With the room kept for the servers of {which}, {many} more can be built here"
