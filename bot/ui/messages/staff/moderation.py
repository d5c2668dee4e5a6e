"""What moderators read: `/moderate`, reports, the card of a member, requests for more."""

from __future__ import annotations

from bot.domain.errors import Objection, StaffError
from bot.domain.job import Job, JobState
from bot.domain.translatable import N_
from bot.services.ports import Block, Grant
from bot.ui.language import Phrase, _, pgettext
from bot.ui.messages.words import moment, number, plural, relative_time, sentences

# --- the commands ---------------------------------------------------------------------------

MODERATE = N_("Manage members' credits, requests and results")
GRANT = N_("Give a member extra credits")
REVOKE = N_("Take extra credits back")
RESET = N_("Reset a member's quota, as if nothing had been used")
BLOCK = N_("Block a member from asking for pictures")
UNBLOCK = N_("Let a blocked member ask for pictures again")
QUEUE = N_("See waiting and running requests in this server, and cancel them")
CANCEL = N_("Cancel a member's request")
REMOVE = N_("Remove a result for everyone")
PAUSE = N_("Stop taking new requests in this server for now")
RESUME = N_("Take requests in this server again")
HISTORY = N_("See what staff changed, and undo it")
OPTIONS = {
    "member": N_("Who; a user id works too"),
    "credits": N_("How many"),
    "expires": N_("When they end: 1 day, 1 week or a date; empty: never"),
    "grant": N_("Which extra credits"),
    "duration": N_("How long: 1 h, 1 day, 1 week or a date; empty: until you end it"),
    "remove": N_("Also remove their newest results"),
    "job": N_("Which request"),
    "picture": N_("Link to the result's message, or the message's id"),
    "moderator": N_("Only what this person changed"),
    "reason": N_("Why; it is kept in the history"),
}
BLOCK_REASON = N_("Why; the member sees it, and it is kept in the history")
PAUSE_REASON = N_("Why; members see it when they ask")
HISTORY_MEMBER = N_("Only what was changed about this member")
REMOVE_CHOICES = {0: N_("Nothing"), 3600: N_("The last hour"), 86400: N_("The last day")}
# The same in a form.
REMOVE_ANSWERS = {seconds: Phrase(english) for seconds, english in REMOVE_CHOICES.items()}

# --- objections -----------------------------------------------------------------------------

_OBJECTIONS: dict[Objection, Phrase] = {
    Objection.GRANT_UNKNOWN: Phrase(
        "I cannot find these extra credits. Please choose from the list."
    ),
    Objection.GRANT_OVER: Phrase(
        "These extra credits are gone: they were used, expired or taken back."
    ),
    Objection.BOT_MEMBER: Phrase(
        "This is a bot. Bots cannot make pictures, so there is nothing to set."
    ),
    Objection.BLOCK_YOURSELF: Phrase("You cannot block yourself."),
    Objection.UNBLOCK_YOURSELF: Phrase("You cannot unblock yourself."),
    Objection.BLOCK_OWNER: Phrase("The owner of the server cannot be blocked."),
    Objection.BLOCK_STAFF: Phrase(
        "They are staff of this server, too. Only somebody with a higher rank can block them."
    ),
    Objection.MEMBER_FORGOTTEN: Phrase(
        "They deleted their data, so I no longer know who this was."
    ),
    Objection.BLOCKED_BY_OPERATOR: Phrase(
        "The bot's operator blocked them. Only the operator can unblock them."
    ),
    Objection.REASON_NEEDED: Phrase("Please give a reason: members see it when they ask."),
    Objection.JOB_UNKNOWN: Phrase("I cannot find this request. Please choose from the list."),
    Objection.JOB_ENDED: Phrase("This request has already stopped or finished."),
    Objection.PICTURE_UNKNOWN: Phrase(
        "This is not one of my results in this server. Please give the link to a result's message."
    ),
    Objection.PICTURE_PRIVATE: Phrase(
        "Only its member could see this result, so there is nothing to remove."
    ),
    Objection.PICTURE_REMOVED: Phrase("This result was already removed."),
    Objection.PICTURE_HIDDEN: Phrase("This result is already behind a spoiler."),
    Objection.REVIEW_OVER: Phrase("This result does not wait any more: it was decided or ended."),
    Objection.REVIEW_YOURSELF: Phrase(
        "This is your own request. Somebody else of the staff, or a manager, has to decide about "
        "it."
    ),
    Objection.REVIEW_MEMBER_LEFT: Phrase(
        "The member has left the server, so nothing is posted. They got the credits back."
    ),
}


