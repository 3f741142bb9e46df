"""The cloud port and its adapters: `openstack/` is real, `simulated/` behaves like it in time."""
