"""Whether a host is dead: never on one witness, never while any calls it alive, never as our own eyes are cut."""

from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from vmms_tui.engine.policy.hosts import (
    MEND_FENCE,
    Ask,
    Go,
    Hold,
    Judgement,
    Means,
    blind,
    cloud_sign,
    decided,
    judged,
    trusted,
)
from vmms_tui.model.rescue_guards import too_many
from vmms_tui.model.surroundings import Host
from vmms_tui.model.suspects import CLOUD, Verdict
from vmms_tui.model.witness import HostRules, Says, Sign

NOW = datetime(2026, 3, 2, 12, tzinfo=UTC)
OTHERS = ("ssh", "storage", "power", "peers", "servers")
SAYS = st.sampled_from(Says)
RULES = st.builds(HostRules, samples=st.integers(2, 5), share=st.sampled_from([0.1, 0.3, 0.5, 1.0]))
BOTH = HostRules(automatic=True, fence=("fence",))


def sign(witness: str, says: Says) -> Sign:
    return Sign(witness=witness, says=says, why=f"{witness} looked")


@st.composite
def signs(draw: st.DrawFn, cloud: st.SearchStrategy[Says] = SAYS) -> tuple[Sign, ...]:
    """What the cloud and some others say at one look."""
    others = draw(st.lists(st.sampled_from(OTHERS), unique=True))
    return (sign(CLOUD, draw(cloud)), *(sign(one, draw(SAYS)) for one in others))


def after(looks: list[tuple[Sign, ...]], rules: HostRules, down: int = 1, of: int = 10) -> Judgement:
    """The judgement after all these looks."""
    judgement = Judgement(verdict=Verdict.UNKNOWN, looks=0, why="")
    for one in looks:
        judgement = judged(one, judgement.looks, rules, down=down, of=of)
    return judgement


LOOKS = st.lists(signs(), min_size=1, max_size=8)


@given(LOOKS, RULES)
def test_dead_is_what_enough_looks_in_a_row_call_dead(looks: list[tuple[Sign, ...]], rules: HostRules) -> None:
    if after(looks, rules).verdict is not Verdict.DEAD:
        return
    assert len(looks) >= rules.samples
    for one in looks[-rules.samples :]:
        said = {sign.witness for sign in one if sign.says in {Says.SILENT, Says.DEAD}}
        assert CLOUD in said
        assert len(said) >= 2, "never on one witness"
        assert not [sign for sign in one if sign.says is Says.ALIVE]


@given(st.lists(signs(st.sampled_from([Says.SILENT, Says.DEAD])), min_size=1, max_size=8), RULES)
def test_enough_looks_in_a_row_are_enough(looks: list[tuple[Sign, ...]], rules: HostRules) -> None:
    rows = [
        not any(sign.says is Says.ALIVE for sign in one)
        and any(sign.says in {Says.SILENT, Says.DEAD} for sign in one if sign.witness != CLOUD)
        for one in looks
    ]
    enough = len(rows) >= rules.samples and all(rows[-rules.samples :])
    assert (after(looks, rules).verdict is Verdict.DEAD) is enough


@given(LOOKS, RULES, st.sampled_from([CLOUD, *OTHERS]))
def test_one_sign_of_life_is_enough(looks: list[tuple[Sign, ...]], rules: HostRules, witness: str) -> None:
    last = (*(one for one in looks[-1] if one.witness != witness), sign(witness, Says.ALIVE))
    judgement = after([*looks[:-1], last], rules)
    assert (judgement.verdict, judgement.looks) == (Verdict.ALIVE, 0)
    assert witness in judgement.why


