"""A check that looks at the age of the list of hosts. Pure."""

from vmms_tui.keys import Place, press
from vmms_tui.keys.cloud import ReadAgain
from vmms_tui.model.surroundings import Kind
from vmms_tui.screens.check import OK, Check, Scene
from vmms_tui.screens.surveys import age_words, problem_words, survey_of


def list_age(scene: Scene, worst: str) -> Check:
    """`worst` is what it is worth that the list is too old to rely on."""
    survey = survey_of(scene.tables, Kind.HOSTS)
    again = f"{press(ReadAgain, Place.HOSTS)} on Hosts reads it again."
    words, _ = age_words(survey, scene.now)
    if survey is None or survey.read_at is None:
        return Check(worst, "The list of hosts was not read yet.", problem_words(survey) or again)
    if survey.stale(scene.now):
        return Check(worst, f"The list of hosts was {words}.", problem_words(survey) or again)
    return Check(OK, f"the list of hosts was {words}")
