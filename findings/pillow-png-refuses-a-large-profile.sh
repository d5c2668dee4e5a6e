#!/bin/sh
# Pillow 13.0.0: PngImagePlugin.MAX_TEXT_CHUNK, a limit on text by its name, also limits the colour
# profile of a PNG (iCCP). With a profile of one byte more than 1 MiB, as profiles with large tables
# are, Pillow writes the PNG but cannot open it again. The other formats, and LOAD_TRUNCATED_IMAGES,
# which leaves the profile out, open it.
#
# Seen:
#   1048576 bytes: PNG yes, JPEG yes, WEBP yes, TIFF yes
#   1048577 bytes: PNG no, JPEG yes, WEBP yes, TIFF yes
#   ValueError: Decompressed data too large for PngImagePlugin.MAX_TEXT_CHUNK
set -eu
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"

python3 -m venv env && env/bin/python -m pip install --quiet 'pillow==13.0.0'
cat >look.py <<'EOP'
import io

from PIL import Image, ImageCms

SRGB = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()


def profile(size):
    """Make a profile of sRGB as long as that: bytes that no tag names may follow the tags."""
    return size.to_bytes(4, "big") + SRGB[4:] + bytes(size - len(SRGB))


def opens(kind, size):
    file = io.BytesIO()
    Image.new("RGB", (4, 4)).save(file, kind, icc_profile=profile(size))
    file.seek(0)
    try:
        with Image.open(file) as image:
            image.load()
    except ValueError as error:
        errors.append(f"{type(error).__name__}: {error}")
        return "no"
    return "yes" if len(image.info["icc_profile"]) == size else "without it"


errors = []
for size in (1024**2, 1024**2 + 1):
    words = (f"{kind} {opens(kind, size)}" for kind in ("PNG", "JPEG", "WEBP", "TIFF"))
    print(f"{size} bytes:", ", ".join(words))
print(*errors, sep="\n")
EOP
env/bin/python look.py | tee seen.txt
diff - seen.txt <<'EOS'
1048576 bytes: PNG yes, JPEG yes, WEBP yes, TIFF yes
1048577 bytes: PNG no, JPEG yes, WEBP yes, TIFF yes
ValueError: Decompressed data too large for PngImagePlugin.MAX_TEXT_CHUNK
EOS
