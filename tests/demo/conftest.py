"""Hypothesis is loaded before any engine runs in this process: an engine freezes what the collector looks at."""

import hypothesis  # noqa: F401  its plug-in for trio looks for its own random numbers there
