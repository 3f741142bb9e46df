"""A user's own files: saved filters and past commands."""

import stat
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from vmms_tui.model.errors import Failed, Refused
from vmms_tui.screens.personal import LONGEST_PAST, Personal
from vmms_tui.settings.personal import LARGEST, read_filters, read_past, read_toml, write_filters, write_past

TEXT = st.text(st.characters(codec="utf-8"), min_size=1, max_size=30)


@given(filters=st.dictionaries(st.from_regex(r"[a-z][a-z0-9_-]{0,8}", fullmatch=True), TEXT, max_size=5))
def test_filters_are_read_as_they_were_written(
    tmp_path_factory: pytest.TempPathFactory, filters: dict[str, str]
) -> None:
    path = tmp_path_factory.mktemp("config") / "vmms" / "filters.toml"
    write_filters(path, {"old": "web"})
    write_filters(path, filters)
    assert read_filters(path) == filters


def test_comments_and_links_stay(tmp_path: Path) -> None:
    real, link = tmp_path / "dotfiles.toml", tmp_path / "filters.toml"
    real.write_text('# by hand\nmine = "owner:ada"  # at night\nother = "web"\n')
    link.symlink_to(real)
    write_filters(link, {"mine": "owner:ada", "new": "left<8h"})
    assert real.read_text() == '# by hand\nmine = "owner:ada"  # at night\nnew = "left<8h"\n'
    assert link.is_symlink()
    assert stat.S_IMODE(real.stat().st_mode) == 0o600


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"mine = ", "is not TOML"),
        (b"mine = 3", "mine is no filter."),
        (b'mine = "\xff"', "is not UTF-8 text."),
        (b"#" * (LARGEST + 1), "is larger than 256 kB."),
    ],
)
def test_a_broken_file_is_told_and_left_alone(tmp_path: Path, content: bytes, said: str) -> None:
    path = tmp_path / "filters.toml"
    path.write_bytes(content)
    for broken in (lambda: read_filters(path), lambda: write_filters(path, {"a": "b"})):
        with pytest.raises(Failed) as failed:
            broken()
        assert said in str(failed.value)
        assert str(path) in str(failed.value)
    assert path.read_bytes() == content


def test_what_cannot_be_read_or_written_is_told(tmp_path: Path) -> None:
    (tmp_path / "keys.toml").mkdir()
    with pytest.raises(Failed, match="cannot be read: Is a directory"):
        read_toml(tmp_path / "keys.toml")
    (tmp_path / "file").touch()
    with pytest.raises(Failed, match="cannot be"):
        write_filters(tmp_path / "file" / "filters.toml", {"a": "b"})
    assert read_toml(tmp_path / "nothing") == {}


def test_past_commands_never_fail(tmp_path: Path) -> None:
    path = tmp_path / "state" / "commands.txt"
    assert read_past(path) == []
    write_past(path, ["leases owner:ada", "renew lease-00012 4h"])
    assert read_past(path) == ["leases owner:ada", "renew lease-00012 4h"]
    path.write_bytes(b"pools\n\x1b[31mred\n\xff\n\nhosts\n")
    assert read_past(path) == ["pools", "\ufffd", "hosts"]
    (tmp_path / "file").touch()
    write_past(tmp_path / "file" / "commands.txt", ["pools"])
    assert read_past(tmp_path) == []


@given(st.lists(st.text(max_size=4) | st.sampled_from(["pools", "x" * 600, "a\nb"]), max_size=20))
def test_what_is_remembered_is_short_and_once(lines: list[str]) -> None:
    kept: list[list[str]] = []
    own = Personal(
        past=[f"line {number}" for number in range(LONGEST_PAST)], keep_past=lambda past: kept.append([*past])
    )
    for line in lines:
        own.remember(line)
    assert len(own.past) <= LONGEST_PAST
    assert len(set(own.past)) == len(own.past)
    assert all(len(line) <= 500 and line.isprintable() for line in own.past)
    assert not kept or kept[-1] == own.past


def test_filters_are_saved_under_names_and_forgotten() -> None:
    own = Personal(filters={"web": "pool:web"})
    lists_look_at = own.filters
    assert own.save("@mine", " owner:ada ") == "Saved: @mine is owner:ada"
    assert lists_look_at == {"web": "pool:web", "mine": "owner:ada"}
    assert own.forget("mine") == "@mine is forgotten."
    assert lists_look_at == {"web": "pool:web"}
    with pytest.raises(Refused, match="Filter the list first"):
        own.save("empty", " ")
    with pytest.raises(Refused, match="'Über' is no name for a filter"):
        own.save("Über", "web")
    with pytest.raises(Refused, match="Did you mean web"):
        own.forget("wep")


def test_what_cannot_be_kept_is_not_saved() -> None:
    def full(_filters: object) -> None:
        raise Failed("The disk is full.")

    own = Personal(keep_filters=full)
    with pytest.raises(Failed):
        own.save("mine", "web")
    assert own.filters == {}
