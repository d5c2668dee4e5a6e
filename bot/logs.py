"""Logging to stderr, with secrets taken out of every line before it is written."""

from __future__ import annotations

import logging
import re
import sys
from collections.abc import Iterable

FORMAT = "%(asctime)s %(levelname)-7s %(name)s: %(message)s"

# Tokens in Discord's addresses, signed queries of its CDN and of result URLs, bearer keys, and
# inline pictures: whatever library wrote them into its message.
_PATTERNS = (
    (re.compile(r"(/(?:webhooks|interactions)/\d+/)[\w.-]+"), r"\1***"),
    (re.compile(r"(https?://[^\s?'\"<>]+)\?[^\s'\"<>)]+"), r"\1?***"),
    (re.compile(r"(?i)(bearer|bot)\s+[\w.~+/=-]{8,}"), r"\1 ***"),
    (re.compile(r"(data:image/[\w.+-]+;base64,)[A-Za-z0-9+/=]+"), r"\1***"),
)


class Redactor(logging.Formatter):
    """Formats a record, exceptions included, and removes known secrets and secret shapes."""

    def __init__(self, secrets: Iterable[str] = ()) -> None:
        super().__init__(FORMAT)
        self._secrets = [secret for secret in secrets if len(secret) >= 4]

    def format(self, record: logging.LogRecord) -> str:
        return self.redact(super().format(record))

    def redact(self, text: str) -> str:
        """Return the text with every secret replaced by `***`."""
        for secret in self._secrets:
            text = text.replace(secret, "***")
        for pattern, replacement in _PATTERNS:
            text = pattern.sub(replacement, text)
        return text


def configure(secrets: Iterable[str]) -> None:
    """Log to stderr from INFO up; secrets are redacted wherever they turn up."""
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(Redactor(secrets))
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(logging.INFO)
    # At DEBUG discord.py writes whole request URLs (discord-platform.md section 2.5).
    for name in ("discord.http", "discord.webhook", "aiohttp.access"):
        logging.getLogger(name).setLevel(logging.WARNING)
