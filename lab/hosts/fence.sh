#!/bin/sh
# For [hosts] of vmms.toml, with hosts of this lab in place of machines with an IPMI:
#   power = [".../fence.sh", "power", "{host}"]            0: off, 1: on, 2: nobody knows
#   peers = [".../fence.sh", "reach", "{peer}", "{address}"]
#   fence = [".../fence.sh", "off", "{host}"]              twice is as once
#   fence_proof = [".../fence.sh", "power", "{host}"]
cd "$(dirname "$0")/../.." || exit 2
python=.venv/bin/python
[ -x "$python" ] || python=python3
exec "$python" -m lab.hosts "$@"
