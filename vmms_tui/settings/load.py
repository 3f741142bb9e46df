"""Reads the settings."""

import getpass
import re
import socket
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import msgspec
from pydantic import ValidationError

from vmms_tui.model.records import changed
from vmms_tui.model.spec import Policy, PoolSpec
from vmms_tui.settings import paths as places
from vmms_tui.settings.paths import Paths
from vmms_tui.settings.problems import Problem, SettingsProblems, from_pydantic, shown
from vmms_tui.settings.reading import TooLong, Unreadable, read_text, read_toml
from vmms_tui.settings.schema import LONGEST_SCRIPT, TOO_LONG, File, known_keys
from vmms_tui.settings.telling import take_in_addresses

SIMULATED = "simulated"
"""The name of the cloud that is none."""


class Settings(msgspec.Struct, frozen=True, kw_only=True):
    """What holds for one installation."""

    cloud: str
    """Name in `clouds.yaml`, or `simulated`."""
    installation: str
    """Tag of everything that is ours in the cloud."""
    pools: tuple[PoolSpec, ...]
    policy: Policy
    paths: Paths


def load(path: Path | None, environ: Mapping[str, str], *, simulated: bool = False) -> Settings:
    """Read the file at `path`, or where `VMMS_CONFIG` or XDG say; `VMMS_CLOUD` goes before its `cloud`.

    With `simulated` the cloud is the simulated one, whatever file and variables say, and without a file the settings
    are the packaged example's.

    Raises:
        SettingsProblems: with everything that is wrong.
    """
    found = places.find(path, environ, simulated=simulated)
    raw = read_toml(found.config)
    cloud = SIMULATED if simulated else environ.get("VMMS_CLOUD")
    if cloud:
        raw["cloud"] = cloud
    problems = _take_in_scripts(found.config, raw)
    wrong_addresses, remarks = take_in_addresses(found.config, raw)
    problems += wrong_addresses
    try:
        file = File.model_validate(raw)
    except ValidationError as error:
        problems += from_pydantic(found.config, error.errors(include_url=False), known_keys())
        raise SettingsProblems(problems) from None
    if problems:
        raise SettingsProblems(problems)
    return Settings(
        cloud=file.cloud,
        installation=file.installation or _own_name(),
        pools=tuple(table.spec(name) for name, table in file.pools.items()),
        policy=changed(file.whole_policy(), channels=file.notices.channels(found.config, remarks)),
        paths=found,
    )


def _take_in_scripts(path: Path, raw: dict[str, Any]) -> list[Problem]:
    """Put the text of each `setup_script_file`, which lies relative to the settings, where the script belongs."""
    problems: list[Problem] = []
    pools = raw.get("pools")
    for name, pool in pools.items() if isinstance(pools, dict) else ():
        named = pool.get("setup_script_file") if isinstance(pool, dict) else None
        if not isinstance(named, str) or not named or pool.get("setup_script"):
            continue
        key = f"pools.{name}.setup_script_file"
        try:
            text = read_text(path.parent / named, LONGEST_SCRIPT)
        except FileNotFoundError as error:
            problems.append(Problem(str(path), key, shown(named), f"the file cannot be read ({error.strerror})."))
            continue
        except TooLong:
            problems.append(Problem(str(path), key, shown(named), TOO_LONG))
            continue
        except Unreadable as problem:
            problems.append(Problem(str(path), key, shown(named), f"the file cannot be used: {problem}."))
            continue
        pool["setup_script"] = text
        del pool["setup_script_file"]
    return problems


def _own_name() -> str:
    """This user on this machine, as a tag."""
    name = re.sub(r"[^a-z0-9]+", "-", f"{socket.gethostname()}-{getpass.getuser()}".lower())
    return name.strip("-")[:32].strip("-") or "vmms"
