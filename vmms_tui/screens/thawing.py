"""What letting destructive work go on would do. Pure."""

from vmms_tui.model.commands import Thaw
from vmms_tui.model.records import Lease, LeaseState
from vmms_tui.screens.mirror import Mirror
from vmms_tui.screens.plans import Effect, Plan
from vmms_tui.screens.wording import both, count


def thaw(mirror: Mirror) -> Plan | None:
    """The plan; None when nothing is frozen any more."""
    guard = mirror.status.frozen if mirror.status else None
    if guard is None:
        return None
    over = [one for one in mirror.tables.all(Lease) if one.state is LeaseState.ACTIVE and one.end <= mirror.now]
    kept = sum(1 for one in over if mirror.status and one.importance >= mirror.status.importance_threshold)
    effects = [Effect("let stopping, deleting and taking back go on", "freeze again")]
    if over:
        effects.append(Effect(f"{count(len(over) - kept, 'lease')} past the end: taken back, with their servers", "no"))
        effects.append(
            Effect(f"{count(kept, 'important one')} past the end: stopped, and kept for a while", "start again")
        )
    since = f" since {both(guard.since, mirror.now)}" if guard.since else ""
    return Plan(
        title="thaw",
        button="Thaw",
        effects=tuple(effects),
        warnings=(f"It is frozen{since}: {guard.reason}",),
        commands=(Thaw(),),
        basis=(guard, len(over)),
    )
