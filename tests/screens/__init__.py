"""Tests of screens, in one process with them."""

from tests.naps import be_short

be_short()
