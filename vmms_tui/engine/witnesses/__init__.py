"""Asks those who can tell whether a compute host lives, and cuts it off for good."""
