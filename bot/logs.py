"""Logging to stderr: for people or as JSON, with secrets taken out of every line.

Every line about a job says which one. What fails because the database is away is left out:
`bot.services.vitals` says when that begins and ends.
"""

from __future__ import annotations

import json
import logging
import re
import sys
from collections.abc import Iterable, Mapping
from typing import Any, Literal
from urllib.parse import quote, quote_plus

from bot.domain.errors import StorageError
from bot.services.log_context import job_in_hand

FORMAT = "%(asctime)s %(levelname)-7s %(name)s: %(message)s"

# Tokens in Discord's addresses, signed queries of its CDN and of result URLs, passwords in
# addresses, bearer keys, Discord's own tokens, values that are called secrets, and inline pictures:
# whatever library wrote them into its message.
_PATTERNS = (
    (re.compile(r"(/(?:webhooks|interactions)/\d+/)[\w.-]+"), r"\1***"),
    (re.compile(r"(\w://[^\s:/@]*):[^\s/@]+@"), r"\1:***@"),
    (re.compile(r"(https?://[^\s?'\"<>]+)\?[^\s'\"<>)]+"), r"\1?***"),
    (re.compile(r"(?i)(bearer|bot|basic)\s+[\w.~+/=-]{8,}"), r"\1 ***"),
    (re.compile(r"\b[\w-]{23,28}\.[\w-]{6,7}\.[\w-]{27,}"), "***"),
    (
        re.compile(
            r"(?i)((?:api[_-]?key|authorization|password|secret|token)\\?['\"]?\s*[:=]\s*b?)"
            r"(?:(\\?['\"]).+?\2|[^\s'\"\\,;&)}\]]{8,})"
        ),
        r"\1***",
    ),
    (re.compile(r"(data:image/[\w.+-]+;base64,)[A-Za-z0-9+/=]+"), r"\1***"),
)
_SECRET_NAMES = re.compile(r"(?i)api[_-]?key|authorization|password|secret|token|cookie")
_JOB = re.compile(r"\bjob ([0-9A-HJKMNP-TV-Z]{13})\b")


class Secrets:
    """Takes known secrets and the shapes of secrets out of texts and values."""

    def __init__(self, secrets: Iterable[str] = ()) -> None:
        plain = {secret.strip() for secret in secrets}
        spelled = {
            form
            for secret in plain
            if len(secret) >= 4
            for form in (
                secret,
                quote(secret, safe=""),
                quote_plus(secret),
                json.dumps(secret)[1:-1],
                repr(secret)[1:-1],
                repr(secret.encode())[2:-1],
            )
        }
        # One may be the beginning of another.
        self._spelled = sorted(spelled, key=len, reverse=True)

    def out_of(self, text: str) -> str:
        """Return the text with every secret replaced by `***`."""
        for secret in self._spelled:
            text = text.replace(secret, "***")
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
    """Mend a record whose arguments do not fit: logging itself would print them as they are."""
    try:
        record.getMessage()
    except Exception:
        record.msg, record.args = f"{record.msg!r} with {record.args!r}", ()


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
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(json_formatter(secrets) if style == "json" else Redactor(secrets))
    handler.addFilter(says_something)
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(max(logging.INFO, number := logging.getLevelNamesMapping()[level.upper()]))
    # Below that libraries write whole addresses, events and statements (discord-platform.md 2.5).
    for name in ("bot", "cogs"):
        logging.getLogger(name).setLevel(number)
    for name in ("discord.http", "discord.webhook", "aiohttp.access"):
        logging.getLogger(name).setLevel(max(logging.WARNING, number))
    logging.captureWarnings(True)
