"""The settings: `vmms.toml`, XDG folders and `VMMS_*` variables. All errors of a file at once."""

from vmms_tui.settings.load import Settings, load
from vmms_tui.settings.paths import Paths
from vmms_tui.settings.problems import Problem, SettingsProblems

__all__ = ["Paths", "Problem", "Settings", "SettingsProblems", "load"]
