"""How a cell looks, in the words of a terminal, and the shortest way from one look to another.

ECMA-48, 8.3.117 SGR; xterm's ctlseqs for the colours.
"""

from functools import lru_cache
from typing import Final, NamedTuple

from rich.color import ColorSystem
from rich.style import Style

BOLD, DIM, ITALIC, UNDERLINE, BLINK, REVERSE, CONCEAL, STRIKE, DOUBLE, OVERLINE = (1 << bit for bit in range(10))
ON: Final = {
    BOLD: "1",
    DIM: "2",
    ITALIC: "3",
    UNDERLINE: "4",
    BLINK: "5",
    REVERSE: "7",
    CONCEAL: "8",
    STRIKE: "9",
    DOUBLE: "21",
    OVERLINE: "53",
}
OFF: Final = {
    BOLD | DIM: "22",
    ITALIC: "23",
    UNDERLINE | DOUBLE: "24",
    BLINK: "25",
    REVERSE: "27",
    CONCEAL: "28",
    STRIKE: "29",
    OVERLINE: "55",
}
"""What ends them. Some end two at once."""
DRAWN: Final = UNDERLINE | REVERSE | STRIKE | DOUBLE | OVERLINE
"""What is seen on a blank, too."""


class Look(NamedTuple):
    """Attributes as bits, and the SGR parameters of the two colours; empty for the terminal's own."""

    bits: int = 0
    fore: str = ""
    back: str = ""


BARE: Final = Look()


@lru_cache(maxsize=4096)
def look_of(style: Style | None, colors: ColorSystem) -> Look:
    """The look of a style with so many colours."""
    if style is None:
        return BARE
    has = {
        BOLD: style.bold,
        DIM: style.dim,
        ITALIC: style.italic,
        UNDERLINE: style.underline,
        BLINK: style.blink or style.blink2,
        REVERSE: style.reverse,
        CONCEAL: style.conceal,
        STRIKE: style.strike,
        DOUBLE: style.underline2,
        OVERLINE: style.overline,
    }
    fore, back = style.color, style.bgcolor
    return Look(
        sum(bit for bit, on in has.items() if on),
        _own("39", ";".join(fore.downgrade(colors).get_ansi_codes())) if fore else "",
        _own("49", ";".join(back.downgrade(colors).get_ansi_codes(foreground=False))) if back else "",
    )


def _own(default: str, code: str) -> str:
    return "" if code == default else code


@lru_cache(maxsize=4096)
def blank(look: Look) -> Look:
    """What is seen of this look on a blank."""
    return look if look.bits & DRAWN else Look(back=look.back)


@lru_cache(maxsize=16384)
def delta(old: Look, new: Look) -> str:
    """The shortest sequence that leads from one look to another."""
    if old == new:
        return ""
    if new == BARE:
        return "\x1b[m"
    anew = ["0", *(code for bit, code in ON.items() if new.bits & bit), new.fore, new.back]
    steps: list[str] = []
    kept = old.bits
    for bits, code in OFF.items():
        if old.bits & bits & ~new.bits:
            steps.append(code)
            kept &= ~bits
    steps += [code for bit, code in ON.items() if new.bits & ~kept & bit]
    if old.fore != new.fore:
        steps.append(new.fore or "39")
    if old.back != new.back:
        steps.append(new.back or "49")
    return min((f"\x1b[{';'.join(filter(None, codes))}m" for codes in (steps, anew)), key=len)


def on_blank(pen: Look, wanted: Look) -> Look:
    """The look nearest to what the terminal writes in now that shows a blank as it is wanted."""
    if wanted.bits & DRAWN:
        return wanted
    return Look(pen.bits & ~DRAWN, pen.fore, wanted.back)
