#!/bin/sh
# Python 3.11, tzdata 2026.6: `zoneinfo.available_timezones()` leaves `posixrules` out as no
# zone, but names two others that are none: `localtime`, which Debian puts beside the zones and which
# is whatever the host is set to, and `Factory`, the rule of IANA's data for "nobody has set it".
# A list that is offered to people needs both taken out.
#
# Seen:
#   Factory True
#   localtime True
#   posixrules False
set -eu
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"

python3 -m venv env && env/bin/python -m pip install --quiet 'tzdata==2026.6'
mkdir host
cat >look.py <<'EOF'
import shutil
import zoneinfo
from importlib.resources import files

for name in ("localtime", "posixrules"):
    shutil.copy(files("tzdata.zoneinfo") / "UTC", f"host/{name}")
names = zoneinfo.available_timezones()
for name in ("Factory", "localtime", "posixrules"):
    print(name, name in names)
EOF
PYTHONTZPATH="$folder/host" env/bin/python look.py | tee seen.txt
diff - seen.txt <<'EOF'
Factory True
localtime True
posixrules False
EOF
