"""Tests of the demo, its screens among them."""

from tests.quick import be_quick

be_quick()
