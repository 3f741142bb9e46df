"""The archive: every event as a line in files that only grow, long after the store has forgotten it."""
