"""Parts of screens: the virtual table, bars, strips, dialogs."""
