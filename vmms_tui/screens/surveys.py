"""How old what is known of a list of the cloud is, and why there is none, in words. Pure."""

from datetime import datetime, timedelta

from vmms_tui.model.people import Caller
from vmms_tui.model.surroundings import Kind, Survey
from vmms_tui.model.tables import Tables
from vmms_tui.screens.wording import span

ANY_MOMENT = timedelta(seconds=2)
"""What is no older was read now."""


def survey_of(tables: Tables, kind: Kind) -> Survey | None:
    """How a list stands; None: nobody has told yet, or it is not for us."""
    return tables.get(Survey, kind)


def age_words(survey: Survey | None, now: datetime) -> tuple[str, str]:
    """The age of a list as words and a tone; nothing for one that was never read."""
    if survey is None or survey.read_at is None:
        return "", ""
    age = now - survey.read_at
    said = "read now" if age <= ANY_MOMENT else f"read {span(age)} ago"
    if survey.stale(now):
        return f"{said}, STALE", "bad"
    return said, "warn" if survey.problem else "muted"


def problem_words(survey: Survey | None) -> str:
    """Why the last reading failed, if it did."""
    return survey.problem if survey else ""


def why_none(survey: Survey | None, kind: Kind, you: Caller, none: str) -> str:
    """Why a list is empty, in one sentence; `none` says that there is nothing of the kind."""
    if survey is None and not you.sees_all and kind in {Kind.HOSTS, Kind.VOLUMES}:
        return f"The list of {kind} is shown to operators and viewers only."
    if survey is None:
        return f"The list of {kind} was not read yet."
    if survey.problem:
        return f"{survey.problem} {survey.remedy}".strip()
    return none if survey.read_at else f"The list of {kind} was not read yet."


def reading_facts(survey: Survey | None, now: datetime) -> list[tuple[str, str]]:
    """For the strip: how old what stands above it is."""
    words, _ = age_words(survey, now)
    problem = problem_words(survey)
    remedy = survey.remedy if survey is not None else ""
    facts = [("read", words.removeprefix("read ").capitalize()), ("then", problem), ("do", remedy)]
    return [fact for fact in facts if fact[1]]


def reading_sentences(survey: Survey | None, now: datetime) -> list[str]:
    """For explanations: from where this is known, how old it is, and what went wrong since."""
    words, _ = age_words(survey, now)
    said = [f"That is what the cloud said: {words}."] if words else []
    if survey is None or not survey.problem:
        return said
    return [*said, f"The last try failed: {survey.problem} {survey.remedy or 'It is tried again by itself.'}"]
