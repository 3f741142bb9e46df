"""What Textual reads from the environment when it is imported: calm by default, thrifty over SSH."""

import os

THRIFTY = "SSH_CONNECTION" in os.environ
"""Whether there is a line between us and the terminal, on which each byte takes its time."""
REST = 0.12 if THRIFTY else 0.0
"""Seconds that the cursor stands before what it is on is told in full."""


def set_defaults() -> None:
    """Set what the user has not set: no animation, no smooth scrolling, each key painted at once."""
    os.environ.setdefault("TEXTUAL_ANIMATIONS", "none")
    os.environ.setdefault("TEXTUAL_SMOOTH_SCROLL", "0")
    os.environ.setdefault("TEXTUAL_FPS", "100")
    if THRIFTY:
        os.environ.setdefault("ESCDELAY", "300")


set_defaults()