def objection(error: StaffError) -> str:
    """Return why a decision had no effect."""
    if error.objection is Objection.GRANT_BEYOND_BUDGET:
        left = error.values.get("left")
        count = plural(left if isinstance(left, int) else 0, "credit")
        return _(
            "The server's monthly budget has room for {credits} more, after all open grants.",
            credits=count,
        )
    return str(_OBJECTIONS[error.objection])


# --- answers --------------------------------------------------------------------------------

NOTHING_USED = Phrase("None of their quota was used, so there is nothing to reset.")
NOT_BLOCKED = Phrase("They were not blocked.")
NOT_PAUSED = Phrase("Pictures were not paused.")
REMOVE_LEFT = Phrase(
    "I marked it as removed, but Discord does not let me delete a message. Please delete it "
    "yourself."
)
HIDE_WAITS = Phrase(
    "Discord does not let me change the message now. I keep trying for a day; you can also remove "
    "the picture."
)
UNUSABLE_GRANT = Phrase(
    "A limit does not let them make pictures now. They can use these credits only after it is "
    "removed."
)
STOPPING = Phrase(
    "It is already running: pictures being drawn will still come, the rest is stopped."
)
REFUNDED = Phrase("The member got the credits back.")


def withdrawn(count: int) -> str:
    """Return how many requests a block ended."""
    requests = plural(count, "request")
    return _(
        "{requests} stopped; pictures that had not been started are refunded.", requests=requests
    )


def taken_away(count: int) -> str:
    """Return how many results a block takes away."""
    results = plural(count, "result")
    return _("{results} removed. The messages are deleted one by one.", results=results)


def blocked(block: Block) -> str:
    """Return that somebody may not ask now."""
    if block.until:
        until = moment(block.until)
        if block.guild_id:
            return _("**Blocked** until {when}.", when=until)
        return _("**Blocked** until {when} everywhere, by the bot's operator.", when=until)
    if block.guild_id:
        return _("**Blocked**.")
    return _("**Blocked** everywhere, by the bot's operator.")


# --- queue ----------------------------------------------------------------------------------

QUEUE_EMPTY = Phrase("No requests are waiting or running in this server.")
CANCEL_ONE = Phrase("Cancel")
REFRESH = Phrase("Refresh")
EARLIER = "◀"
LATER = "▶"
PRIVATE = Phrase("a private request")


def queue_title(count: int) -> str:
    """Return the first line of the queue."""
    return _("**{requests} in this server**", requests=plural(count, "request"))


def queue_line(job: Job, prompt: str) -> str:
    """Return one request of the queue; `prompt` is harmless already."""
    since = relative_time(job.started_at or job.created_at)
    if job.cancel_requested:
        stands = _("⏹️ stopping")
    elif job.state is JobState.RUNNING:
        stands = _("🎨 started {when}", when=since)
    elif job.held:
        stands = _("🛡️ held for staff, ends {when}", when=relative_time(job.expires_at))
    else:
        stands = _("⏳ asked {when}", when=since)
    pictures = plural(job.request.count, "picture")
    return f"<@{job.user_id}> · {stands} · {pictures}\n-# {prompt}"


def queue_choice(job: Job, name: str, prompt: str) -> str:
    """Return a request as a suggestion names it, in plain text."""
    running = job.state is JobState.RUNNING
    stands = pgettext("request", "running") if running else pgettext("request", "waiting")
    return f"{name} · {stands} · {prompt}"


def grant_choice(grant: Grant, name: str) -> str:
    """Return a grant as a suggestion names it, in plain text."""
    credits = plural(grant.amount, "credit")
    left = _("{left} of {credits} left", left=number(grant.left), credits=credits)
    return " · ".join([name, left, _("no. {number}", number=grant.grant_id)])


# --- history --------------------------------------------------------------------------------

HISTORY_EXPORT = N_("Export the newest 5,000 changes as a table")
HISTORY_EXPORTED = Phrase("Every change, newest first; times are in UTC.")
HISTORY_TITLE = Phrase("**What staff changed**")
HISTORY_EMPTY = Phrase("No changes found.")
OLDER = Phrase("Older")
NEWEST = Phrase("Newest")
UNDONE = Phrase("undone")

# --- the card of a member -------------------------------------------------------------------

GRANT_BUTTON = Phrase("Grant")
RESET_BUTTON = Phrase("Reset")
BLOCK_BUTTON = Phrase("Block")
UNBLOCK_BUTTON = Phrase("Unblock")

