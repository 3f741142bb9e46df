"""Records as they are, as JSON or as YAML. Pure; the screen and `vmms raw` show it."""

import msgspec

from vmms_tui.model.hiding import HIDDEN, without_secrets
from vmms_tui.model.records import Operation, Record, changed

HIDDEN_ARGS = frozenset({"hash", "password"})
"""What an operation carries and nobody reads."""


def raw_lines(record: Record) -> list[str]:
    """A record as JSON, field by field, also those that hold their default. What is secret is not in it."""
    if isinstance(record, Operation):
        record = changed(record, args=shown_args(record.args))
    fields = msgspec.to_builtins(record)
    names = dict.fromkeys(("type", "id", *record.__struct_fields__))
    whole = {name: fields.get(name, _default(record, name)) for name in names}
    text = msgspec.json.format(msgspec.json.encode(whole), indent=2).decode()
    return without_secrets(text).split("\n")


def yaml_lines(text: str) -> list[str]:
    """JSON as YAML; as it is, where it is no JSON."""
    from msgspec import yaml  # loads PyYAML: only for those who want it

    try:
        return yaml.encode(msgspec.json.decode(text)).decode().rstrip("\n").split("\n")
    except (msgspec.DecodeError, UnicodeError):
        return text.split("\n")


def shown_args(args: dict[str, str]) -> dict[str, str]:
    """What an operation needs to know beside, without what is secret."""
    return {key: HIDDEN if key in HIDDEN_ARGS else said for key, said in args.items()}


def _default(record: Record, name: str) -> object:
    """Fields that hold their default are left out on the wire."""
    return msgspec.to_builtins(getattr(record, name, None))
