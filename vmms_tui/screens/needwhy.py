"""Why something waits for a person: what is so, since when, how urgent that is, and what is behind it. Pure."""

from vmms_tui.keys import Place, press
from vmms_tui.keys.dash import Acknowledge, Jump
from vmms_tui.model.needs import Need, Severity
from vmms_tui.screens import queues
from vmms_tui.screens.details_cloud import host_why
from vmms_tui.screens.explain import because
from vmms_tui.screens.mirror import Mirror
from vmms_tui.screens.needs import NeedRow, seen_words, sentence, step, subject
from vmms_tui.screens.operation_rows import explain_operation
from vmms_tui.screens.rows_cloud import host_rows
from vmms_tui.screens.wording import both

URGENT = {
    Severity.CRIT: "something does not work, or is lost soon",
    Severity.WARN: "it does not heal by itself",
    Severity.SOON: "it is well now, and will not be for long",
}
"""What each severity means."""
NEXT = "Next:"


def why_needed(row: NeedRow, mirror: Mirror) -> list[str]:
    """Sentences on a need; an empty one, then the last events of what it is about; an empty one, the next step."""
    need, now = row.need, mirror.now
    todo = step(row)
    behind = _behind(need, mirror)
    cut = behind.index("") if "" in behind else len(behind)
    facts, news = behind[:cut], [one for one in behind[cut:] if not one.startswith(NEXT)]
    while news and not news[-1]:
        news.pop()
    same = "or" if todo.act is Jump else "the same as"
    return [
        f"{subject(row)}: {sentence(row, now)}.".replace("..", "."),
        f"It is {need.severity.name}: {URGENT[need.severity]}.",
        *([f"It has been so since {both(need.since, now)}."] if need.since else []),
        *([f"It gets worse by itself: {both(need.due, now)}."] if need.due else []),
        "Everybody on call sees it." if need.on_call else f"Only {need.owner} sees it, whose lease it is about.",
        *_seen(row, mirror),
        *facts,
        *news,
        "",
        f"{NEXT} {todo.words} ({press(todo.act, Place.DASH)}); {same} `{todo.command}`.",
    ]


def _seen(row: NeedRow, mirror: Mirror) -> list[str]:
    if row.said is not None:
        return [f"{seen_words(row.said, mirror.now)}."]
    if not row.need.on_call:
        return []
    return [f"Nobody has said yet that they see to it; {press(Acknowledge, Place.DASH)} says that you do."]


def _behind(need: Need, mirror: Mirror) -> list[str]:
    """Why the thing itself is as it is; nothing for what is about the engine: all there is to say is said."""
    if need.operation is not None:
        return explain_operation(need.operation, mirror)
    if need.host is not None:
        return next((host_why(row, mirror) for row in host_rows(mirror.tables) if row.host.id == need.host.id), [])
    if need.queue is not None:
        return [f"{one}." for one in queues.why(need.queue, mirror.now)]
    record = need.lease or need.server or need.pool
    return because(record, mirror) if record is not None else []


def events_of_need(row: NeedRow) -> str:
    """The filter of Events that shows those of what a need is about; empty: none are named."""
    need, todo = row.need, step(row)
    if todo.place is Place.EVENTS:
        return todo.narrow
    if need.host is not None:
        return f"subject:{need.host.name}"
    if need.queue is not None:
        return f"subject:{need.queue.host}" if need.queue.host else f"what:{need.queue.errand}"
    about = next((one for one in (need.operation, need.lease) if one is not None), None)
    server = about.server_id if about is not None else need.server.id if need.server is not None else ""
    found = server or (need.pool.id if need.pool is not None else need.subject)
    return f"subject:{found}" if found else ""
