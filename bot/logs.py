"""Logging to stderr: for people or as JSON, with secrets taken out of every line.

A line says what happened and to what, in English, with ids and the reason; what a member reads
never stands in it. Every line about a job says which one. What fails because the database is away
is left out: `bot.services.operations.database_health` says when that begins and ends.
"""

from __future__ import annotations

import base64
import contextlib
import html
import json
import logging
import re
import sys
import threading
from collections.abc import Iterable, Mapping
from typing import Any, Literal
from urllib.parse import quote, quote_plus

from bot.domain.errors import StorageError
from bot.services.tasks.log_context import job_in_hand

log = logging.getLogger(__name__)

FORMAT = "%(asctime)s %(levelname)-7s %(name)s: %(message)s"

# Tokens in Discord's addresses, signed queries of its CDN and of result URLs, passwords in
# addresses, bearer keys, Discord's own tokens, values that are called secrets, and inline pictures:
# no matter which library wrote them into its message.
_PATTERNS = (
    (re.compile(r"(/(?:webhooks|interactions)/\d+/)[\w.-]+"), r"\1***"),
    (re.compile(r"(\w://[^\s:/@]*):[^\s/@]+@"), r"\1:***@"),
    (re.compile(r"(?i)(postgres[\w+]*://[^\s:/@]*):\S+@"), r"\1:***@"),
    (re.compile(r"((?:https?|wss?)://[^\s?'\"<>]+)\?[^\s'\"<>)]+"), r"\1?***"),
    (re.compile(r"(?i)([?&](?:hm|key|sig|signature|x-[\w-]+)=)[^\s&'\"<>)]+"), r"\1***"),
    (re.compile(r"(?i)(bearer|bot|basic)\s+[\w.~+/=-]{8,}"), r"\1 ***"),
    (re.compile(r"\b[\w-]{23,28}\.[\w-]{6,7}\.[\w-]{27,}"), "***"),
    (
        re.compile(
            r"(?i)((?:api[_-]?key|authorization|cookie|password|secret|token)"
            r"(?:\\?['\"]\s*,|\\?['\"]?\s*[:=]|%3d)\s*b?)"
            r"(?:(\\?['\"]).+?\2|[^\s'\"\\,;&)}\]]{8,})"
        ),
        r"\1***",
    ),
    (re.compile(r"(?i)(data:image/[\w.+-]+;base64,)[A-Z0-9+/=]+"), r"\1***"),
    (re.compile(r"[A-Za-z0-9+/=_-]{400,}"), "***"),
)
_SECRET_NAMES = re.compile(r"(?i)api[_-]?key|authorization|password|secret|token|cookie")
# A secret of so many characters is known by its beginning: others cut texts short, or wrap them.
_LONG, _BEGINNING = 20, 12
_WORD = r"[\w.~+/=%-]"
_BREAKS = " \t\r\n'\"+\0\u200b\u200c\u200d\ufeff"
_JOB = re.compile(r"\bjob ([0-9A-HJKMNP-TV-Z]{13})\b")


class Secrets:
    """Takes known secrets and the shapes of secrets out of texts and values."""

    def __init__(self, secrets: Iterable[str] = ()) -> None:
        plain = {secret.strip() for secret in secrets}
        spelled = {form for secret in plain if len(secret) >= 4 for form in _spellings(secret)}
        # One may be the beginning of another.
        ordered = sorted(spelled, key=len, reverse=True)
        long = [form for form in ordered if len(form) >= _LONG]
        found = [
            *(_torn(form) for form in long if form in plain),
            *map(re.escape, ordered),
            *(f"{_torn(form[:_BEGINNING])}{_WORD}*" for form in long if form in plain),
            *(f"{re.escape(form[:_BEGINNING])}{_WORD}*" for form in long),
        ]
        self._known = re.compile("|".join(found) or r"(?!)", re.IGNORECASE)

    def out_of(self, text: str) -> str:
        """Return the text with every secret replaced by `***`."""
        text = self._known.sub("***", text)
        for pattern, replacement in _PATTERNS:
            text = pattern.sub(replacement, text)
        return text

    def out_of_value(self, value: object) -> Any:
        """Return a value as JSON can hold it, however deeply the secrets lie."""
        if value is None or isinstance(value, bool | int | float):
            return value
        if isinstance(value, bytes | bytearray):
            return self.out_of(bytes(value).decode("utf-8", "backslashreplace"))
        if isinstance(value, Mapping):
            return {
                self.out_of(str(key)): "***"
                if _SECRET_NAMES.search(str(key))
                else self.out_of_value(inner)
                for key, inner in value.items()
            }
        if isinstance(value, list | tuple | set | frozenset):
            return [self.out_of_value(inner) for inner in value]
        return self.out_of(str(value))


def _spellings(secret: str) -> set[str]:
    """Return a secret as programs write it: plain, escaped, in an address, in Base64, in hex."""
    raw = secret.encode()
    forms = {
        secret,
        html.escape(secret),
        quote(secret, safe=""),
        quote_plus(secret),
        json.dumps(secret)[1:-1],
        json.dumps(json.dumps(secret))[3:-3],
        repr(secret)[1:-1],
        repr(raw)[2:-1],
        raw.hex(),
    }
    # Base64 of a text around it: three places where it may begin, without the ends, which others
    # share.
    for before in range(3):
        inside = base64.b64encode(bytes(before) + raw)[4 if before else 0 :]
        inside = inside[: len(inside) - (4 if (before + len(raw)) % 3 else 0)].decode()
        forms |= {form for form in (inside, _url_safe(inside)) if len(form) >= _BEGINNING}
    return forms


