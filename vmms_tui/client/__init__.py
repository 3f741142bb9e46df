"""How screens and commands reach the engine: one protocol, in process or over its Unix socket."""
