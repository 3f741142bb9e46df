"""The store: a journal that makes every change durable, and a TinyDB checkpoint."""
