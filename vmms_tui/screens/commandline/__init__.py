"""The command line and the palette: one list of commands, screens, acts and objects. Pure but for `box` and `doing`."""
