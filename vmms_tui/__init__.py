"""VMMS: pools of ready OpenStack servers, lent on leases, from one terminal program."""

from importlib.metadata import version

__version__ = version("vmms-tui")
