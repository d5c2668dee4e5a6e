#!/bin/sh
# Pillow 13.0.0: a PNG names one colour as transparent by its stored value (tRNS). Pillow scales the
# pixels of 2- and 4-bit grey to 8 bits, but compares with the stored value: what the file shows as
# transparent is opaque after `convert("RGBA")`. With 8 bits, where nothing is scaled, it is right.
#
# Seen:
#   grey, 2 bits: (255, 255, 255, 255)
#   grey, 4 bits: (255, 255, 255, 255)
#   grey, 8 bits: (255, 255, 255, 0)
set -eu
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"

python3 -m venv env && env/bin/python -m pip install --quiet 'pillow==13.0.0'
cat >look.py <<'EOF'
import io
import struct
import zlib

from PIL import Image


def chunk(name, data):
    return struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data))


def white_and_transparent(bits):
    """Return one pixel of the highest value, which is the transparent one."""
    head = struct.pack(">IIBBBBB", 1, 1, bits, 0, 0, 0, 0)
    row = b"\0\xff"
    key = struct.pack(">H", 2**bits - 1)
    parts = (b"IHDR", head), (b"tRNS", key), (b"IDAT", zlib.compress(row)), (b"IEND", b"")
    return b"\x89PNG\r\n\x1a\n" + b"".join(chunk(*part) for part in parts)


for bits in (2, 4, 8):
    image = Image.open(io.BytesIO(white_and_transparent(bits)))
    print(f"grey, {bits} bits:", image.convert("RGBA").getpixel((0, 0)))
EOF
env/bin/python look.py | tee seen.txt
diff - seen.txt <<'EOF'
grey, 2 bits: (255, 255, 255, 255)
grey, 4 bits: (255, 255, 255, 255)
grey, 8 bits: (255, 255, 255, 0)
EOF
