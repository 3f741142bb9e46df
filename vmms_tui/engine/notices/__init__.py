"""How words reach people who do not look: the port, and its adapters."""
