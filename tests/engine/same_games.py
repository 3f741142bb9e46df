"""Games that are the same wherever they are played."""

from collections.abc import Iterator

import pytest
from hypothesis.internal.conjecture import providers
from hypothesis.internal.constants_ast import Constants


@pytest.fixture(autouse=True)
def the_same_games(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Hypothesis draws some of the constants in whatever modules of ours happen to be imported.

    With them a seed would play other games in a run of all tests than alone, and others after any change of a number.
    """
    monkeypatch.setattr(providers.HypothesisProvider, "_local_constants", Constants())
    providers.CONSTANTS_CACHE.cache.clear()
    yield
    providers.CONSTANTS_CACHE.cache.clear()
