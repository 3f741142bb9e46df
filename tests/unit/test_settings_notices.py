"""The tables [notices] and [calendar]: what is taken, what is refused, and that no password is ever told."""

import os
from datetime import date
from pathlib import Path

import pytest

from vmms_tui.model.channels import Channels
from vmms_tui.model.spec import Policy
from vmms_tui.settings import SettingsProblems, load

SECRET = "hunter2-and-more"
MAIL = f"mailtos://vmms:{SECRET}@smtp.example.org?from=vmms@example.org&to={{owner}}@example.org"
HOOK = f"jsons://chat.example.org/{SECRET}"


def policy(folder: Path, text: str) -> Policy:
    path = folder / "vmms.toml"
    path.write_text(f'cloud = "mine"\n{text}', encoding="utf-8")
    return load(path, {}).policy


def problems(folder: Path, text: str) -> list[str]:
    with pytest.raises(SettingsProblems) as caught:
        policy(folder, text)
    assert SECRET not in str(caught.value)
    return [str(problem).partition(": ")[2] for problem in caught.value.problems]


def addresses(folder: Path, text: str, mode: int = 0o600) -> Path:
    path = folder / "urls"
    path.write_text(text, encoding="utf-8")
    path.chmod(mode)
    return path


def test_channels_are_taken(tmp_path: Path) -> None:
    found = policy(
        tmp_path,
        f'[notices]\nurls = ["{MAIL}"]\noperators = ["{HOOK}"]\npeople.ada = ["{HOOK}/ada"]\npeople.mute = []\n',
    ).channels
    assert found == Channels(urls=(MAIL,), operators=(HOOK,), people={"ada": (f"{HOOK}/ada",), "mute": ()})
    assert found.any
    assert not policy(tmp_path, "").channels.any


def test_a_file_of_addresses_stands_beside_the_settings(tmp_path: Path) -> None:
    addresses(tmp_path, f"# whom we tell\n\n{MAIL}\n  ada {HOOK}/ada\nada {HOOK}/more\noperators {HOOK}\n")
    found = policy(tmp_path, f'[notices]\nurls_file = "urls"\nurls = ["{HOOK}"]\n').channels
    assert found.urls == (HOOK, MAIL)
    assert found.people == {"ada": (f"{HOOK}/ada", f"{HOOK}/more")}
    assert found.operators == (HOOK,)
    assert (found.file, found.remarks) == (str(tmp_path / "urls"), ())


@pytest.mark.parametrize("mode", [0o640, 0o604])
def test_others_should_not_read_passwords(tmp_path: Path, mode: int) -> None:
    path = addresses(tmp_path, MAIL, mode)
    (remark,) = policy(tmp_path, '[notices]\nurls_file = "urls"\n').channels.remarks
    assert remark == f"{path} holds passwords, and others can read it: chmod 600 {path}."


@pytest.mark.parametrize(
    ("text", "told"),
    [
        (f'urls = ["{SECRET}"]', 'notices.urls.0 = …: write an address of Apprise, like "mailto://'),
        (
            f'urls = ["nosuch://{SECRET}"]',
            "notices.urls.0 = nosuch://…: Apprise cannot use it: there is no kind nosuch",
        ),
        (f'urls = ["mailto://{SECRET}:99999999/"]', "notices.urls.0 = mailto://…: Apprise cannot use it"),
        ('urls = ["dbus://"]', "dbus reaches nobody but the engine's own machine"),
        (f'operators = ["{MAIL}"]', "{owner} stands for the owner of a lease"),
        (f'people.ada = ["x", "{SECRET}"]', "notices.people.ada.1 = …"),
        (f'url = "{MAIL}"', "notices.url = mailtos://…"),
        (f'"{MAIL}" = 1', "notices.mailtos://…"),
        (f'[access]\noperators = "{MAIL}"', "access.operators = mailtos://…"),
        (f'[policy]\n"{MAIL}" = "{MAIL}"', "policy.mailtos://…"),
    ],
)
def test_what_is_wrong_is_told_without_the_address(tmp_path: Path, text: str, told: str) -> None:
    assert told in "\n".join(problems(tmp_path, f"[notices]\n{text}\n"))


def test_no_table_but_an_address_is_veiled_too(tmp_path: Path) -> None:
    (told,) = problems(tmp_path, f'notices = "{MAIL}"\n')
    assert told.startswith("notices = mailtos://…")


@pytest.mark.parametrize(
    ("line", "told"),
    [
        (f"{SECRET}", "line 2: write an address of Apprise"),
        (f"ada {HOOK} {SECRET}", "line 2: write an address, or a name and an address."),
        (f"ada nosuch://{SECRET}", "line 2: Apprise cannot use it"),
    ],
)
def test_a_wrong_line_is_named_by_its_number(tmp_path: Path, line: str, told: str) -> None:
    addresses(tmp_path, f"{MAIL}\n{line}\n")
    (said,) = problems(tmp_path, '[notices]\nurls_file = "urls"\n')
    assert told in said


def test_a_file_that_is_none_is_told_and_hangs_nobody(tmp_path: Path) -> None:
    text = '[notices]\nurls_file = "urls"\n'
    assert "No such file" in problems(tmp_path, text)[0]
    os.mkfifo(tmp_path / "urls")
    assert "it is no plain file" in problems(tmp_path, text)[0]
    (tmp_path / "urls").unlink()
    (tmp_path / "urls").write_bytes(b"\xff")
    assert "not UTF-8" in problems(tmp_path, text)[0]
    (tmp_path / "urls").write_text("#" * 1024 * 1024 + "#", encoding="utf-8")
    assert "more than 1048576 bytes" in problems(tmp_path, text)[0]


def test_the_calendar(tmp_path: Path) -> None:
    found = policy(
        tmp_path,
        '[calendar]\ntime_zone = "Europe/Berlin"\nweekend = ["sat", "sun"]\nholidays = "DE-BY"\ndates = [2026-12-24]\n',
    ).calendar
    assert (found.time_zone, found.country, found.dates) == ("Europe/Berlin", "DE-BY", frozenset({date(2026, 12, 24)}))
    assert found.weekend == {5, 6}
    assert not policy(tmp_path, "").calendar.weekend


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ('time_zone = "Middle/Earth"', 'write the name of a time zone, like "Europe/Berlin".'),
        ('time_zone = "../../etc/passwd"', 'write the name of a time zone, like "Europe/Berlin".'),
        ('holidays = "XX"', "write the code of a country"),
        ('holidays = "DE-XX"', "write the code of a country"),
        ('weekend = ["saturday"]', "calendar.weekend.0 = 'saturday'"),
        ('weekend = ["mon", "tue", "wed", "thu", "fri", "sat", "sun"]', "calendar.weekend"),
        ('dates = ["2026-12-24"]', "write a day without quotes, like 2026-12-24."),
    ],
)
def test_a_calendar_that_is_none(tmp_path: Path, text: str, told: str) -> None:
    assert told in "\n".join(problems(tmp_path, f"[calendar]\n{text}\n"))
