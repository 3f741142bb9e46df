"""Which calls to the cloud fail in a game, and how."""

from hypothesis import strategies as st

from vmms_tui.engine.cloud.errors import AccessDenied, Busy, CloudFault, QuotaExceeded, Unreachable

CALLS = st.sampled_from(
    [
        *("create_server", "create_port", "create_floating_ip", "delete_server", "delete_port", "delete_floating_ip"),
        *("list_servers", "list_ports", "get_server", "set_metadata", "start_server", "stop_server", "*"),
        *("live_migrate", "cold_migrate", "evacuate", "move_records", "compute_services", "hypervisors"),
        *("disable_host", "force_down", "confirm_move", "revert_move", "associate_floating_ip", "get_floating_ip"),
    ]
)
ERRORS = [
    CloudFault("The cloud failed."),
    Busy("Too many requests.", retry_after=3.0),
    QuotaExceeded("Quota exceeded for instances."),
    Unreachable("No route to host."),
    AccessDenied("The token has expired."),
]
