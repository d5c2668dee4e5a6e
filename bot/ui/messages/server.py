"""What /easel says about channels, roles, models, words and results in the log."""

from __future__ import annotations

from collections.abc import Sequence

from bot.domain.rules import AccessKind
from bot.domain.wordlist import WordError, WordProblem
from bot.services.ports import Made
from bot.ui.messages.words import listed, plural

EASEL = "Set this server up"
SETUP = "See and change how I work here, and check my permissions"
CHANNEL = "Allow or deny pictures in a channel"
CHANNEL_OPTIONS = {
    "channel": "A channel, a thread, or a category with all its channels",
    "rule": "Allow it, deny it, or forget what was said",
}
ROLE = "Allow or deny pictures to a role"
ROLE_OPTIONS = {"role": "The role", "rule": "Allow it, deny it, or forget what was said"}
MODEL = "Allow or deny a model, for everyone or for one role"
MODEL_OPTIONS = {
    "model": "The model",
    "rule": "Allow it, deny it, or forget what was said",
    "role": "For this role alone",
}
WORDS = "Words that nobody may use"
WORDS_ADD = "Forbid a word in what members ask for"
WORDS_REMOVE = "Let a word through again"
WORDS_LIST = "See the forbidden words"
WORD_OPTION = {"word": "A word or phrase, * at an end for any ending; several with commas between"}
WORD_GONE_OPTION = {"word": "The word"}
REASON_OPTION = {"reason": "Why, for the record"}
STATS = "See what was made here"
STATS_OPTIONS = {"period": "Which days"}
ALLOW, DENY, CLEAR = "Allow", "Deny", "Forget"
TODAY, WEEK, MONTH = "Today", "This week", "This month"

EVERYONE = "That role is everyone. Use /moderate pause to stop pictures, /easel channel for places."
MODEL_UNKNOWN = "There is no such model here."
MODELS_GONE = "⚠️ No model is left for everyone: only roles with a model of their own can ask."
# What it means that something is the first to be allowed by name, or that the last one went.
FOR_ALL = {
    AccessKind.CHANNEL: (
        "Only allowed channels take requests from now on.",
        "No channel is allowed by name any more: all that are not denied take requests.",
    ),
    AccessKind.ROLE: (
        "Only members with an allowed role can ask from now on.",
        "No role is allowed by name any more: everyone without a denied role can ask.",
    ),
}

WORDS_EMPTY = "No word is forbidden here. /easel words add forbids one."
WORD_UNKNOWN = "That word is not forbidden here."
WORDS_FILE = "words.txt"


def words_title(count: int) -> str:
    """Return the heading of the list of words."""
    return f"**{plural(count, 'forbidden word')}**"


def words_added(count: int) -> str:
    """Return how many words were forbidden at once."""
    return f"**{plural(count, 'word')} forbidden.**"


def words_known(words: Sequence[str]) -> str:
    """Return which words were forbidden before."""
    verb = "was" if len(words) == 1 else "were"
    return f"{listed(words, 'and')} {verb} forbidden already."


def words_more(count: int) -> str:
    """Return how many further words are not named."""
    return f"{plural(count, 'word')} more like these."


def word_problem(word: str, error: WordError) -> str:
    """Return why a word cannot be forbidden."""
    limit = error.limit
    match error.kind:
        case WordProblem.EMPTY:
            why = "has no letter and no digit."
        case WordProblem.TOO_SHORT:
            why = f"is too short: at least {plural(limit, 'character')}."
        case WordProblem.TOO_LONG:
            why = f"is too long: at most {plural(limit, 'character')}."
        case WordProblem.WILDCARD if limit:
            why = f"needs at least {plural(limit, 'letter')} beside the *."
        case WordProblem.WILDCARD:
            why = "may have * only at its beginning or end."
        case WordProblem.MANY:
            why = f"is one too many: a server has at most {plural(limit, 'word')}."
    return f"{word} {why}"


def words_full(error: WordError) -> str:
    """Return why a word cannot come back."""
    most = plural(error.limit, "forbidden word")
    return f"A server has at most {most}. Please take one away first, with /easel words remove."


def result_line(made: Made, label: str, link: str | None) -> str:
    """Return a result for the log channel: link, who, model, cost."""
    job = made.job
    which = f"[Result]({link})" if link else "Private result"
    cost = plural(made.pictures * job.request.unit_credits, "credit")
    return f"{which} · <@{job.user_id}> · {label} · {plural(made.pictures, 'picture')} · {cost}"
