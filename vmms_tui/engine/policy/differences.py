"""What is different in new settings, in words for the audit."""

from datetime import timedelta
from enum import Enum

import msgspec

from vmms_tui.engine.policy.words import span
from vmms_tui.model.people import AccessRules


def differences(old: msgspec.Struct, new: msgspec.Struct) -> list[str]:
    """Each field that changed, with what it was and is. Of texts only that they changed: they may hold secrets."""
    said: list[str] = []
    for name in new.__struct_fields__:
        was, now = getattr(old, name), getattr(new, name)
        if was == now:
            continue
        if isinstance(was, msgspec.Struct) and isinstance(now, msgspec.Struct):
            said += [f"{name}.{one}" for one in differences(was, now)]
        elif isinstance(new, AccessRules) or (_is_plain(was) and _is_plain(now)):
            said.append(f"{name} was {_words(was)}, is {_words(now)}")
        else:
            said.append(f"{name} changed")
    return said


def _is_plain(value: object) -> bool:
    if isinstance(value, tuple | list):
        return all(map(_is_plain, value))
    return value is None or isinstance(value, int | float | timedelta | Enum)


def _words(value: object) -> str:
    if isinstance(value, timedelta):
        return span(value)
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, tuple | list):
        return ", ".join(map(_words, value)) or "none"
    if isinstance(value, dict):
        return "; ".join(f"{key}: {_words(one)}" for key, one in value.items()) or "none"
    return "none" if value is None or value == "" else str(value)
