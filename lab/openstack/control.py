"""What tests do to the lab: its faults and its computes."""

import json
import os
import subprocess
from collections.abc import Mapping
from pathlib import Path

HERE = Path(__file__).parent
STATE = Path(os.environ.get("VMMS_LAB_DIR", "/var/tmp/vmms-lab"))
CLOUDS = STATE / "clouds.yaml"
"""clouds.yaml of the lab; it is there while the lab is up."""


def set_faults(faults: Mapping[str, Mapping[str, object]]) -> None:
    """Let the fake hypervisors fail from now on: by host name or `*`, the keys of README.md."""
    new = STATE / "faults.json.new"
    new.write_text(json.dumps(faults))
    new.replace(STATE / "faults.json")


def clear_faults() -> None:
    """Let everything work again."""
    set_faults({})


def compute(word: str, host: str) -> None:
    """`kill`, `stop`, `start`, `freeze` or `thaw` one compute. Raises CalledProcessError."""
    subprocess.run([HERE / "compute.sh", word, host], check=True, capture_output=True, timeout=60)
