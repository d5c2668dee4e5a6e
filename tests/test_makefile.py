"""What `make` says while it installs; Python and pip are scripts that answer at once."""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
MAKE = shutil.which("make")

pytestmark = pytest.mark.skipif(MAKE is None, reason="there is no make on this machine")

# `python -m venv DIR` copies itself there; `python -m pip` fails where a file says so.
PYTHON = """#!/bin/sh
case "$2" in
venv) mkdir -p "$3/bin"; cp "$0" "$3/bin/python"; touch "$3/bin/pip"; chmod +x "$3/bin/pip" ;;
pip)
    case "$*" in *" -qq "*) ;; *) echo "warning: a folder has the same name" >&2 ;; esac
    if [ -e broken ]; then echo "ERROR: no such package" >&2; exit 1; fi
    printf '#!/bin/sh\\necho "$@"\\n' > .venv/bin/easel; chmod +x .venv/bin/easel ;;
esac
"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    shutil.copy(ROOT / "Makefile", tmp_path)
    for name in ("requirements.lock", "pyproject.toml"):
        (tmp_path / name).touch()
    python = tmp_path / "python3"
    python.write_text(PYTHON)
    python.chmod(0o755)
    return tmp_path


def make(folder: Path, target: str) -> tuple[int, str, str]:
    # The tests may be run by a make, which would tell this one its options and arguments.
    told = ("MAKE", "MFLAGS", "ARGS")
    own = {name: text for name, text in os.environ.items() if not name.startswith(told)}
    ended = subprocess.run(
        ["make", target, f"PYTHON={folder}/python3"],
        cwd=folder,
        env=own,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    return ended.returncode, ended.stdout, ended.stderr


def test_the_first_run_says_that_it_installs_and_nothing_else(folder: Path) -> None:
    code, out, err = make(folder, "demo")
    assert (code, out) == (0, "demo\n")
    (line,) = err.splitlines()
    assert "Installing" in line
    assert "a minute" in line
    # The second run starts at once.
    assert make(folder, "demo") == (0, "demo\n", "")


def test_an_installation_that_fails_says_why_and_is_tried_again(folder: Path) -> None:
    (folder / "broken").touch()
    code, out, err = make(folder, "demo")
    assert (code, out) == (2, "")
    assert "ERROR: no such package" in err
    (folder / "broken").unlink()
    code, out, _ = make(folder, "demo")
    assert (code, out) == (0, "demo\n")
