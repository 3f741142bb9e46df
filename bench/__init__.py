"""Measurements: `python -m bench` prints what the claims of the README cost here, `python -m bench lab` on OpenStack.

Each module measures one claim, as a ratio where a rival runs beside it.
"""
