"""Keepers: each asks one policy, with the state and the time, and begins what it decides."""
