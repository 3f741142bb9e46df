"""The tour of the README: an animated SVG of the screens, with a caption under each. Part of `make pictures`.

Each step is a still of the real program. They lie over one another, and style sheets let one after the other be seen
(CSS Animations Level 1), so that it plays wherever an SVG is shown as an image.
"""

import html
import re
from dataclasses import dataclass

SIZE = (92, 25)
"""Cells of the terminal."""
CAPTION = 44
"""Points of height for the caption."""
VIEW = re.compile(r'viewBox="0 0 ([0-9.]+) ([0-9.]+)"')


@dataclass(frozen=True)
class Step:
    """Keys that are pressed, what is said of what is seen then, and for how many seconds."""

    keys: tuple[str, ...]
    caption: str
    shows: str
    """Words that stand on the screen then."""
    seconds: float = 4.0


STEPS = (
    Step((), "Dash: what needs you comes first, each with its next step.", "Needs you now", 5.0),
    Step(("2",), "Pools: servers that stand ready, and why a pool has none.", "READY/WANT"),
    Step(("3", "j", "j"), "Leases: who has which server, until when.", "OWNER"),
    Step(("G", "x"), "x says why: facts, their ages, and what to do.", "Why", 5.0),
    Step(
        ("escape", "g", "j", "j", "space", "space", "D"),
        "Preflight stands before every change: what happens, and can it be undone?",
        "PREFLIGHT",
        5.0,
    ),
    Step(("escape", "backslash", "n"), "A request says what you would get before you send it.", "purpose"),
    Step(("escape", "6", "slash", *"10.20.4.12", "enter"), "Nets: who has this address?", "10.20.4.0/22"),
    Step(("escape", "colon", *"renew 00012"), ": takes commands and names, and says what changes things.", "CHANGES"),
    Step(("escape", "9", "j"), "Ops: everything that is being done, step by step.", "op-000074"),
    Step(("8",), "Events: who did what, from where, why, and how it ended.", "SUBJECT"),
    Step(("?",), "? shows the keys. Lower case looks, UPPER CASE changes.", "Keys"),
)


def animated(stills: list[str], steps: tuple[Step, ...] = STEPS) -> str:
    """The stills, one after the other, for ever. Each is a whole SVG, and all have the same size."""
    found = VIEW.search(stills[0])
    if found is None:
        raise ValueError("the first still is no SVG with a viewBox")
    width, height = float(found[1]), float(found[2])
    whole = sum(step.seconds for step in steps)
    rules, groups, begins = [], [], 0.0
    for number, (still, step) in enumerate(zip(stills, steps, strict=True)):
        start, end = (100 * at / whole for at in (begins, begins + step.seconds))
        rules.append(_rule(number, start, end, whole))
        groups.append(_group(number, still, step.caption, width, height))
        begins += step.seconds
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width:g} {height + CAPTION:g}">\n'
        f"<style>.step {{ opacity: 0 }}\n{''.join(rules)}</style>\n"
        f'<rect width="100%" height="100%" fill="#15191e"/>\n{"".join(groups)}</svg>\n'
    )


def _rule(number: int, start: float, end: float, whole: float) -> str:
    before = f"0%, {max(0.0, start - 0.01):.2f}% {{ opacity: 0 }} " if start else ""
    after = f" {min(100.0, end + 0.01):.2f}%, 100% {{ opacity: 0 }}" if end < 99.99 else ""
    shown = f"{start:.2f}%, {end:.2f}% {{ opacity: 1 }}"
    return (
        f"@keyframes step-{number} {{ {before}{shown}{after} }}\n"
        f"#step-{number} {{ animation: step-{number} {whole:g}s step-end infinite }}\n"
    )


def _group(number: int, still: str, caption: str, width: float, height: float) -> str:
    inside = re.sub(r"vmms-", f"s{number}-", still).replace("<svg ", f'<svg width="{width:g}" height="{height:g}" ', 1)
    words = html.escape(caption)
    return (
        f'<g class="step" id="step-{number}">{inside}\n'
        f'<text x="{width / 2:g}" y="{height + CAPTION * 0.6:g}" text-anchor="middle" fill="#d5d9de" '
        f'font-family="sans-serif" font-size="20">{words}</text></g>\n'
    )
