"""The keys of played time: those of the table, in a demo and a recording only, and nobody else's."""

from textual.binding import BindingsMap

from vmms_tui.app import VmmsApp
from vmms_tui.demo.app import PlayedApp
from vmms_tui.demo.tour import TOUR
from vmms_tui.keys import ACTS, Place, acts_at

PLAYED = acts_at(Place.PLAYED, Place.TOUR)
OURS = {key for act in PLAYED for key in act.keys}


def bound(kind: type[VmmsApp]) -> set[str]:
    bindings = BindingsMap(kind.BINDINGS).key_to_bindings.values()
    return {binding.id for many in bindings for binding in many if binding.id}


def test_the_app_for_played_time_binds_what_the_table_says() -> None:
    assert bound(PlayedApp) == {act.id for act in PLAYED}
    assert not bound(VmmsApp) & bound(PlayedApp)


def test_no_other_key_on_a_screen_is_one_of_them() -> None:
    others = [act for act in ACTS if act not in PLAYED]
    assert not {key for act in others for key in act.keys} & OURS
    tour = {key for act in acts_at(Place.TOUR) for key in act.keys}
    assert not {key for stop in TOUR for key in (*stop.keys, *stop.back)} & tour


def test_the_keys_of_the_tour_are_none_that_a_field_would_take() -> None:
    assert all(len(key) > 1 for act in acts_at(Place.TOUR) for key in act.keys)
