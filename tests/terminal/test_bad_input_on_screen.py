"""What people and clouds get wrong, on the screen: words, and the screen stays."""

import pytest

from tests.engine.test_bad_input import HOSTILE, POOL, closed_port
from tests.terminal.conftest import Installation, at_pools
from tests.unit.openstack_adapter.stub import clouds_yaml, hosted

pytestmark = pytest.mark.timeout(300)


def test_wrong_settings_end_it_before_the_screen(installation: Installation) -> None:
    file = installation.folder / "v.toml"
    file.write_text('cloud = ""\n' + POOL.replace("limit = 1", "limit = 0"))
    installation.words = ["--config", str(file)]
    screen = installation.screen(size=(200, 24))
    assert screen.ended() == 1
    lines = [line for line in screen.lines() if line]
    assert len(lines) == 2
    assert all(line.startswith(f"vmms: {file}: ") and line.endswith(".") for line in lines)
    assert b"\x1b[?1049h" not in screen.raw


@pytest.mark.parametrize(
    ("name", "url", "said"),
    [
        ("elsewhere", "http://127.0.0.1:1", "There is no cloud 'elsewhere'"),
        ("here", "", "no connection to"),
    ],
    ids=["unknown cloud", "nobody answers"],
)
def test_without_a_cloud_the_screen_says_so_and_stays(
    name: str, url: str, said: str, installation: Installation
) -> None:
    on_a_cloud(installation, name)
    clouds_yaml(installation.folder, url or f"http://127.0.0.1:{closed_port()}")
    screen = installation.screen()
    screen.see("cloud away!", "Needs you now (1)", "unreachable for")
    screen.press("3")
    screen.see("3*Leases", "Cloud unreachable", said, "Nobody has a server")
    screen.press("q")
    assert screen.ended() == 0
    assert b"Traceback" not in screen.raw


def test_a_simulated_cloud_that_cannot_be_read_is_away_and_what_the_store_holds_is_shown(
    furnished: Installation,
) -> None:
    file = furnished.state / "cloud.json"
    file.write_bytes(b"{")
    screen = furnished.screen(size=(160, 24))
    screen.see("cloud away!", "holds no simulated cloud")
    screen.press("3")
    screen.see("3*Leases", "lease-00001")
    assert file.read_bytes() == b"{"
    screen.press("q")
    assert b"Traceback" not in screen.raw


def test_a_wrong_password_on_the_screen(installation: Installation) -> None:
    on_a_cloud(installation, "here")
    with hosted() as host:
        clouds_yaml(installation.folder, host.stub.url, password="not this one")
        screen = installation.screen(size=(160, 24))
        screen.see("cloud away!", "the cloud refused the log-in as 'ada' in project 'lab'")
        screen.press("q")
        assert screen.ended() == 0
    assert b"not this one" not in screen.raw


def on_a_cloud(installation: Installation, name: str) -> None:
    """Settings that name a cloud, and where its clouds.yaml is looked for."""
    file = installation.folder / "v.toml"
    file.write_text(f'cloud = "{name}"\ninstallation = "test"\n{POOL}')
    installation.words = ["--config", str(file)]
    installation.environ["OS_CLIENT_CONFIG_FILE"] = str(installation.folder / "clouds.yaml")


def test_the_form_takes_no_nonsense_and_names_are_data(furnished: Installation) -> None:
    screen = furnished.screen()
    at_pools(screen)
    screen.match(r"debian-dev +(READY|FILLING) +[1-9]/6")
    screen.press("n")
    screen.see("New request", "What you will get")
    screen.tab_to(r"^ Size {8}")
    screen.press("0")
    screen.see("! 0 is no size", "Mend the fields marked with ! first.")
    screen.press("backspace")
    screen.see_no("0 is no size")
    screen.tab_to(r"^ For {9}")
    screen.press("ctrl+u")
    screen.see("Say how long")
    screen.press(*"-3h")
    screen.see("! -3h is no time to come")
    screen.press("ctrl+u")
    screen.see("Say how long")
    screen.press(*"8h")
    screen.see("same as vmms request")
    screen.tab_to(r"^ Importance {2}")
    screen.press("1", "1")
    screen.see("! Importance is a whole")
    screen.press("ctrl+n")
    screen.see("Importance is a whole number from 0 to 10.", "New request")
    screen.press("backspace")
    screen.see("--importance 1")
    screen.tab_to(r"^ Note {8}")
    screen.press("[red]漢字[/red]")
    screen.see("'[red]漢字[/red]'")
    screen.press("ctrl+n")
    screen.see(" is yours until ")
    notes = [lease["note"] for lease in furnished.leases().values()]
    assert sorted(notes) == ["[red]漢字[/red]", "kept"]

    asked = furnished.run("request", "--purpose", "development", "--note", HOSTILE, "--owner", HOSTILE, "--wait")
    assert asked.returncode == 0, asked
    screen.press("escape")
    screen.see("3*Leases", "“[red]漢字[/red]”", "lease-00003")
    screen.press("G")
    screen.see("]0;pwned", "漢字", "[/red]")
    assert b"\x1b]0;pwned" not in screen.raw
    assert "\x9b".encode() not in screen.raw
    assert "\u202e".encode() not in screen.raw
