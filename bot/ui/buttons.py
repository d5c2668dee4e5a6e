"""The custom ids of persistent buttons: opaque job ids that grant nothing by themselves.

One template per kind of button; `cogs/actions.py` answers the presses.
"""

from __future__ import annotations

import re

_JOB = r"(?P<job>[0-9A-HJKMNP-TV-Z]{13})"

CANCEL = re.compile(rf"e1:cancel:{_JOB}")

TEMPLATES = (CANCEL,)


def cancel_id(job_id: str) -> str:
    """Return the custom id of a ticket's Cancel or Stop button."""
    return f"e1:cancel:{job_id}"
