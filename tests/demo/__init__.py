"""Tests of the demo, its screens among them."""

from tests.naps import be_short

be_short()
