"""What can be done while time is played: in a demo, in a recording, on a guided tour. Elsewhere they are not bound."""

from vmms_tui.keys.act import Act, Place


class Faster(Act):
    """faster: let time go faster."""

    id, keys, places = "faster", (">",), (Place.PLAYED,)


class Slower(Act):
    """slower: let time go slower."""

    id, keys, places = "slower", ("<",), (Place.PLAYED,)


class Hold(Act):
    """hold: let time stand still, or go on."""

    id, keys, places = "hold", (".",), (Place.PLAYED,)


class Rewind(Act):
    """10 min back: to ten minutes before, in a recording."""

    id, keys, places = "rewind", ("{",), (Place.PLAYED,)


class Skip(Act):
    """10 min on: to ten minutes later, in a recording."""

    id, keys, places = "skip", ("}",), (Place.PLAYED,)


class Tour(Act):
    """guided tour: begin it, or leave it, in a demo."""

    id, keys, places = "tour", ("f2",), (Place.PLAYED,)


class NextStop(Act):
    """next stop: press the keys that lead to the next stop of the tour; pressed by hand they lead there, too."""

    id, keys, places = "next_stop", ("f3",), (Place.TOUR,)


class StopBefore(Act):
    """stop before: back to the stop before, where there is a way back."""

    id, keys, places = "stop_before", ("f4",), (Place.TOUR,)
