"""Which hosts the cloud calls down, as far as that is known just now."""

from vmms_tui.engine.context import Context
from vmms_tui.model.surroundings import Host, Kind, Survey


def down_hosts(context: Context) -> frozenset[str] | None:
    """Their names. None: nobody knows, as the list of hosts could not be read lately, or was not read yet."""
    survey = context.state.get(Survey, Kind.HOSTS)
    if survey is None or survey.read_at is None or survey.problem or survey.stale(context.clock.now()):
        return None
    return frozenset(host.name for host in context.state.all(Host) if host.is_down)
