"""How the virtual table is drawn: only what changed, and every cell can be brought to the screen."""

from rich.cells import cell_len

from .tabletop import Watched, alone, at, merge, named, settle, watched


async def test_what_went_is_struck_through_and_marked_in_letters() -> None:
    async with alone(table := Watched({"vm-001": "words"})) as app:
        merge(table, named(range(3)))
        table.go(1)
        table.bury({"vm-001": table.cells("vm-001")}, at(0))
        merge(table, named([0, 2]))
        await settle(table)
        strip = app.screen._compositor.render_strips(app.size)[2]
        assert strip.text.startswith(">x vm-001")
        struck = "".join(one.text for one in strip if one.style and one.style.strike)
        assert struck == "vm-001words"
        assert table.pass_time(at(10))
        merge(table, named([0, 2]))
        assert table.cursor == "vm-002"


async def test_a_cell_that_changed_is_underlined_for_a_moment_and_drawn_once_more() -> None:
    table = Watched(dict.fromkeys(named(range(5)), "old"))
    async with alone(table) as app:
        merge(table, named(range(5)))
        before = list(table.cells("vm-003"))
        table.words["vm-003"] = "new"
        async with watched(table):
            table.fresh.note({"vm-003": (before, table.cells("vm-003"))}, at(0))
            table.sync()
        assert table.lines == [4]
        strip = app.screen._compositor.render_strips(app.size)[4]
        assert [one.text for one in strip if one.style and one.style.underline] == ["new"]
        async with watched(table):
            table.pass_time(at(4))
            table.sync()
            table.pass_time(at(5))
            table.sync()
        assert table.lines == [4]


async def test_when_everything_changes_nothing_is_shown_as_changed() -> None:
    table = Watched({})
    merge(table, named(range(20)))
    table.fresh.note({one: ([("a", "")], [("b", "")]) for one in table.ids}, at(0))
    assert not table.fresh


async def test_wide_columns_are_whole_and_move_to_the_side() -> None:
    """Every cell of every column can be brought to the screen, and the first column stays."""
    long = "".join(f"<{number:02d}>" for number in range(25)) + "漢字"
    async with alone(table := Watched({"vm-000": long})) as app:
        merge(table, named(range(3)))
        await settle(table)

        def line() -> str:
            return app.screen._compositor.render_strips(app.size)[1].text

        assert "…" in line()
        table.widen()
        seen = ""
        for _ in range(10):
            await settle(table)
            assert line().startswith(">  vm-000 ")
            assert cell_len(line()) == 40
            assert "…" not in line()
            seen += line()[10:-1]
            before = table._shift
            table.shift(1)
            if table._shift == before:
                break
        assert all(f"<{number:02d}>" in seen for number in range(25))
        assert "漢字" in seen
        for _ in range(10):
            table.shift(-1)
        assert table._shift == 0
        table.widen()
        await settle(table)
        assert "…" in line()


async def test_a_row_keeps_its_line_when_rows_come_above_it() -> None:
    async with alone(table := Watched({})):
        merge(table, named(range(100, 140)))
        table.go(25)
        line = table.cursor_row - table.top
        merge(table, named([*range(50, 60), *range(100, 140)]))
        assert table.cursor == "vm-125"
        assert table.cursor_row - table.top == line


async def test_a_tail_stays_at_its_newest_row_until_the_user_moves() -> None:
    async with alone(table := Watched({}, tail=True)):
        merge(table, named([3, 2, 1]))
        merge(table, named([5, 4, 3, 2, 1]))
        assert table.cursor == "vm-005"
        table.step(1)
        merge(table, named([6, 5, 4, 3, 2, 1]))
        assert table.cursor == "vm-004"


async def test_only_lines_that_changed_are_drawn() -> None:
    table = Watched(dict.fromkeys(named(range(40)), "old"))
    async with alone(table):
        merge(table, named(range(40)))
        async with watched(table):
            table.words["vm-003"] = "new"
            table.words["vm-030"] = "new, but not on the screen"
            table.sync()
        assert table.lines == [4]


async def test_a_step_of_the_cursor_draws_two_lines() -> None:
    table = Watched({})
    async with alone(table):
        merge(table, named(range(40)))
        async with watched(table):
            table.step(1)
        assert sorted(table.lines) == [1, 2]


async def test_a_merge_that_changes_nothing_draws_nothing() -> None:
    table = Watched({})
    async with alone(table):
        merge(table, named(range(40)))
        async with watched(table):
            merge(table, named(range(40)))
        assert table.lines == []


async def test_an_empty_list_says_why() -> None:
    table = Watched({})
    async with alone(table) as app:
        table.say_when_empty("Empty: nothing was asked for.")
        merge(table, [])
        await settle(table)
        lines = [strip.text for strip in app.screen._compositor.render_strips(app.size)]
        assert any("nothing was asked for" in line for line in lines)


async def test_why_a_list_is_empty_is_said_to_the_end_in_as_many_lines_as_it_takes() -> None:
    table = Watched({})
    async with alone(table) as app:
        words = " ".join(f"word{number}" for number in range(30))
        table.say_when_empty(words)
        merge(table, [])
        await settle(table)
        lines = [strip.text.strip() for strip in app.screen._compositor.render_strips(app.size)]
        assert words in " ".join(line for line in lines if line.startswith("word"))
