"""Pure functions of state and time: what should be done, with the numbers that say so."""
