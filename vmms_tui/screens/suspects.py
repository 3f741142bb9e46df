"""Hosts that are down, in words: what their witnesses say, what is made of it, and how far their rescue has come.

Pure.
"""

from datetime import datetime

from vmms_tui.keys import Place, press
from vmms_tui.keys.cloud import Evacuate
from vmms_tui.model.suspects import Heard, Phase, Suspect, Verdict
from vmms_tui.screens.wording import both, count, span

STATES = {
    Phase.SUSPECTED: ("SUSPECT", "warn"),
    Phase.DEAD: ("DEAD", "bad"),
    Phase.FENCING: ("FENCING", "bad"),
    Phase.FENCED: ("FENCED", "bad"),
    Phase.EVACUATING: ("EVACUATING", "warn"),
    Phase.EVACUATED: ("EMPTIED", "warn"),
    Phase.ASKS: ("DEAD!", "bad"),
    Phase.OURS: ("DOWN!", "bad"),
}
"""What stands in the column of states, and its tone."""
RANKS = {"SUSPECT": 0, "DEAD": 0, "FENCING": 0, "FENCED": 0, "DEAD!": 0}
"""Which of them need somebody first."""


def state(suspect: Suspect) -> tuple[str, str]:
    """How far it has come, as a word and a tone. One that is alive for somebody is only down."""
    if suspect.phase is Phase.ASKS and suspect.verdict is not Verdict.DEAD:
        return "DOWN!", "bad"
    if suspect.phase is Phase.SUSPECTED and suspect.verdict is Verdict.ALIVE:
        return "DOWN!", "bad"
    return STATES[suspect.phase]


def note(suspect: Suspect) -> str:
    """What a person should know of it first, in a few words without a stop."""
    match suspect.phase:
        case Phase.ASKS:
            return suspect.asks
        case Phase.DEAD:
            return f"waits for {suspect.waits}" if suspect.waits else suspect.why
        case Phase.FENCING | Phase.FENCED:
            return suspect.waits or suspect.fenced or suspect.why
        case Phase.EVACUATING | Phase.EVACUATED:
            return suspect.fenced
    return suspect.why or "its witnesses are asked"


def must_decide(suspect: Suspect) -> bool:
    """Whether a person must: it asks for one, or nobody but the cloud could tell at the last look."""
    untold = suspect.phase is Phase.SUSPECTED and suspect.verdict is Verdict.UNKNOWN and bool(suspect.signs)
    return bool(suspect.asks) or suspect.phase is Phase.OURS or untold


def remedy(suspect: Suspect) -> str:
    """What to do about it now, in whole sentences; empty: nothing has to be done."""
    if not must_decide(suspect):
        return first_remedy(suspect)
    swear = press(Evacuate, Place.HOSTS)
    last = f"See that nothing runs on it, its power off; then {swear} on Hosts, and swear to it."
    return f"{first_remedy(suspect)} {last}".strip()


def first_remedy(suspect: Suspect) -> str:
    """What to do before anybody swears that it is dead, in whole sentences; empty: nothing."""
    if suspect.phase is not Phase.SUSPECTED:
        return suspect.remedy
    if suspect.verdict is Verdict.ALIVE:
        return "Its servers may run: look at its nova-compute, or take its power first."
    if must_decide(suspect):
        return "Mend what keeps its witnesses from telling (`[hosts]` in the settings)."
    return ""


def judged(suspect: Suspect) -> str:
    """The judgement with its numbers, without a stop."""
    why = f": {suspect.why}" if suspect.why else ""
    return f"{suspect.verdict}{why}; {suspect.down} of {count(suspect.of, 'host')} down"


def said(one: Heard, now: datetime) -> str:
    """The word of one witness with its age, without a stop."""
    return f"{one.witness} says {word(one, now)}"


def word(one: Heard, now: datetime) -> str:
    """What it says, and since when."""
    return f"{one.says} for {span(now - one.since)}: {one.why}"


def chain(suspect: Suspect, now: datetime) -> list[str]:
    """What led to what, in sentences without their stops."""
    name = suspect.id
    told = [f"{name} was seen down first {both(suspect.since, now)}"]
    told += [said(one, now) for one in suspect.signs]
    told.append(f"Judged {judged(suspect)}")
    if suspect.failed and suspect.failed != suspect.asks:
        told.append(f"What was tried: {suspect.failed}")
    if suspect.fenced:
        who = "VMMS" if suspect.by in {"", "engine"} else suspect.by
        told.append(f"{who} knows that nothing runs on it: {suspect.fenced}")
    return [*told, _stands(suspect, now)]


def _stands(suspect: Suspect, now: datetime) -> str:
    """Where it stands now."""
    lasts = f" for {span(now - suspect.phase_since)}" if suspect.phase_since else ""
    many = count(suspect.servers, "server")
    match suspect.phase:
        case Phase.SUSPECTED if suspect.verdict is Verdict.ALIVE:
            return "Nothing is done: somebody had a sign of life of it, so its servers may run"
        case Phase.SUSPECTED:
            return f"Its witnesses are asked again and again: {suspect.looks} of {suspect.samples} looks said dead"
        case Phase.OURS:
            return f"Nothing is done{lasts}, and a person is asked: {suspect.why}"
        case Phase.DEAD:
            return f"It waits{lasts} for {suspect.waits}" if suspect.waits else "It is seen to now"
        case Phase.FENCING:
            return f"Its fence command is under way{lasts}{f': {suspect.waits}' if suspect.waits else ''}"
        case Phase.FENCED:
            return f"It is fenced{lasts}, and given up in the cloud next{f': {suspect.waits}' if suspect.waits else ''}"
        case Phase.EVACUATING:
            return f"{many} of it are evacuated{lasts}; Ops shows them"
        case Phase.EVACUATED:
            return f"The evacuation of {many} ended{lasts and lasts.replace(' for ', ' ') + ' ago'}; it stays closed"
    asked = f", and was asked{lasts.replace(' for', '')} ago" if lasts else ""
    return f"A person must decide{asked}: {suspect.asks}"


def need_words(suspect: Suspect, lasts: str, ours: str) -> str:
    """What waits for a person about it. `lasts`: since when it is down; `ours`: what of ours is on it."""
    dead = f"is dead by its witnesses{lasts}, {ours}"
    match suspect.phase:
        case Phase.ASKS if suspect.verdict is Verdict.DEAD:
            return f"{dead}: {suspect.asks}"
        case Phase.ASKS:
            return f"down{lasts}, {ours}: {suspect.asks}"
        case Phase.OURS:
            return f"down{lasts}, {ours}; nothing is done: {suspect.why}"
        case Phase.DEAD:
            return f"{dead}; it waits for {suspect.waits}" if suspect.waits else dead
        case Phase.FENCING | Phase.FENCED:
            waits = f"; it waits for {suspect.waits}" if suspect.waits else ""
            return f"{dead}, and is {'fenced' if suspect.phase is Phase.FENCED else 'being fenced'}{waits}"
    if suspect.verdict is Verdict.ALIVE:
        return f"down for the cloud{lasts}, and alive: {suspect.why}; {ours}"
    return f"down{lasts}, {ours}: {note(suspect)}"
