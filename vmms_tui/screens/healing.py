"""Servers that do not work, in words: what is wrong, how far their ladder has come, and what a person lets be done.

Pure.
"""

from datetime import datetime

from vmms_tui.model.healing import INCIDENT, LOSES_DISK, Illness, Incident, Rung, Sickness
from vmms_tui.model.needs import Need
from vmms_tui.model.records import Server
from vmms_tui.model.suspects import Suspect
from vmms_tui.model.tables import Tables
from vmms_tui.screens import suspects
from vmms_tui.screens.effect import Effect
from vmms_tui.screens.wording import both, count, span

_DOES = {
    Rung.START: "start {server}",
    Rung.REBOOT: "reboot {server} in good order",
    Rung.HARD_REBOOT: "pull the plug of {server} and start it",
    Rung.RESET_STATE: "let the cloud call {server} ACTIVE, then pull its plug and start it",
    Rung.MOVE: "move {server} to another host",
    Rung.REBUILD: "put the pool's image on {server} anew",
    Rung.REPLACE: "give its lease another server of the pool, and delete {server}",
}
_KEEPS = {
    Rung.REBUILD: "keep its name, its address, its volumes and its lease",
    Rung.REPLACE: "keep its address and its lease",
}


def healing(server_id: str, tables: Tables) -> tuple[Effect, ...]:
    """What an operator's word does to one server that is ill."""
    ill = tables.get(Illness, server_id)
    rung = ill.then if ill is not None else None
    if rung is None:
        first = Effect(f"let the ladder of {server_id} begin anew, from its first rung", "no")
        return (first, *_exempt(ill, tables))
    lost = "no: its disk is lost" if rung in LOSES_DISK else "no"
    said = [Effect(_DOES[rung].format(server=server_id), lost)]
    if rung in LOSES_DISK:
        said += [Effect("everything on its disk is lost", lost), Effect(_KEEPS[rung], "-")]
    return (*said, *_exempt(ill, tables))


def _pool_of(ill: Illness, tables: Tables) -> str:
    server = tables.get(Server, ill.id)
    return server.pool if server is not None else ""


def _exempt(ill: Illness | None, tables: Tables) -> tuple[Effect, ...]:
    incident = tables.get(Incident, INCIDENT)
    if ill is None or incident is None or not incident.covers(_pool_of(ill, tables), ill.kind):
        return ()
    return (Effect("let its ladder go on although many servers are ill at once", "-"),)


def how_many_ill(tables: Tables) -> int:
    """Servers whose ladders wait for the end of an incident, and for nothing else."""
    incident = tables.get(Incident, INCIDENT)
    ill = [one for one in tables.all(Illness) if one.well_since is None and not one.asks]
    return sum(1 for one in ill if incident is not None and incident.holds(one, _pool_of(one, tables)))


def healing_of_all(tables: Tables) -> tuple[Effect, ...]:
    """What it does to let all ladders go on in an incident."""
    return (
        Effect(
            f"let the ladders of {count(how_many_ill(tables), 'server')} that are ill at once go on",
            "freeze holds the rest",
        ),
        Effect("each is started, rebooted, rebuilt or replaced in its turn, a few at a time", "no"),
    )


def no_heal(ill: Illness | None, server_id: str) -> str:
    """Why there is nothing to mend; empty when there is."""
    if ill is None or ill.well_since is not None:
        return f"{server_id} works, as far as the engine can tell."
    return ""


def what_ails(ill: Illness, tables: Tables, now: datetime) -> list[tuple[str, str]]:
    """Sentences, without their stops, each with where it comes from: what is wrong, what was done, what comes next."""
    source = f"engine, {span(now - ill.since)} ago" if now > ill.since else "engine, just now"
    if ill.well_since is not None:
        well = f"It did not work: {ill.why}. It has worked again for {span(now - ill.well_since)}, and is watched"
        return [(well, source), *_done(ill)]
    said = [(f"It does not work: {ill.why}", source), *_done(ill)]
    incident = tables.get(Incident, INCIDENT)
    if ill.asks:
        said.append((f"A person must decide: {ill.asks}", "engine"))
    elif incident is not None and incident.holds(ill, _pool_of(ill, tables)):
        waits = f"Its ladder waits: {incident.words}"
        said.append((waits, f"engine, {span(now - incident.since)} ago"))
    elif ill.waits:
        said += [(f"It waits for {ill.waits}", "engine"), *_of_its_host(ill, tables, now)]
    else:
        said += _next(ill, now)
    return said


def _of_its_host(ill: Illness, tables: Tables, now: datetime) -> list[tuple[str, str]]:
    """What is known of the host whose fate it waits for."""
    server = tables.get(Server, ill.id)
    suspect = tables.get(Suspect, server.host) if server is not None and ill.kind is Sickness.HOST else None
    return [] if suspect is None else [(words, "engine's witnesses") for words in suspects.chain(suspect, now)]


def _done(ill: Illness) -> list[tuple[str, str]]:
    if ill.rung is None:
        return []
    times = f", {count(ill.acts, 'act')} in all" if ill.acts > 1 else ""
    return [(f"The last that was done is a {ill.rung.words}, try {ill.tries}{times}", "engine")]


def _next(ill: Illness, now: datetime) -> list[tuple[str, str]]:
    what = f"Next comes a {ill.then.words}" if ill.then else "It is seen to"
    when = f", not before {both(ill.next_at, now)}" if ill.next_at and ill.next_at > now else ""
    return [(f"{what}{when}", "engine's ladder")]


def need_words(need: Need, now: datetime) -> str:
    """What waits for a person about one that is ill, or about many."""
    lasts = f" for {span(now - need.since)}" if need.since else ""
    if need.incident is not None:
        many = need.incident.words.replace("servers in use", "in use")
        return f"{many}{lasts}: nothing is done to them"
    if need.illness is None:
        return ""
    lent = f", on {need.lease.id} of {need.lease.owner}" if need.lease is not None else ""
    return f"does not work{lasts}{lent}: {need.illness.why}; {need.illness.asks}"
