#!/bin/sh
# Python 3.11, tzdata 2026.6: to pin the package tzdata does not pin time zones. `zoneinfo`
# asks the folders of the host first, name by name, and the package only for names that no folder
# has. So one process can follow two releases at once: here the host has a single file, with other
# rules than the package, and only that zone is off.
#
# Seen:
#   Europe/Berlin 9:00:00 (of the host)
#   Europe/Paris 1:00:00 (of the package)
#   Europe/Berlin from the package's own file: 1:00:00
set -eu
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"

python3 -m venv env && env/bin/python -m pip install --quiet 'tzdata==2026.6'
mkdir -p host/Europe
cat >look.py <<'EOF'
import shutil
from datetime import datetime
from importlib.resources import files
from zoneinfo import ZoneInfo

data = files("tzdata.zoneinfo")
shutil.copy(data / "Asia" / "Tokyo", "host/Europe/Berlin")
noon = datetime(2026, 1, 1, 12)
for name, whose in (("Europe/Berlin", "host"), ("Europe/Paris", "package")):
    print(name, noon.replace(tzinfo=ZoneInfo(name)).utcoffset(), f"(of the {whose})")
with (data / "Europe" / "Berlin").open("rb") as file:
    own = ZoneInfo.from_file(file)
print("Europe/Berlin from the package's own file:", noon.replace(tzinfo=own).utcoffset())
EOF
PYTHONTZPATH="$folder/host" env/bin/python look.py | tee seen.txt
diff - seen.txt <<'EOF'
Europe/Berlin 9:00:00 (of the host)
Europe/Paris 1:00:00 (of the package)
Europe/Berlin from the package's own file: 1:00:00
EOF
