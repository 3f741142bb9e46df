"""What can be copied. Pure."""

from vmms_tui.keys import Place, Target, acts_at, address_of, key_name
from vmms_tui.keys.menus import CopyAddress, CopyName, CopyServer, CopySsh
from vmms_tui.screens.menu import MenuItem


def copy_text(act_id: str, target: Target) -> str:
    """What goes to the clipboard."""
    server = target.server
    if act_id == CopyServer.id and server:
        return server.id
    if act_id == CopyAddress.id and server:
        return address_of(server)
    if act_id == CopySsh.id and server:
        return f"ssh {target.login}@{address_of(server)}"
    if act_id == CopyName.id:
        return str(getattr(target.record, "name", ""))
    return target.record.id if target.record else ""


def copy_items(target: Target) -> list[MenuItem]:
    """The copy menu: each entry with the text it would copy, or why it cannot."""
    return [
        MenuItem(key_name(act, Place.COPY_MENU), act.id, f"{act.word():9}{'' if no else copy_text(act.id, target)}", no)
        for act in acts_at(Place.COPY_MENU)
        for no in [act.refusal(target)]
    ]
