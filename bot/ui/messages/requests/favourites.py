"""What /favourites and the star in Details say."""

from __future__ import annotations

from bot.domain.job import Job
from bot.domain.translatable import N_
from bot.services.ports import FavouriteEntry
from bot.ui.language import Phrase, _
from bot.ui.messages.tickets import jump
from bot.ui.messages.words import plural, relative_time

COMMAND = N_("See the pictures that you keep with a star")

STAR = "⭐"
KEEP = Phrase("Keep")
DROP = Phrase("Do not keep")
OFF = Phrase("This server has no favourites.")
GONE = Phrase("This is not in your favourites any more.")

TITLE = Phrase("**Your favourites**")
NONE = Phrase(
    "You keep no pictures here yet. React with ⭐ to one of my pictures, or press Keep in its "
    "Details."
)
NONE_OLDER = Phrase("There are no older favourites.")
CHOOSE = Phrase("Choose a picture")
HIDDEN = Phrase("(words not shown)")

# Below a post of a gallery: jumps to the result itself.
RESULT = Phrase("To the result")


def full(most: int, oldest: str) -> str:
    """Return that no more fit; `oldest` names the oldest favourite, harmless on Discord."""
    return _(
        "Your favourites are full: {pictures}. New stars are not kept until you take one out. The "
        "oldest is “{oldest}”.",
        pictures=plural(most, "picture"),
        oldest=oldest,
    )


def state(entry: FavouriteEntry) -> str:
    """Return since when a result is kept, or that it is gone."""
    when = relative_time(entry.kept_at)
    if entry.picture is None:
        return _("🗑️ removed, kept {when}", when=when)
    return f"⭐ {when}"


def maker(job: Job) -> str | None:
    """Return who made a result, None where nobody is known any more."""
    return f"<@{job.user_id}>" if job.user_id > 0 else None


def pictures(entry: FavouriteEntry) -> str | None:
    """Return how many pictures stand, with a link to them."""
    job, picture = entry.job, entry.picture
    if picture is None:
        return None
    counted = plural(sum(not one.removed for one in entry.shown), "picture")
    if job.secret and job.guild_id:
        return _("{pictures}, only for you", pictures=counted)
    return f"[{counted}]({jump(job.guild_id, picture.channel_id, picture.message_id)})"
