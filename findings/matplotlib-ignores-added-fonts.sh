#!/bin/sh
# matplotlib 3.11.2: MPL_IGNORE_SYSTEM_FONTS, set to spare the search through the host's fonts, also
# hides every font that the program adds itself by `fontManager.addfont`: it is in the list, but
# `findfont` does not take it, and text in it is drawn in DejaVu Sans with a warning. The variable
# is read at each search, so it can be taken away once the library is loaded.
#
# Seen:
#   in the list: True
#   with the variable: DejaVuSans.ttf
#   without it: Ours.ttf
set -eu
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"

python3 -m venv env && env/bin/python -m pip install --quiet 'matplotlib==3.11.2'
cat >look.py <<'EOF'
import os
from pathlib import Path

import matplotlib
from fontTools.ttLib import TTFont
from matplotlib.font_manager import findfont, fontManager

font = TTFont(Path(matplotlib.get_data_path(), "fonts", "ttf", "DejaVuSans.ttf"))
for record in font["name"].names:
    if record.nameID in (1, 4, 6, 16):
        record.string = "Ours"
font.save("Ours.ttf")
fontManager.addfont("Ours.ttf")
print("in the list:", "Ours" in fontManager.get_font_names())
print("with the variable:", Path(findfont("Ours")).name)
del os.environ["MPL_IGNORE_SYSTEM_FONTS"]
print("without it:", Path(findfont("Ours")).name)
EOF
MPLCONFIGDIR="$folder" MPL_IGNORE_SYSTEM_FONTS=1 env/bin/python look.py 2>warnings.txt | tee seen.txt
diff - seen.txt <<'EOF'
in the list: True
with the variable: DejaVuSans.ttf
without it: Ours.ttf
EOF
grep -q "Falling back to DejaVu Sans" warnings.txt
