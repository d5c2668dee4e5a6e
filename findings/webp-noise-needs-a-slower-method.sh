#!/bin/sh
# Pillow 13.0.0 with libwebp 1.6.0: a large picture of noise cannot be saved as lossy WebP by the fast
# methods 0 and 1 at a high quality, and the error is a bare number. It is the format's limit of
# 512 KiB for its first partition (the modes of blocks); slower methods write fewer bits there and
# stay below it. So the size of a picture alone does not tell whether it can be saved.
#
# Seen:
#   quality 95, method 0: encoding error 6
#   quality 95, method 2: saved
#   quality 70, method 0: saved
set -eu
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"

python3 -m venv env && env/bin/python -m pip install --quiet 'pillow==13.0.0'
cat >look.py <<'EOF'
import io
import random

from PIL import Image

noise = Image.frombytes("RGBA", (4096, 4096), random.Random(1).randbytes(4096 * 4096 * 4))
for quality, method in ((95, 0), (95, 2), (70, 0)):
    try:
        noise.save(io.BytesIO(), "WEBP", quality=quality, method=method)
        outcome = "saved"
    except ValueError as error:
        outcome = str(error)
    print(f"quality {quality}, method {method}: {outcome}", flush=True)
EOF
env/bin/python look.py | tee seen.txt
diff - seen.txt <<'EOF'
quality 95, method 0: encoding error 6
quality 95, method 2: saved
quality 70, method 0: saved
EOF
