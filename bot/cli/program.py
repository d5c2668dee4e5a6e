"""The program: its commands, and the one place where errors become words, JSON and exit codes."""

from __future__ import annotations

import contextlib
import itertools
import json
import os
import sys
import traceback
from collections.abc import Sequence
from typing import Any, NoReturn

import click

from bot.cli.check.check import check
from bot.cli.db import db
from bot.cli.demo import demo
from bot.cli.generate.generate import generate
from bot.cli.jobs import jobs
from bot.cli.models.models import models
from bot.cli.operator_commands import COMMANDS as STEERING
from bot.cli.outcome import (
    DONE,
    FAILED,
    REFUSED,
    Complaint,
    ComplaintsError,
    StoppedError,
    usage_complaint,
)
from bot.cli.provenance import provenance
from bot.cli.run import run
from bot.cli.serve_apis import serve_apis
from bot.cli.status import status
from bot.config import ConfigurationError
from bot.domain.errors import SetupError
from bot.ui import terminal, usage
from bot.ui.messages.operator import setup_problems


class Program(click.Group):
    """A group whose every ending is an exit code of docs/command-line.md, never a traceback."""

    def main(
        self,
        args: Sequence[str] | None = None,
        prog_name: str | None = None,
        complete_var: str | None = None,
        standalone_mode: bool = False,
        windows_expand_args: bool = True,
        **extra: Any,
    ) -> NoReturn:
        """Run and exit; every ending is ours, so `standalone_mode` has no meaning."""
        arguments = list(sys.argv[1:] if args is None else args)
        flags = itertools.takewhile(lambda argument: argument != "--", arguments)
        extra |= {"complete_var": complete_var, "windows_expand_args": windows_expand_args}
        try:
            code = self._run(arguments, prog_name, extra, as_json="--json" in flags)
        except BrokenPipeError:
            # The reader of stdout is gone; Python would complain again while closing it.
            os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
            code = FAILED
        sys.exit(code)

    def _run(
        self, arguments: list[str], name: str | None, extra: dict[str, Any], *, as_json: bool
    ) -> int:
        try:
            return super().main(arguments, name, standalone_mode=False, **extra) or DONE
        except ComplaintsError as error:
            return _refuse(error.complaints, as_json=as_json)
        except StoppedError as error:
            return _stop(error.kind, str(error), error.code, as_json=as_json)
        except click.UsageError as error:
            complaint = usage_complaint(error)
            if not as_json:
                error.show()
                return REFUSED
            if complaint is not None:
                return _refuse([complaint], as_json=True)
            return _stop("usage", error.format_message(), REFUSED, as_json=True)
        except ConfigurationError as error:
            return _stop("configuration", setup_problems.setup(error), REFUSED, as_json=as_json)
        except SetupError as error:
            return _stop("setup", setup_problems.setup(error), FAILED, as_json=as_json)
        except click.Abort:
            return _stop("interrupted", str(terminal.INTERRUPTED), FAILED, as_json=as_json)
        except BrokenPipeError:
            raise
        except Exception as error:
            # A mistake of Easel's own: the traceback is for its report, which others may read.
            from bot.logs import Redactor

            click.echo(Redactor().redact(traceback.format_exc()), err=True)
            return _stop("internal", terminal.internal(error), FAILED, as_json=as_json)


def _refuse(complaints: Sequence[Complaint], *, as_json: bool) -> int:
    if as_json:
        click.echo(json.dumps({"violations": [complaint.to_dict() for complaint in complaints]}))
    else:
        for complaint in complaints:
            click.echo(terminal.problem(complaint.field, complaint.message), err=True)
    return REFUSED


def _stop(kind: str, message: str, code: int, *, as_json: bool) -> int:
    if as_json:
        click.echo(json.dumps({"error": {"class": kind, "message": message}}))
    else:
        click.echo(message, err=True)
    return code


@click.group(
    cls=Program,
    help=str(usage.PROGRAM_HELP),
    context_settings={"help_option_names": ["-h", "--help"]},
)
@click.version_option(package_name="easel", message="%(prog)s %(version)s")
def easel() -> None:
    for stream in (sys.stdout, sys.stderr):
        # A prompt or a file name may hold what the terminal's encoding cannot show.
        with contextlib.suppress(AttributeError):
            stream.reconfigure(errors="backslashreplace")  # pyright: ignore[reportAttributeAccessIssue]


_OWN = (run, demo, check, models, generate, serve_apis, db, provenance, jobs, status)
for _command in (*_OWN, *STEERING):
    easel.add_command(_command)
