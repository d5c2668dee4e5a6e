"""What `/jobs` says: a member's requests, open ones and earlier ones."""

from __future__ import annotations

from bot.domain.job import JobState
from bot.services.ports import HistoryEntry
from bot.ui.language import Phrase, _
from bot.ui.messages.tickets import jump
from bot.ui.messages.words import in_quotes, moment, plural, relative_time

TITLE = Phrase("**Your requests**")
NONE = Phrase("You have no requests here yet. Use /imagine to make your first picture.")
NONE_OLDER = Phrase("There are no older requests.")
CHOOSE = Phrase("Choose a request")

SEARCH = Phrase("Search")
SEARCH_TITLE = Phrase("Search your requests")
SEARCH_WORDS = Phrase("Words of the prompt")
SEARCH_HINT = Phrase("All of them must be in it; empty: everything")
OLDER = Phrase("Older")
NEWEST = Phrase("Newest")
ALL = Phrase("All requests")
BACK = Phrase("Back")
AGAIN = Phrase("Again")
DETAILS = Phrase("Details")
USE_PROMPT = Phrase("Use this prompt")


def found(search: str) -> str:
    """Return the title of a search; `search` must be harmless on Discord."""
    return _("**Your requests with {words}**", words=in_quotes(search))


def none_found(search: str) -> str:
    """Return that no request has these words; `search` must be harmless on Discord."""
    return _("None of your requests here has {words}.", words=in_quotes(search))


def searched_to(at: int) -> str:
    """Return how far a search went; the button Older goes on from there."""
    return _("Searched back to {when}. Press Older to search further.", when=moment(at))


def more_open(count: int) -> str:
    """Return how many open requests had no room on the page."""
    return _("And {requests} more under way.", requests=plural(count, "request"))


def state(entry: HistoryEntry) -> str:
    """Return how a request stands, and since when."""
    progress = entry.progress
    job = progress.job
    ended = relative_time(job.finished_at or job.created_at)
    match job.state:
        case JobState.QUEUED:
            return _("⏳ number {number} in line", number=progress.position)
        case JobState.RUNNING:
            started = relative_time(job.started_at or job.created_at)
            return _("🎨 started {when}", when=started)
        case JobState.HELD:
            return _("🛡️ waits for the staff, until {when}", when=moment(job.expires_at))
        case JobState.DELIVERING if job.waits_for_pickup:
            return _("📥 **ready to pick up**, until {when}", when=moment(job.expires_at))
        case JobState.DELIVERING if job.collected:
            return _("⚖️ ready, waits for the others")
        case JobState.DELIVERING:
            return _("📮 being posted")
        case JobState.DONE if entry.removed:
            return _("🗑️ removed, made {when}", when=ended)
        case JobState.DONE:
            return f"✅ {ended}"
        case JobState.FAILED:
            return _("⚠️ no picture, nothing charged, {when}", when=ended)
        case JobState.CANCELLED:
            return _("✖️ cancelled {when}", when=ended)


def pictures(entry: HistoryEntry) -> str:
    """Return how many pictures a request is or was about, with a link to those that are posted."""
    job, outcome = entry.progress.job, entry.progress.outcome
    counted = plural(len(outcome.delivered_positions) if outcome else job.request.count, "picture")
    if job.state is not JobState.DONE or entry.picture is None:
        return counted
    if job.secret and job.guild_id:
        return _("{pictures}, only for you", pictures=counted)
    picture = entry.picture
    return f"[{counted}]({jump(job.guild_id, picture.channel_id, picture.message_id)})"


def price(entry: HistoryEntry) -> str | None:
    """Return what a request cost, or holds while it is open.

    None where nothing was charged, and where the price would tell the model.
    """
    job, outcome = entry.progress.job, entry.progress.outcome
    if job.model_hidden or job.state in (JobState.FAILED, JobState.CANCELLED):
        return None
    if outcome is None:
        return plural(job.request.credits, "credit")
    return plural(len(outcome.delivered_positions) * job.request.unit_credits, "credit")