def _torn(text: str) -> str:
    """Return a pattern that finds a text also where lines, quotes or blanks break it."""
    # Without those of its own: what can be read in two ways takes forever.
    breaks = "".join(re.escape(one) for one in _BREAKS if one not in text)
    return rf"(?:\\+[nrt\"']|[{breaks}]){{0,12}}".join(map(re.escape, text))


def _url_safe(text: str) -> str:
    return text.replace("+", "-").replace("/", "_")


class Redactor(logging.Formatter):
    """Formats a record for people, exceptions included, and removes secrets."""

    def __init__(self, secrets: Iterable[str] = ()) -> None:
        super().__init__(FORMAT)
        self._secrets = Secrets(secrets)

    def format(self, record: logging.LogRecord) -> str:
        readable(record)
        job = job_of(record)
        text = super().format(record)
        if job is not None and job not in text:
            head, line, rest = text.partition("\n")
            text = f"{head} [job {job}]{line}{rest}"
        return self.redact(text)

    def redact(self, text: str) -> str:
        """Return the text with every secret replaced by `***`."""
        return self._secrets.out_of(text)


def readable(record: logging.LogRecord) -> None:
    """Fix a record whose arguments do not fit: logging itself would print them as they are."""
    try:
        record.getMessage()
    except Exception:
        try:
            record.msg, record.args = f"{record.msg!r} with {record.args!r}", ()
        except Exception as error:
            record.msg, record.args = f"a line that cannot be written ({type(error).__name__})", ()


def job_of(record: logging.LogRecord) -> str | None:
    """Return the job that a record is about: the one in hand, or the one that it names."""
    named = _JOB.search(record.getMessage())
    return named[1] if named else job_in_hand.get()


def json_formatter(secrets: Iterable[str] = ()) -> logging.Formatter:
    """Return a formatter that writes one JSON object in a line; `job` where it is about one."""
    # Imported here: it takes a third of a second, which only who wants JSON waits for.
    from structlog import processors, stdlib

    known = Secrets(secrets)

    def with_job(_: object, __: str, event: Any) -> Any:
        record: logging.LogRecord = event["_record"]
        if job := job_of(record):
            event["job"] = job
        return event

    def without_secrets(_: object, __: str, event: Any) -> Any:
        return {str(key): known.out_of_value(value) for key, value in event.items()}

    class Formatter(stdlib.ProcessorFormatter):
        def format(self, record: logging.LogRecord) -> str:
            readable(record)
            return super().format(record)

    return Formatter(
        foreign_pre_chain=[
            stdlib.add_log_level,
            stdlib.add_logger_name,
            processors.TimeStamper(fmt="iso", utc=True),
            with_job,
        ],
        processors=[
            stdlib.ProcessorFormatter.remove_processors_meta,
            processors.format_exc_info,
            without_secrets,
            processors.JSONRenderer(ensure_ascii=False),
        ],
    )


def says_something(record: logging.LogRecord) -> bool:
    """Leave out what failed because the database is away: that is told once, not by everybody."""
    error = record.exc_info[1] if record.exc_info else None
    arguments = record.args if isinstance(record.args, tuple) else ()
    return not any(_is_away(one) for one in (error, *arguments))


def _is_away(error: object) -> bool:
    if isinstance(error, BaseExceptionGroup):
        return all(_is_away(inner) for inner in error.exceptions)  # pyright: ignore[reportUnknownVariableType, reportUnknownMemberType]
    return isinstance(error, StorageError)


def configure(
    secrets: Iterable[str], *, style: Literal["text", "json"] = "text", level: str = "info"
) -> None:
    """Log to stderr from a level up; secrets are redacted wherever they turn up."""
    handler = _Handler(sys.stderr)
    handler.setFormatter(json_formatter(secrets) if style == "json" else Redactor(secrets))
    handler.addFilter(says_something)
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(max(logging.INFO, number := logging.getLevelNamesMapping()[level.upper()]))
    # Below that libraries write whole addresses, events and statements (docs/spec/discord.md
    # section 2.5).
    for name in ("bot", "cogs"):
        logging.getLogger(name).setLevel(number)
    for name in ("discord.http", "discord.webhook", "aiohttp.access", "alembic.runtime.plugins"):
        logging.getLogger(name).setLevel(max(logging.WARNING, number))
    logging.captureWarnings(True)
    # Python itself would write these to stderr as they are.
    threading.excepthook = _thread_failed
    sys.unraisablehook = _unraisable


class _Handler(logging.StreamHandler[Any]):
    def handleError(self, record: logging.LogRecord) -> None:
        """Say less: logging's own complaint holds the message and its arguments as they are."""
        kind = getattr(sys.exc_info()[0], "__name__", "error")
        with contextlib.suppress(Exception):
            self.stream.write(
                self.format(
                    logging.LogRecord(
                        __name__,
                        logging.ERROR,
                        __file__,
                        0,
                        "a line of %s, %s:%d, could not be written (%s)",
                        (record.name, record.filename, record.lineno, kind),
                        None,
                    )
                )
                + self.terminator
            )
            self.flush()


def _thread_failed(arguments: threading.ExceptHookArgs) -> None:
    error = arguments.exc_value
    if error is not None and not isinstance(error, SystemExit):
        log.error("a thread ended with an error", exc_info=error)


def _unraisable(arguments: sys.UnraisableHookArgs) -> None:
    log.error(
        "%s: %r",
        arguments.err_msg or "an error could not be raised",
        arguments.object,
        exc_info=arguments.exc_value,
    )
