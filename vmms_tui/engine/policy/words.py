"""Numbers and times as the decision lines and refusals say them."""

from datetime import UTC, datetime, timedelta
from functools import lru_cache

_UNITS = (("d", 86_400), ("h", 3_600), ("min", 60), ("s", 1))


def span(time: timedelta) -> str:
    """A length of time, exact to the second, in a form that can be typed back: `1 d 12 h`, `10 min`, `0 s`."""
    seconds = int(abs(time).total_seconds())
    parts = []
    for unit, size in _UNITS:
        count, seconds = divmod(seconds, size)
        if count:
            parts.append(f"{count} {unit}")
    sign = "-" if time < timedelta(0) else ""
    return sign + (" ".join(parts) or "0 s")


@lru_cache(maxsize=1024)
def instant(at: datetime) -> str:
    """An instant with its zone: `2026-03-02 12:00:00 UTC`."""
    return f"{at.astimezone(UTC).replace(tzinfo=None).isoformat(' ', 'seconds')} UTC"


def factor(value: float) -> str:
    """A factor or share, without zeros that say nothing: `1`, `1.5`, `0.58`."""
    return f"{value:.2f}".rstrip("0").rstrip(".")


def counted(count: int, one: str, many: str = "") -> str:
    """`1 server`, `2 servers`."""
    return f"{count} {one if count == 1 else many or one + 's'}"


def size(vcpus: int, ram_mib: int) -> str:
    """`2 vCPUs, 4 GiB RAM`, or the one of the two that is given; MiB where it is no whole number of GiB."""
    said = [counted(vcpus, "vCPU")] if vcpus else []
    return ", ".join([*said, f"{ram(ram_mib)} RAM"] if ram_mib else said)


def ram(ram_mib: int) -> str:
    """`4 GiB`; MiB where it is no whole number of GiB."""
    return f"{ram_mib // 1024} GiB" if ram_mib % 1024 == 0 else f"{ram_mib} MiB"