GRANT_TITLE = Phrase("Extra credits")
CREDITS = Phrase("How many credits?")
EXPIRES = Phrase("Until when?")
EXPIRES_HINT = Phrase("1 day, 1 week or 2030-12-24; empty: no end")
REASON = Phrase("Why?")
REASON_HINT = Phrase("Kept in the history")
BLOCK_TITLE = Phrase("Block")
DURATION = Phrase("For how long?")
DURATION_HINT = Phrase("1 h, 1 day, 1 week or 2030-12-24; empty: until you end it")
REMOVE_FIELD = Phrase("Also remove results?")
REASON_SHOWN = Phrase("The member sees it")
CREDITS_UNREADABLE = Phrase("The number of credits must be a whole number from 1 to 100,000.")

# --- reports --------------------------------------------------------------------------------

REPORT_REMOVE = Phrase("Remove")
REPORT_HIDE = Phrase("Hide behind a spoiler")
REPORT_BLOCK = Phrase("Block 1 day")
REPORT_DISMISS = Phrase("Dismiss")
REPORTED_BEFORE = Phrase("You reported this already. The moderators have it.")


REPORT_PICTURES_ADULT = Phrase(
    "-# The pictures are from an age-restricted channel, and this one is not. Open the message to "
    "see them."
)
REPORT_PICTURES_MISSING = Phrase("-# I could not get the pictures. Open the message to see them.")
REPORT_PICTURES_GONE = Phrase("☑️ The picture was removed.")


def report_subject(user_id: int, model: str) -> str:
    """Return whose picture was reported, and what made it."""
    if user_id <= 0:  # a tombstone
        return _("Made with {model} for a former member.", model=model)
    return _("Made with {model} for {member}.", model=model, member=f"<@{user_id}>")


def report_by(user_id: int) -> str:
    """Return who reported, where nobody but staff reads it."""
    return _("-# Reported by {member}. Only staff can read this channel.", member=f"<@{user_id}>")


def report_removed(actor_id: int) -> str:
    """Return what became of a report."""
    return _("✅ {moderator} removed the picture.", moderator=f"<@{actor_id}>")


def report_removed_before(actor_id: int) -> str:
    """Return that there was nothing to remove any more."""
    moderator = f"<@{actor_id}>"
    return _("☑️ The picture was already removed; seen by {moderator}.", moderator=moderator)


def report_hidden(actor_id: int, *, shown: bool) -> str:
    """Return what became of a report; `shown`: Discord shows the spoiler already."""
    moderator = f"<@{actor_id}>"
    line = _("✅ {moderator} hid the picture behind a spoiler.", moderator=moderator)
    return line if shown else sentences(line, HIDE_WAITS)


def report_hidden_before(actor_id: int) -> str:
    """Return that the picture was behind a spoiler already."""
    moderator = f"<@{actor_id}>"
    return _(
        "☑️ The picture was already behind a spoiler; seen by {moderator}.", moderator=moderator
    )


def report_moved(url: str) -> str:
    """Return where the message is that took the place of the reported one."""
    return _("It was posted again: [the message]({url})", url=url)


def report_blocked(actor_id: int, user_id: int, until: int) -> str:
    """Return that the picture's member was blocked over a report."""
    return _(
        "✅ {moderator} blocked {member} until {when}.",
        moderator=f"<@{actor_id}>",
        member=f"<@{user_id}>",
        when=moment(until),
    )


def report_blocked_before(actor_id: int, block: Block) -> str:
    """Return that the picture's member was blocked longer already."""
    return sentences(
        _("☑️ They were already blocked."),
        blocked(block),
        _("Seen by {moderator}.", moderator=f"<@{actor_id}>"),
    )


def report_dismissed(actor_id: int) -> str:
    """Return that a report asked for nothing."""
    return _("☑️ {moderator} dismissed it.", moderator=f"<@{actor_id}>")


# --- asking for more ------------------------------------------------------------------------

MORE = Phrase("Ask for more")
MORE_SENT = Phrase("I told the moderators that you would like more.")
MORE_BEFORE = Phrase("I told the moderators a while ago. Please give them time.")
MORE_NOWHERE = Phrase("This server has no channel for that. Please ask a moderator directly.")


def wants_more(user_id: int, left: int | None) -> str:
    """Return that a member asks for more, for the moderators."""
    member = f"<@{user_id}>"
    if left is None:
        return _("{member} asks for more pictures: no limit.", member=member)
    credits = plural(left, "credit")
    return _("{member} asks for more pictures: {credits} left.", member=member, credits=credits)


def granted(actor_id: int, credits: int) -> str:
    """Return what became of it."""
    given = plural(credits, "credit")
    return _("✅ {moderator} gave {credits}.", moderator=f"<@{actor_id}>", credits=given)


def declined(actor_id: int) -> str:
    """Return that a moderator did not give any."""
    return _("☑️ {moderator} has seen it.", moderator=f"<@{actor_id}>")
