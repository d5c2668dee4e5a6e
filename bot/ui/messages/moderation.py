"""What moderators read: `/moderate`, reports, the card of a member, requests for more."""

from __future__ import annotations

from bot.domain.errors import Objection, StaffError
from bot.domain.job import Job, JobState
from bot.services.ports import Block, Grant
from bot.ui.messages.words import moment, number, plural, relative_time

# --- the commands ---------------------------------------------------------------------------

MODERATE = "Help, stop and look after members' pictures"
GRANT = "Give a member extra credits"
REVOKE = "Take extra credits back"
RESET = "Let a member's quota begin anew"
BLOCK = "Keep a member from asking for pictures"
UNBLOCK = "Let a blocked member ask again"
QUEUE = "See what waits and runs in this server, and cancel it"
CANCEL = "Cancel a member's request"
REMOVE = "Remove a result for everyone"
PAUSE = "Make no new pictures in this server for now"
RESUME = "Make pictures in this server again"
HISTORY = "See what staff changed, and undo it"
OPTIONS = {
    "member": "Who; a user id works too",
    "credits": "How many",
    "expires": "When they end: 1 day, 1 week or a date; empty: never",
    "grant": "Which extra credits",
    "duration": "How long: 1 h, 1 day, 1 week or a date; empty: until you end it",
    "remove": "Take their newest results away as well",
    "job": "Which request",
    "picture": "Link to the result's message, or its id",
    "moderator": "Only what this person changed",
    "reason": "Why; it is kept in the history",
}
BLOCK_REASON = "Why; the member reads it, and it is kept in the history"
PAUSE_REASON = "Why; members read it when they ask"
HISTORY_MEMBER = "Only what was changed about this member"
REMOVE_CHOICES = {0: "Nothing", 3600: "The last hour", 86400: "The last day"}

# --- objections -----------------------------------------------------------------------------

_OBJECTIONS: dict[Objection, str] = {
    Objection.GRANT_UNKNOWN: "I do not know these extra credits. Please choose from the list.",
    Objection.GRANT_OVER: "These extra credits are over: used, ended or taken back.",
    Objection.BOT_MEMBER: "Bots make no pictures here, so there is nothing to decide about them.",
    Objection.BLOCK_YOURSELF: "You cannot block yourself.",
    Objection.UNBLOCK_YOURSELF: "You cannot end a block of your own.",
    Objection.BLOCK_OWNER: "The owner of the server cannot be blocked.",
    Objection.BLOCK_STAFF: "They are staff of this server like you. Only somebody above them can "
    "block them.",
    Objection.MEMBER_FORGOTTEN: "They deleted their data: nobody knows any more who it was.",
    Objection.BLOCKED_BY_OPERATOR: "The bot's operator blocked them. Only they can end that.",
    Objection.REASON_NEEDED: "Please give a reason: members read it when they ask.",
    Objection.JOB_UNKNOWN: "I do not know this request. Please choose from the list.",
    Objection.JOB_ENDED: "This request is stopped or finished already.",
    Objection.PICTURE_UNKNOWN: "This is not a result of mine in this server. Please give the link "
    "to its message.",
    Objection.PICTURE_PRIVATE: "This result was shown to its member alone: there is nothing to "
    "remove.",
    Objection.PICTURE_REMOVED: "This result was removed before.",
}


def objection(error: StaffError) -> str:
    """Return why a decision had no effect."""
    if error.objection is Objection.GRANT_BEYOND_BUDGET:
        left = error.values.get("left")
        count = plural(left if isinstance(left, int) else 0, "credit")
        return (
            f"The server's budget for a month has room for {count} more, counting what is granted."
        )
    return _OBJECTIONS[error.objection]


# --- answers --------------------------------------------------------------------------------

NOTHING_USED = "Nothing of their quota was used: there is nothing to reset."
NOT_BLOCKED = "Nothing keeps them from asking: they were not blocked."
NOT_PAUSED = "Pictures were not paused."
REMOVE_LEFT = "It counts as removed, but Discord does not let me delete a message. Please do it."
UNUSABLE_GRANT = "They are denied pictures by a limit now, so these help only when it is gone."
STOPPING = "It runs already: what is being drawn still comes, the rest is stopped."
REFUNDED = "Its credits went back to the member."


def withdrawn(count: int) -> str:
    """Return how many requests a block ended."""
    return f"{plural(count, 'request')} stopped; what had not begun is refunded."


def taken_away(count: int) -> str:
    """Return how many results a block takes away."""
    return f"{plural(count, 'result')} removed. The messages go one after the other."


def blocked(block: Block) -> str:
    """Return that somebody may not ask now."""
    until = f" until {moment(block.until)}" if block.until else ""
    where = "" if block.guild_id else " everywhere, by the bot's operator"
    return f"**Blocked**{until}{where}."


