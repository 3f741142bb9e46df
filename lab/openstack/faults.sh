#!/usr/bin/env bash
# faults.sh [JSON]: what the fake hypervisors do wrong from now on; without JSON: nothing any more.
#   faults.sh '{"cmp1": {"spawn_fail": true}, "*": {"console_text": "VMMS-FAILED {name} status 1"}}'
# The keys stand in README.md.
set -euo pipefail
. "$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)/env.sh"
text=${1:-"{}"}
"$LAB_PYTHON" -c 'import json, sys; json.loads(sys.argv[1])' "$text"
printf '%s\n' "$text" > "$LAB/faults.json.new"
mv "$LAB/faults.json.new" "$LAB/faults.json"
