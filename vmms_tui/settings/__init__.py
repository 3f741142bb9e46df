"""The settings: `vmms.toml`, XDG folders and `VMMS_*` variables. All errors of a file at once.

Reading a file needs pydantic, which takes its time to load: what needs only paths or names imports `paths` or `people`.
"""

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from vmms_tui.settings.load import Settings, load
    from vmms_tui.settings.paths import Paths
    from vmms_tui.settings.problems import Problem, SettingsProblems

__all__ = ["Paths", "Problem", "Settings", "SettingsProblems", "load"]


def __getattr__(name: str) -> Any:
    if name not in __all__:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    from vmms_tui.settings.load import Settings, load
    from vmms_tui.settings.paths import Paths
    from vmms_tui.settings.problems import Problem, SettingsProblems

    globals().update(Paths=Paths, Problem=Problem, Settings=Settings, SettingsProblems=SettingsProblems, load=load)
    return globals()[name]
