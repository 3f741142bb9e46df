"""`python -m vmms_tui.cli` is `vmms`."""

from vmms_tui.cli import main

main()
