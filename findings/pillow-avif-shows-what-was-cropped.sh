#!/bin/sh
# Pillow 13.0.0: a picture in an AVIF may say how it is turned (`irot`), mirrored (`imir`) and
# cropped (`clap`). Pillow makes an orientation of the first two and drops the third without a word:
# it returns the pixels that the owner of the picture cut off, and nothing in `info` tells of it.
#
# Seen:
#   AVIF, turned: stored as (96, 64), orientation 6
#   AVIF, cropped to its right half: (96, 64), leftmost pixel red, told by: nothing
set -eu
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"

python3 -m venv env && env/bin/python -m pip install --quiet 'pillow==13.0.0'
cat >look.py <<'EOP'
import io
import struct

from PIL import Image

# Width, height, and how far the middle lies from the picture's: as fractions.
RIGHT_HALF = b"clap", struct.pack(">IIIIiIiI", 48, 1, 64, 1, 24, 1, 0, 1)
TURNED = b"irot", b"\3"


def saved():
    """Save a picture that is red on the left and blue on the right."""
    image = Image.new("RGB", (96, 64), "red")
    image.paste("blue", (48, 0, 96, 64))
    file = io.BytesIO()
    image.save(file, "AVIF", quality=95)
    return file.getvalue()


def boxes(data, at, end):
    while at < end:
        size, kind = struct.unpack_from(">I4s", data, at)
        yield kind, data[at + 8 : at + size]
        at += size


def box(kind, payload):
    return struct.pack(">I", 8 + len(payload)) + kind + payload


def described(data, kind, payload):
    """Add a property to the only item of a file whose `meta` box stands before its `mdat`."""
    top = dict(boxes(data, 0, len(data)))
    meta = dict(boxes(top[b"meta"], 4, len(top[b"meta"])))
    inner = dict(boxes(meta[b"iprp"], 0, len(meta[b"iprp"])))
    known = len(list(boxes(inner[b"ipco"], 0, len(inner[b"ipco"]))))
    links = bytearray(inner[b"ipma"] + bytes([0x80 | known + 1]))
    links[10] += 1
    inner |= {b"ipco": inner[b"ipco"] + box(kind, payload), b"ipma": bytes(links)}
    properties = b"".join(box(*each) for each in inner.items())
    longer = len(properties) - len(meta[b"iprp"])
    places = bytearray(meta[b"iloc"])
    (start,) = struct.unpack_from(">I", places, 14)
    struct.pack_into(">I", places, 14, start + longer)
    meta |= {b"iprp": properties, b"iloc": bytes(places)}
    top[b"meta"] = top[b"meta"][:4] + b"".join(box(*each) for each in meta.items())
    return b"".join(box(*each) for each in top.items())


def opened(change):
    return Image.open(io.BytesIO(described(saved(), *change)))


def leftmost(image):
    red, _, blue = image.convert("RGB").getpixel((4, 32))
    return "red" if red > blue else "blue"


turned = opened(TURNED)
print(f"AVIF, turned: stored as {turned.size}, orientation {turned.getexif()[0x0112]}")
plain = Image.open(io.BytesIO(saved()))
avif = opened(RIGHT_HALF)
told = "nothing" if (avif.info, avif.getexif()) == (plain.info, plain.getexif()) else avif.info
print(f"AVIF, cropped to its right half: {avif.size}, leftmost pixel {leftmost(avif)},", end=" ")
print("told by:", told)
EOP
env/bin/python look.py | tee seen.txt
diff - seen.txt <<'EOS'
AVIF, turned: stored as (96, 64), orientation 6
AVIF, cropped to its right half: (96, 64), leftmost pixel red, told by: nothing
EOS
