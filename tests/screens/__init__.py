"""Tests of screens, in one process with them."""

from tests.quick import be_quick

be_quick()
