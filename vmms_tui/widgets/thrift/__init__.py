"""Fewer bytes to the terminal: only cells that look otherwise are written, by the shortest sequences that do it."""

from vmms_tui.widgets.thrift.app import ThriftyApp
from vmms_tui.widgets.thrift.writer import Talents, Writer

__all__ = ["Talents", "ThriftyApp", "Writer"]
