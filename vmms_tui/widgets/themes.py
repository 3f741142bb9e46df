"""The four looks: `dark`, `light`, the terminal's own 16 colours, and none at all."""

import os
from collections.abc import Mapping, Sequence
from typing import Any

from rich.segment import Segment
from textual.app import App
from textual.color import Color
from textual.filter import LineFilter, NoColor
from textual.theme import BUILTIN_THEMES, Theme

DARK = Theme(
    name="dark",
    primary="#7aa2c8",
    secondary="#8fa3b5",
    accent="#d8b26e",
    foreground="#d5d9de",
    background="#15191e",
    surface="#1b2027",
    panel="#262d36",
    success="#86b98a",
    warning="#d9b15c",
    error="#e0787a",
    dark=True,
    variables={"block-cursor-background": "#7aa2c8", "input-selection-background": "#7aa2c8 35%"},
)
LIGHT = Theme(
    name="light",
    primary="#1f5f99",
    secondary="#4a6076",
    accent="#8a5a00",
    foreground="#1d232a",
    background="#fbfaf7",
    surface="#f1efe9",
    panel="#e2dfd6",
    success="#1f6b2b",
    warning="#8a5200",
    error="#a8201f",
    dark=False,
    variables={"block-cursor-background": "#1f5f99", "input-selection-background": "#1f5f99 30%"},
)


def _sixteen(name: str, **colours: str) -> Theme:
    """A theme of the terminal's own colours. Places are shown by reverse video: see vmms.tcss at `:ansi`."""
    plain = "ansi_default"
    names = ("primary", "secondary", "accent", "warning", "error", "success")
    return Theme(
        name=name,
        ansi=True,
        **{one: colours.get(one, plain) for one in names},  # type: ignore[arg-type]  # all of these are colours
        foreground=plain,
        background=plain,
        surface=plain,
        panel=plain,
        boost=plain,
        variables=BUILTIN_THEMES["ansi-dark"].variables
        | {
            "scrollbar": plain,
            "scrollbar-background": plain,
            "border": plain,
            "border-blurred": plain,
            "input-cursor-text-style": "reverse",
            "input-cursor-background": plain,
            "input-cursor-foreground": plain,
            "input-selection-background": plain,
            "input-selection-foreground": plain,
        },
    )


TERMINAL = _sixteen(
    "terminal",
    primary="ansi_cyan",
    secondary="ansi_cyan",
    accent="ansi_cyan",
    warning="ansi_yellow",
    error="ansi_red",
    success="ansi_green",
)
MONO = _sixteen("mono")
THEMES: Mapping[str, Theme] = {theme.name: theme for theme in (DARK, LIGHT, TERMINAL, MONO)}
"""Each look by its name."""


def theme_variables(theme: Theme, variables: Mapping[str, str]) -> dict[str, str]:
    """The colours that we mix of a theme's own: for what is less important, for the cursor, for marks."""
    if theme.ansi:
        return dict.fromkeys(("vmms-muted", "vmms-cursor", "vmms-marked", "vmms-line"), "ansi_default")
    ground = Color.parse(variables["background"])
    mixed = {
        "vmms-muted": ground.blend(Color.parse(variables["foreground"]), 0.66),
        "vmms-cursor": ground.blend(Color.parse(variables["primary"]), 0.38),
        "vmms-line": Color.parse(variables["panel"]).blend(Color.parse(variables["foreground"]), 0.12),
        "vmms-marked": ground.blend(Color.parse(variables["accent"]), 0.18),
    }
    return {name: colour.hex6 for name, colour in mixed.items()}


class NoColours(NoColor):
    """Takes every colour out while the theme is `mono`; bold, underlined and reversed text stays."""

    def __init__(self, app: App[Any]) -> None:
        super().__init__()
        self._app = app

    def apply(self, segments: list[Segment], background: Color) -> list[Segment]:
        """See LineFilter."""
        return super().apply(segments, background) if self._app.theme == MONO.name else segments


def set_up(app: App[Any], theme: str, filters: Sequence[LineFilter] = ()) -> None:
    """Let an app know our themes, and begin with this one. TEXTUAL_THEME goes before it, as everywhere in Textual."""
    for one in THEMES.values():
        app.register_theme(one)
    app._filters += [NoColours(app), *filters]  # noqa: SLF001 Textual has no public way to change what is drawn
    if "TEXTUAL_THEME" not in os.environ:
        app.theme = theme


def set_theme(app: App[Any], name: str) -> str:
    """Change the look. Returns what there is to say of it."""
    if name not in THEMES:
        return f"There is no theme {name}; there is {', '.join(THEMES)}."
    app.theme = name
    return f"The theme is {name} now; VMMS_THEME={name} or screen.toml keeps it."
