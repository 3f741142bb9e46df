"""The page docs/keys.md, made from the key table. Pure."""

from vmms_tui.keys import Place, acts_at, name_of


def as_markdown() -> str:
    """The page docs/keys.md."""
    lines = ["# Keys", "", "Made from the key table by `make pictures`. Lower case looks, UPPER CASE changes.", ""]
    for place in Place:
        lines += [f"## {place.value[0].upper()}{place.value[1:]}", "", "| Key | Does |", "|---|---|"]
        for act in acts_at(place):
            keys = " ".join(f"`{name_of(key)}`" for key in act.keys)
            lines.append(f"| {keys} | **{act.word()}**: {act.sentence()} |")
        lines.append("")
    return "\n".join(lines)
