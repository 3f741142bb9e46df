"""The engine: state, policies, operations and loops. Runs without a terminal."""
