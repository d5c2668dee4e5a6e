#!/bin/sh
# volcengine-python-sdk 5.0.54: the extra `ark`, which its users install (`volcengine-python-sdk[ark]`),
# does not exist any more. pip only warns, and then installs a package of each service of the cloud,
# for none of them is optional now. What Ark needs is one of them, `volcengine-ark-runtime`.
#
# Seen:
#   extras: none
#   required, whatever was asked for: more than 100 packages
#   volcengine-ark-runtime among them: yes
set -eu
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"

python3 -m venv env
env/bin/python -m pip install --quiet --no-deps 'volcengine-python-sdk==5.0.54'
env/bin/python - <<'EOP'
from importlib.metadata import metadata

said = metadata("volcengine-python-sdk")
extras = said.get_all("Provides-Extra") or []
required = [one for one in said.get_all("Requires-Dist") or [] if "extra ==" not in one]
many = len(required) > 100
found = any(one.startswith("volcengine-ark-runtime") for one in required)
print("extras:", ", ".join(extras) or "none")
print("required, whatever was asked for:", "more than 100 packages" if many else len(required))
print("volcengine-ark-runtime among them:", "yes" if found else "no")
raise SystemExit(not (many and found and not extras))
EOP
