#!/bin/sh
# Pillow 13.0.0, LittleCMS 2.19: `profileToProfile` to mode RGBA keeps the alpha of an RGBA picture
# and makes an RGB picture opaque. Gray of a gray profile turns invisible, without an error: alpha is
# 0 everywhere, and what a picture in mode LA had of its own is lost.
#
# Seen:
#   RGBA (90, 90, 90, 200) -> RGBA: alpha 200
#   RGB (90, 90, 90) -> RGBA: alpha 255
#   L 90 -> RGBA: alpha 0
#   LA (90, 200) -> RGBA: alpha 0
set -eu
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"

python3 -m venv env && env/bin/python -m pip install --quiet 'pillow==13.0.0'
cat >look.py <<'EOP'
import io
import struct

from PIL import Image, ImageCms


def gray_profile():
    """Make an ICC profile of gray with a gamma of 2.2."""
    d50 = struct.pack(">iii", 63190, 65536, 54061)
    tags = {
        b"wtpt": b"XYZ \0\0\0\0" + d50,
        b"kTRC": struct.pack(">4s4xIH2x", b"curv", 1, round(2.2 * 256)),
        b"desc": struct.pack(">4s4xI8s75x", b"desc", 5, b"gray"),
        b"cprt": b"text\0\0\0\0nobody\0\0",
    }
    table, values = struct.pack(">I", len(tags)), b""
    for name, value in tags.items():
        value += bytes(-len(value) % 4)
        start = 132 + 12 * len(tags) + len(values)
        table += struct.pack(">4sII", name, start, len(value))
        values += value
    size = 128 + len(table) + len(values)
    words = b"mntr", b"GRAY", b"XYZ ", b"acsp", d50
    return struct.pack(">I4xI4s4s4s12x4s28x12s48x", size, 0x02400000, *words) + table + values


SRGB = ImageCms.createProfile("sRGB")
GRAY = ImageCms.getOpenProfile(io.BytesIO(gray_profile()))
for mode, colour in (
    ("RGBA", (90, 90, 90, 200)),
    ("RGB", (90, 90, 90)),
    ("L", 90),
    ("LA", (90, 200)),
):
    source = SRGB if mode.startswith("RGB") else GRAY
    image = Image.new(mode, (4, 4), colour)
    result = ImageCms.profileToProfile(image, source, SRGB, outputMode="RGBA")
    print(f"{mode} {colour} -> RGBA: alpha", result.getpixel((0, 0))[3])
EOP
env/bin/python look.py | tee seen.txt
diff - seen.txt <<'EOS'
RGBA (90, 90, 90, 200) -> RGBA: alpha 200
RGB (90, 90, 90) -> RGBA: alpha 255
L 90 -> RGBA: alpha 0
LA (90, 200) -> RGBA: alpha 0
EOS
