#!/bin/sh
# pip 26.0: with --require-hashes, a hash that stands in a constraints file does not count, although
# the exact version beside it does, and a project in requirements.txt without a hash of its own is
# refused. Later ones (26.3 here) install from the same two files.
#
# Seen:
#   pip 26.0: refused: Hashes are required in --require-hashes mode, but they are missing
#   pip 26.3: installed
set -eu
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"

python3 -m venv new && new/bin/python -m pip install --quiet 'pip==26.3'
python3 -m venv old && old/bin/python -m pip install --quiet 'pip==26.0'
new/bin/pip download --quiet --no-deps --only-binary :all: --dest files 'idna==3.10'
hash=$(new/bin/pip hash --algorithm sha256 files/idna-3.10-*.whl | tail -1)
echo 'idna==3.10' >requirements.txt
echo "idna==3.10 $hash" >constraints.txt

install() {
  "$1/bin/pip" install --no-index --find-links files --require-hashes \
    --requirement requirements.txt --constraint constraints.txt >"$1.txt" 2>&1
}

if install old; then echo "pip 26.0: installed"; exit 1; fi
grep -q "Hashes are required in --require-hashes mode, but they are missing" old.txt
echo "pip 26.0: refused: Hashes are required in --require-hashes mode, but they are missing"
install new
echo "pip 26.3: installed"
