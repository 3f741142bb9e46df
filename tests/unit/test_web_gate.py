"""Who may come in from a browser."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from vmms_tui.model.errors import Failed
from vmms_tui.web.gate import Gate
from vmms_tui.web.server import bound, is_loopback

GATE = Gate()
HOST = "127.0.0.1:8470"


def test_whoever_has_the_key_comes_in() -> None:
    assert not GATE.refusal(cookie=GATE.key, host=HOST, headers={})
    assert not GATE.refusal(cookie=GATE.key, host=HOST, headers={"Origin": f"http://{HOST}"})


@given(st.text())
def test_no_other_key_fits(offered: str) -> None:
    assert not GATE.fits(offered)
    assert "its key" in GATE.refusal(cookie=offered, host=HOST, headers={})


@pytest.mark.parametrize("origin", ["http://127.0.0.1:9999", "http://elsewhere.example", "null", "https://127.0.0.1"])
def test_pages_of_others_do_not_use_the_cookie(origin: str) -> None:
    assert "only from itself" in GATE.refusal(cookie=GATE.key, host=HOST, headers={"Origin": origin})


def test_each_run_has_a_key_of_its_own_that_is_not_told() -> None:
    assert Gate().key != GATE.key
    assert GATE.key not in repr(GATE)


@pytest.mark.parametrize(
    ("host", "is_it"), [("127.0.0.1", True), ("::1", True), ("localhost", True), ("0.0.0.0", False), ("vmms", False)]
)
def test_what_only_this_machine_can_reach(host: str, is_it: bool) -> None:
    assert is_loopback(host) is is_it


def test_where_nothing_can_listen_is_said() -> None:
    with pytest.raises(Failed, match=r"Nothing can listen on 127\.0\.0\.1 port 1\d+: ") as caught:
        bound("127.0.0.1", 123456)
    assert "another --port" in caught.value.remedy
