"""The guided tour of the demo: what to say, and the keys that lead from stop to stop. It ends where it began."""

from vmms_tui.client.player import Stop

TOUR = (
    Stop(
        says="Dash: what needs you, what runs, and is there room. Whoever is on call keeps it open.",
        keys=("1",),
        shows="Needs you now",
    ),
    Stop(
        says="2: Pools. Servers that are ready before anybody asks: how many are, of how many should be.",
        keys=("2",),
        back=("1",),
        shows="debian-dev",
    ),
    Stop(
        says="j and k, or the arrows, move the cursor. The strip tells about the row under it.",
        keys=("j",),
        back=("k",),
    ),
    Stop(says="enter opens a pool: these are its servers, with their states.", keys=("enter",), shows="READY"),
    Stop(says="esc leads back, here as everywhere.", keys=("escape",), shows="el9-ci"),
    Stop(
        says="3: Leases. Who has which server, and how long still. ! means under half an hour.",
        keys=("3",),
        back=("2",),
        shows="OWNER",
    ),
    Stop(
        says="x explains the row under the cursor: why it is as it is, in sentences with times.",
        keys=("x",),
        back=("escape",),
        shows="Why",
    ),
    Stop(
        says="/ filters while you type: words, !words, owner:ada, left<8h. esc shows all again.",
        keys=("escape", "/", *"left<8h"),
        back=("escape", "x"),
        shows="left<8h",
    ),
    Stop(
        says="n asks for a server, on a form that says what you would get. Lower case looks, UPPER CASE changes: "
        "nothing is asked for yet.",
        keys=("escape", "n"),
        shows="request",
    ),
    Stop(says="esc leaves the form, and nothing was changed.", keys=("escape",), shows="OWNER"),
    Stop(
        says="4: Hosts. Which of the cloud's hosts is sick, full or closed, and what of ours is on it.",
        keys=("4",),
        back=("3",),
        shows="cmp12",
    ),
    Stop(
        says="5: Store. The volumes of the projects in use: how large each is, and which server holds it.",
        keys=("5",),
        back=("4",),
        shows="ci-cache",
    ),
    Stop(
        says="8: Events. What happened, when, by whom and why, newest first. Nothing happens without a line here.",
        keys=("8",),
        back=("5",),
        shows="Events",
    ),
    Stop(
        says="9: Ops. What the engine does: how far, how fast, how long still. P pauses, X aborts, R tries again.",
        keys=("9",),
        back=("8",),
        shows="PROGRESS",
    ),
    Stop(
        says="?: all keys of a screen. What is not in the help does nothing.",
        keys=("?",),
        back=("escape",),
        shows="Keys",
    ),
    Stop(
        says="Back to Dash. Let time go faster with >, slower with <, hold it with a full stop.",
        keys=("escape", "1"),
        shows="Needs you now",
    ),
)
