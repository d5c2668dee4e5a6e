"""The record of changes as a table for spreadsheets; knows no file and no Discord."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterable
from datetime import UTC, datetime

from bot.services.ports import AuditEntry
from bot.services.servers.statistics_csv import BYTE_ORDER_MARK, cell

# The newest so many: a file that opens on a phone.
MOST_ROWS = 5000
_COLUMNS = ("entry", "time", "by", "action", "about", "id", "old", "new", "reason", "undone by")


def record_csv(entries: Iterable[AuditEntry]) -> str:
    """Return changes as rows, times in UTC, old and new as JSON; `by` 0 is the operator."""
    out = io.StringIO()
    out.write(BYTE_ORDER_MARK)
    rows = csv.writer(out)
    rows.writerow(_COLUMNS)
    for entry in entries:
        rows.writerow(
            (
                entry.audit_id,
                datetime.fromtimestamp(entry.at, UTC).isoformat(),
                entry.actor_id,
                *map(cell, (entry.action, entry.subject_kind, entry.subject_id)),
                *(cell(_json(value)) for value in (entry.old, entry.new)),
                cell(entry.reason or ""),
                entry.undone_by or "",
            )
        )
    return out.getvalue()


def _json(value: object) -> str:
    return "" if value is None else json.dumps(value, ensure_ascii=False, sort_keys=True)
