#!/bin/sh
# Pillow 13.0.0: what a file says of its colours in CICP numbers (ITU-T H.273) is dropped without a
# word. A PNG's cICP chunk and an AVIF's nclx box both leave nothing in `info`, and `convert("RGB")`
# hands the pixels of Display P3 on as if they were sRGB's. The green below is (30, 200, 60) in sRGB,
# which is what browsers show.
#
# Seen:
#   PNG, cICP 12/13: (94, 197, 80) []
#   AVIF, nclx 12/13: (94, 197, 80) []
set -eu
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"

python3 -m venv env && env/bin/python -m pip install --quiet 'pillow==13.0.0'
cat >look.py <<'EOP'
import io
import struct
import zlib

from PIL import Image

GREEN_IN_P3 = (94, 197, 80)


def saved(kind, **options):
    file = io.BytesIO()
    Image.new("RGB", (16, 16), GREEN_IN_P3).save(file, kind, **options)
    return file.getvalue()


def with_cicp(png):
    """Put cICP behind IHDR: Display P3, sRGB's curve, RGB, full range."""
    payload = b"cICP" + bytes((12, 13, 0, 1))
    chunk = struct.pack(">I", 4) + payload + struct.pack(">I", zlib.crc32(payload))
    return png[:33] + chunk + png[33:]


def with_p3(avif):
    """Change the primaries in the box of colours, which is there already."""
    at = avif.index(b"colrnclx") + 8
    return avif[:at] + struct.pack(">HH", 12, 13) + avif[at + 4 :]


def told(name, data):
    image = Image.open(io.BytesIO(data))
    pixel = image.convert("RGB").getpixel((8, 8))
    near = all(abs(a - b) <= 2 for a, b in zip(pixel, GREEN_IN_P3))
    words = [key for key in image.info if "icc" in key or "cicp" in key.lower() or "nclx" in key]
    print(f"{name}:", GREEN_IN_P3 if near else pixel, words)


told("PNG, cICP 12/13", with_cicp(saved("PNG")))
told("AVIF, nclx 12/13", with_p3(saved("AVIF", quality=100, subsampling="4:4:4")))
EOP
env/bin/python look.py | tee seen.txt
diff - seen.txt <<'EOS'
PNG, cICP 12/13: (94, 197, 80) []
AVIF, nclx 12/13: (94, 197, 80) []
EOS
