"""The look that a user or an installation names: which goes before which, and one sentence for a name that is none."""

from pathlib import Path

import pytest
from click.testing import CliRunner

from tests.screens.driver import running
from vmms_tui.cli.options import Options
from vmms_tui.cli.personal import look, personal
from vmms_tui.cli.root import vmms
from vmms_tui.model.errors import Failed
from vmms_tui.settings import SettingsProblems, load
from vmms_tui.settings.personal import THEMES as NAMES
from vmms_tui.settings.personal import read_theme
from vmms_tui.settings.schema import ScreenTable
from vmms_tui.widgets.background import AUTO
from vmms_tui.widgets.themes import THEMES


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder of personal settings that is empty."""
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path))
    (tmp_path / "vmms").mkdir()
    return tmp_path / "vmms"


def test_every_look_has_one_name() -> None:
    assert (AUTO, *THEMES) == NAMES
    assert all(ScreenTable(theme=name).theme == name for name in NAMES)  # type: ignore[arg-type]  # it is one of them


def test_what_was_asked_for_goes_before_the_users_file_and_that_before_the_settings(home: Path) -> None:
    config = home / "installation.toml"
    options = Options(config=config)
    assert look(options) == ("auto", ())
    config.write_text('cloud = "simulated"\n[screen]\ntheme = "mono"\n')
    assert look(options) == ("mono", ())
    assert look(options, own=True) == ("auto", ())
    (home / "screen.toml").write_text('[screen]\ntheme = "light"\n')
    assert look(options) == ("light", ())
    assert look(options, own=True) == ("light", ())
    assert look(Options(config=config, theme="dark")) == ("dark", ())
    assert look(Options(config=config, theme="auto")) == ("auto", ())
    (home / "screen.toml").write_text('[screen]\ntheme = "auto"\n')
    assert look(options) == ("auto", ())


def test_the_option_and_its_variable_are_what_was_asked_for(monkeypatch: pytest.MonkeyPatch) -> None:
    seen: list[str] = []

    def shown(options: Options) -> int:
        seen.append(options.theme)
        return 0

    monkeypatch.setattr("vmms_tui.cli.screen.show_screen", shown)
    runner = CliRunner()
    for arguments, environ in (([], {}), (["--theme", "mono"], {}), ([], {"VMMS_THEME": "light"})):
        assert runner.invoke(vmms, arguments, env=environ).exit_code == 0
    assert seen == ["", "mono", "light"]
    assert "'pink' is not one of" in runner.invoke(vmms, ["--theme", "pink"]).output


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ('[screen]\ntheme = "lite"', "there is no theme 'lite'. Did you mean light?"),
        ('[screen]\ntheme = "pink"', "there is no theme 'pink'. There is auto, dark, light, terminal, mono."),
        ("[screen]\ntheme = 3", "there is no theme 3. There is auto, dark, light, terminal, mono."),
        ("[screen]\ntheme = []", "there is no theme []. There is auto, dark, light, terminal, mono."),
        ('screen = "light"', 'screen is a table. Write theme = "light" below [screen].'),
        ("[screen", "is not TOML"),
    ],
)
def test_what_is_no_look_is_one_sentence_and_is_done_without(home: Path, text: str, said: str) -> None:
    file = home / "screen.toml"
    file.write_text(text)
    with pytest.raises(Failed, match="screen"):
        read_theme(file)
    theme, problems = look(Options(config=home / "none.toml"))
    assert theme == "auto"
    assert [said in one and one.startswith(str(file)) for one in problems] == [True], problems


def test_settings_that_cannot_be_read_are_not_the_looks_trouble(home: Path) -> None:
    config = home / "installation.toml"
    config.write_text("[screen")
    assert look(Options(config=config)) == ("auto", ())
    config.write_text('[screen]\ntheme = "pink"')
    theme, problems = look(Options(config=config))
    assert (theme, len(problems)) == ("auto", 1)


def test_the_settings_say_what_is_wrong_with_their_look(tmp_path: Path) -> None:
    config = tmp_path / "vmms.toml"
    config.write_text('cloud = "simulated"\n[screen]\ntheme = "pink"\n')
    with pytest.raises(SettingsProblems) as wrong:
        load(config, {})
    assert "screen.theme" in str(wrong.value)
    assert "light" in str(wrong.value)
    config.write_text('cloud = "simulated"\n[screen]\ntheme = "light"\n')
    assert load(config, {}).pools == ()


async def test_a_name_that_is_none_is_told_on_the_screen(home: Path) -> None:
    (home / "screen.toml").write_text('[screen]\ntheme = "lite"')
    _, problems = look(Options(config=home / "none.toml"))
    async with running(personal=personal(problems), size=(120, 40)) as driver:
        assert "there is no theme 'lite'. Did you mean light?" in driver.screen_text().replace("\n   ", " ")
