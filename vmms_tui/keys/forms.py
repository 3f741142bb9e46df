"""What can be done in forms and dialogs."""

from vmms_tui.keys.act import Act, Place


class SendRequest(Act):
    """send: ask the engine for the server."""

    id, keys, places, row, changes = "send", ("ctrl+n",), (Place.FORM,), 2, True


class NextField(Act):
    """next field: to the next field or button."""

    id, keys, places, row = "next_field", ("tab",), (Place.FORM, Place.DIALOG), 2
