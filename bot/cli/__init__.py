"""The command line (docs/command-line.md): one module per command; decides nothing."""

from __future__ import annotations

from typing import NoReturn


def main() -> NoReturn:
    """Run the command that the process was started with, and exit with its code."""
    # Imported here: picture workers import this package again and need nothing of it.
    from bot.ui import language

    # Before the commands: each says what it is for when it is declared.
    language.speak_as_the_shell()
    from bot.cli.program import easel

    easel.main()