@given(st.lists(st.lists(st.sampled_from(OTHERS), unique=True, min_size=1), min_size=1, max_size=8), RULES)
def test_a_cut_of_the_engine_alone_makes_no_host_dead(seen: list[list[str]], rules: HostRules) -> None:
    """Nobody answers it: neither the hosts that the cloud calls down, nor those that are up."""
    judgement = Judgement(verdict=Verdict.UNKNOWN, looks=0, why="")
    for witnesses in seen:
        silent = [sign(one, Says.SILENT) for one in witnesses]
        controls = [silent, [sign(one, Says.UNKNOWN) for one in witnesses]]
        counted = (sign(CLOUD, Says.SILENT), *trusted(silent, controls))
        ours = blind(silent, controls)
        assert ours
        judgement = judged(counted, judgement.looks, rules, down=1, of=10, ours=ours)
        assert (judgement.verdict, judgement.looks) == (Verdict.OURS, 0)


@given(signs(), signs())
def test_only_silence_is_held_against_the_controls(host: tuple[Sign, ...], control: tuple[Sign, ...]) -> None:
    sees = {one.witness for one in control if one.says is Says.ALIVE}
    for before, now in zip(host, trusted(host, [control]), strict=True):
        if before.says is Says.SILENT and before.witness != CLOUD and before.witness not in sees:
            assert now.says is Says.UNKNOWN
        else:
            assert now == before
    assert {one.says for one in trusted(host, []) if one.witness != CLOUD} <= {Says.ALIVE, Says.DEAD, Says.UNKNOWN}


@given(LOOKS, RULES, st.integers(1, 20), st.integers(0, 20))
def test_where_too_many_are_down_none_is_dead(
    looks: list[tuple[Sign, ...]], rules: HostRules, down: int, more: int
) -> None:
    of = down + more
    assert too_many(down, of, rules.share) is (down > 1 and down > rules.share * of)
    verdict = after(looks, rules, down, of).verdict
    if too_many(down, of, rules.share):
        assert verdict in {Verdict.OURS, Verdict.ALIVE}
        assert after(looks, rules, down, of).looks == 0
    assert not too_many(1, 1, rules.share), "one host alone is never too many"


MEANS = st.builds(
    Means,
    lent=st.integers(0, 3),
    room=st.booleans(),
    closed=st.sampled_from(["", "a fan"]),
    failed=st.sampled_from(["", "it could not be fenced: no"]),
    frozen=st.sampled_from(["", "a jump"]),
    others=st.lists(st.sampled_from(["a", "b"]), unique=True).map(tuple),
)


@given(
    MEANS, st.builds(HostRules, automatic=st.booleans(), fence=st.sampled_from([(), ("f",)]), at_once=st.integers(1, 2))
)
def test_only_what_nothing_speaks_against_is_begun(means: Means, rules: HostRules) -> None:
    chosen = decided(means, rules)
    free = means.lent and means.room and not (means.closed or means.failed or means.frozen)
    allowed = rules.automatic and rules.fence and len(means.others) < rules.at_once
    assert isinstance(chosen, Go) is bool(free and allowed)
    if isinstance(chosen, Hold):
        assert chosen.waits
    elif isinstance(chosen, Ask):
        assert means.lent, "nobody is asked about a host that holds nothing of anybody"
        assert not chosen.why.endswith(".")


def test_a_person_is_asked_before_anything_is_waited_for() -> None:
    held = Means(lent=1, frozen="a jump", others=("b",), failed="it could not be fenced: no")
    assert decided(held, BOTH) == Ask("it could not be fenced: no", MEND_FENCE)
    assert decided(Means(lent=1, others=("b",)), BOTH) == Hold("the rescue of b")


def test_the_word_of_the_cloud() -> None:
    down = Host(id="h", name="h", state="down", seen=NOW)
    assert cloud_sign(down, None, given_up=False).says is Says.SILENT
    assert cloud_sign(down, NOW, given_up=False).says is Says.SILENT
    assert cloud_sign(down, NOW - timedelta(seconds=1), given_up=False).says is Says.ALIVE
    assert cloud_sign(down, NOW - timedelta(seconds=1), given_up=True).says is Says.SILENT, "our own change"
    forced = Host(id="h", name="h", state="down", seen=NOW, forced_down=True)
    assert cloud_sign(forced, None, given_up=False).says is Says.UNKNOWN, "somebody's word is not the cloud's"
    assert cloud_sign(forced, None, given_up=True).says is Says.SILENT
