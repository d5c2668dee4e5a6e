"""The custom ids of persistent buttons: opaque job ids that grant nothing by themselves.

One template per kind of button; the classes in `cogs` answer the presses.
"""

from __future__ import annotations

import re

_JOB = r"(?P<job>[0-9A-HJKMNP-TV-Z]{13})"

_DRAFT = r"(?P<draft>[0-9A-HJKMNP-TV-Z]{13})"
_NUMBER = r"(?P<number>[1-9][0-9]?)"
_ID = r"[0-9]{1,20}"

# On tickets and on word of a failure.
CANCEL = re.compile(rf"e1:cancel:{_JOB}")
REFRESH = re.compile(rf"e1:refresh:{_JOB}")
WHY = re.compile(rf"e1:why:{_JOB}")
RETRY = re.compile(rf"e1:retry:{_JOB}")
# On results.
EDIT = re.compile(rf"e1:edit:{_JOB}")
AGAIN = re.compile(rf"e1:again:{_JOB}")
DETAILS = re.compile(rf"e1:details:{_JOB}")
REMOVE = re.compile(rf"e1:remove:{_JOB}")
REMOVE_SURE = re.compile(rf"e1:gone:{_JOB}")
# On the card of details.
USE = re.compile(rf"e1:use:{_JOB}:{_NUMBER}")
REPORT = re.compile(rf"e1:report:{_JOB}")
# On refusals, the basket, and the list of requests.
FIX = re.compile(rf"d1:fix:{_DRAFT}")
WHY_REFUSED = re.compile(rf"d1:why:{_DRAFT}")
PICK = re.compile(rf"s1:pick:(?P<message>{_ID})")
CLEAR_ID = "u1:clear"
CLEAR = re.compile(CLEAR_ID)
SHOW = re.compile(rf"e1:show:{_JOB}")
SHARE = re.compile(rf"e1:share:{_JOB}")
DISCARD = re.compile(rf"e1:discard:{_JOB}")
CHOOSE_ID = "s1:jobs"
CHOOSE = re.compile(CHOOSE_ID)

TEMPLATES = (
    CANCEL,
    REFRESH,
    WHY,
    RETRY,
    EDIT,
    AGAIN,
    DETAILS,
    REMOVE,
    REMOVE_SURE,
    USE,
    REPORT,
    FIX,
    WHY_REFUSED,
    PICK,
    CLEAR,
    SHOW,
    SHARE,
    DISCARD,
    CHOOSE,
)

# Forms. `opened` is the interaction that opened it: a form sent twice is one wish.
EDIT_FORM = re.compile(rf"e1:edit:(?P<channel>{_ID}):(?P<message>{_ID})(?::i(?P<opened>{_ID}))?")
KEPT_FORM = re.compile(rf"d1:edit:{_DRAFT}")
FIX_FORM = re.compile(rf"d1:fix:{_DRAFT}")
BLEND_FORM = re.compile(rf"e1:blend:i(?P<opened>{_ID})")
REPORT_FORM = re.compile(rf"e1:report:(?P<channel>{_ID}):(?P<message>{_ID})")


def job_button(action: str, job_id: str, number: int | None = None) -> str:
    """Return the custom id of a button about a job, or about one of its pictures."""
    return f"e1:{action}:{job_id}" if number is None else f"e1:{action}:{job_id}:{number}"


def draft_button(action: str, draft_id: str) -> str:
    """Return the custom id of a button or a form about a kept draft."""
    return f"d1:{action}:{draft_id}"


def edit_form(channel_id: int, message_id: int, opened: int) -> str:
    """Return the custom id of the form that edits a message's pictures."""
    return f"e1:edit:{channel_id}:{message_id}:i{opened}"


def report_form(channel_id: int, message_id: int) -> str:
    """Return the custom id of the form that reports a message."""
    return f"e1:report:{channel_id}:{message_id}"


def pick(message_id: int) -> str:
    """Return the custom id of the choice of pictures for a member's message."""
    return f"s1:pick:{message_id}"


def blend_form(opened: int) -> str:
    """Return the custom id of the form that blends pictures."""
    return f"e1:blend:i{opened}"
