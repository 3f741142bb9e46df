"""A real OpenStack on one machine; README.md tells all."""
