"""The shell completes commands and options, as docs/command-line.md says it is set up."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest


def test_bash_completes_commands_and_options(tmp_path: Path) -> None:
    bash = shutil.which("bash")
    if bash is None:
        pytest.skip("bash is not there")
    script = """
eval "$(_EASEL_COMPLETE=bash_source easel)"
complete -p easel
COMPREPLY=()
COMP_WORDS=(easel stat) COMP_CWORD=1; _easel_completion easel; echo "${COMPREPLY[@]}"
COMPREPLY=()
COMP_WORDS=(easel db rest) COMP_CWORD=2; _easel_completion easel; echo "${COMPREPLY[@]}"
COMPREPLY=()
COMP_WORDS=(easel jobs --st) COMP_CWORD=2; _easel_completion easel; echo "${COMPREPLY[@]}"
"""
    easel = tmp_path / "easel"
    easel.write_text(
        f"#!/bin/sh\nexec {sys.executable} -c \"import sys; sys.argv[0] = 'easel'; "
        'from bot.cli.program import easel; easel()" "$@"\n'
    )
    easel.chmod(0o755)
    environment = os.environ | {"PATH": f"{tmp_path}:{os.environ['PATH']}"}
    done = subprocess.run(
        [bash, "--norc", "-c", script],
        cwd=Path(__file__).parents[2],
        env=environment,
        capture_output=True,
        text=True,
    )
    assert done.stdout.splitlines()[1:] == ["status", "restored", "--stuck"], done.stderr