# --- queue ----------------------------------------------------------------------------------

QUEUE_EMPTY = "Nothing waits or runs in this server."
CANCEL_ONE = "Cancel"
REFRESH = "Refresh"
EARLIER = "◀"
LATER = "▶"
PRIVATE = "a private request"


def queue_title(count: int) -> str:
    """Return the first line of the queue."""
    return f"**{plural(count, 'request')} in this server**"


def queue_line(job: Job, prompt: str) -> str:
    """Return one request of the queue; `prompt` is harmless already."""
    since = relative_time(job.started_at or job.created_at)
    stands = f"🎨 started {since}" if job.state is JobState.RUNNING else f"⏳ asked {since}"
    if job.cancel_requested:
        stands = "⏹️ stopping"
    pictures = plural(job.request.count, "picture")
    return f"<@{job.user_id}> · {stands} · {pictures}\n-# {prompt}"


def queue_choice(job: Job, name: str, prompt: str) -> str:
    """Return a request as a suggestion names it, in plain text."""
    stands = "drawn" if job.state is JobState.RUNNING else "waits"
    return f"{name} · {stands} · {prompt}"


def grant_choice(grant: Grant, name: str) -> str:
    """Return a grant as a suggestion names it, in plain text."""
    left = f"{number(grant.left)} of {plural(grant.amount, 'credit')} left"
    return f"{name} · {left} · no. {grant.grant_id}"


# --- history --------------------------------------------------------------------------------

HISTORY_EXPORT = "All of it as a table, the newest 5,000 changes"
HISTORY_EXPORTED = "Every change, newest first; times are in UTC."
HISTORY_TITLE = "**What staff changed**"
HISTORY_EMPTY = "Nothing was changed."
OLDER = "Older"
NEWEST = "Newest"
UNDONE = "undone"

# --- the card of a member -------------------------------------------------------------------

GRANT_BUTTON = "Grant"
RESET_BUTTON = "Reset"
BLOCK_BUTTON = "Block"
UNBLOCK_BUTTON = "Unblock"

GRANT_TITLE = "Extra credits"
CREDITS = "How many credits?"
EXPIRES = "Until when?"
EXPIRES_HINT = "1 day, 1 week or 2030-12-24; empty: no end"
REASON = "Why?"
REASON_HINT = "Kept in the history"
BLOCK_TITLE = "Block"
DURATION = "For how long?"
DURATION_HINT = "1 h, 1 day, 1 week or 2030-12-24; empty: until you end it"
REMOVE_FIELD = "Take results away as well?"
REASON_SHOWN = "The member reads it"
CREDITS_UNREADABLE = "The number of credits must be a whole number from 1 to 100,000."

# --- reports --------------------------------------------------------------------------------

REPORT_REMOVE = "Remove"
REPORT_BLOCK = "Block 1 day"
REPORT_DISMISS = "Dismiss"
REPORT_REASON = "Reported picture"
REPORTED_BEFORE = "You reported this already. The moderators have it."


def report_subject(user_id: int) -> str:
    """Return whose picture was reported."""
    return f"The picture was asked for by <@{user_id}>."


def report_removed(actor_id: int) -> str:
    """Return what became of a report."""
    return f"✅ <@{actor_id}> removed the picture."


def report_removed_before(actor_id: int) -> str:
    """Return that there was nothing to remove any more."""
    return f"☑️ The picture was removed before; seen by <@{actor_id}>."


def report_blocked(actor_id: int, user_id: int, until: int) -> str:
    """Return that the picture's member was blocked over a report."""
    return f"✅ <@{actor_id}> blocked <@{user_id}> until {moment(until)}."


def report_blocked_before(actor_id: int, block: Block) -> str:
    """Return that the picture's member was blocked longer already."""
    return f"☑️ They were blocked before. {blocked(block)} Seen by <@{actor_id}>."


def report_dismissed(actor_id: int) -> str:
    """Return that a report asked for nothing."""
    return f"☑️ <@{actor_id}> dismissed it."


# --- asking for more ------------------------------------------------------------------------

MORE = "Ask for more"
MORE_SENT = "I told the moderators that you would like more."
MORE_BEFORE = "I told the moderators a while ago. Please give them time."
MORE_NOWHERE = "This server has named no channel for that. Please ask a moderator yourself."


def wants_more(user_id: int, left: int | None) -> str:
    """Return that a member asks for more, for the moderators."""
    have = "no limit" if left is None else f"{plural(left, 'credit')} left"
    return f"<@{user_id}> asks for more pictures: {have}."


def granted(actor_id: int, credits: int) -> str:
    """Return what became of it."""
    return f"✅ <@{actor_id}> gave {plural(credits, 'credit')}."


def declined(actor_id: int) -> str:
    """Return that a moderator did not give any."""
    return f"☑️ <@{actor_id}> has seen it."
