"""What /easel says about channels, roles, models, words and results in the log."""

from __future__ import annotations

from collections.abc import Sequence

from bot.domain.quotas.rules import AccessKind
from bot.domain.text.wordlist import WordError, WordProblem
from bot.domain.translatable import N_
from bot.services.ports import ResultSummary
from bot.ui.language import Phrase, _, ngettext
from bot.ui.messages.words import commas, listed, plural

EASEL = N_("Set this server up")
SETUP = N_("See and change how I work here, and check my permissions")
CHANNEL = N_("Allow or deny pictures in a channel")
CHANNEL_OPTIONS = {
    "channel": N_("A channel, a thread, or a category with all its channels"),
    "rule": N_("Allow it, deny it, or remove the rule"),
}
ROLE = N_("Allow or deny pictures for a role")
ROLE_OPTIONS = {"role": N_("The role"), "rule": N_("Allow it, deny it, or remove the rule")}
MODEL = N_("Allow or deny a model, for everyone or for one role")
MODEL_OPTIONS = {
    "model": N_("The model"),
    "rule": N_("Allow it, deny it, or remove the rule"),
    "role": N_("Only for this role"),
}
WORDS = N_("Forbidden words")
WORDS_ADD = N_("Forbid a word in prompts")
WORDS_REMOVE = N_("Allow a word again")
WORDS_LIST = N_("See the forbidden words")
WORD_OPTION = {
    "word": N_("A word or phrase; * at an end matches anything; separate several with commas")
}
WORD_GONE_OPTION = {"word": N_("The word")}
REASON_OPTION = {"reason": N_("Why; it is kept in the history")}
STATS = N_("See what was made here")
STATS_OPTIONS = {"period": N_("Which days")}
ALLOW, DENY, CLEAR = N_("Allow"), N_("Deny"), N_("Remove rule")
TODAY, WEEK, MONTH = N_("Today"), N_("This week"), N_("This month")

EVERYONE = Phrase(
    "That role includes everyone. Use /moderate pause to stop all pictures, or /easel channel for "
    "single channels."
)
MODEL_UNKNOWN = Phrase("There is no such model here.")
MODELS_GONE = Phrase(
    "⚠️ No model is left for everyone: only members with a role that has its own model can ask."
)
# What it means that something is the first to be allowed by name, or that the last one went.
FOR_ALL = {
    AccessKind.CHANNEL: (
        Phrase("From now on, only allowed channels take requests."),
        Phrase(
            "No channel is allowed by name any more, so every channel that is not denied takes "
            "requests."
        ),
    ),
    AccessKind.ROLE: (
        Phrase("From now on, only members with an allowed role can ask."),
        Phrase("No role is allowed by name any more, so everyone without a denied role can ask."),
    ),
}

WORDS_EMPTY = Phrase("No words are forbidden here. Add one with /easel words add.")
WORD_UNKNOWN = Phrase("That word is not forbidden here.")
WORDS_FILE = "words.txt"


def words_title(count: int) -> str:
    """Return the heading of the list of words."""
    return f"**{plural(count, 'forbidden word')}**"


def words_added(count: int) -> str:
    """Return how many words were forbidden at once."""
    return _("**{words} forbidden.**", words=plural(count, "word"))


def words_known(words: Sequence[str]) -> str:
    """Return which words were forbidden before."""
    return ngettext(
        "{words} was already forbidden.",
        "{words} were forbidden already.",
        len(words),
        words=listed(words, "and"),
    )


def words_undone_later(count: int) -> str:
    """Return how many further words were forbidden, and where they have their Undo."""
    return _(
        "And {words} more. /moderate history has an Undo for each.", words=plural(count, "word")
    )


def words_more(count: int) -> str:
    """Return how many further words are not named."""
    return _("And {words} more.", words=plural(count, "word"))


def word_problem(word: str, error: WordError) -> str:
    """Return why a word cannot be forbidden."""
    limit = error.limit
    match error.kind:
        case WordProblem.EMPTY:
            return _("{word} has no letter and no digit.", word=word)
        case WordProblem.TOO_SHORT:
            least = plural(limit, "character")
            return _("{word} is too short: at least {least}.", word=word, least=least)
        case WordProblem.TOO_LONG:
            most = plural(limit, "character")
            return _("{word} is too long: at most {most}.", word=word, most=most)
        case WordProblem.WILDCARD if limit:
            least = plural(limit, "letter")
            return _("{word} needs at least {least} next to the *.", word=word, least=least)
        case WordProblem.WILDCARD:
            return _("{word} can have * only at its beginning or end.", word=word)
        case WordProblem.MANY:
            most = plural(limit, "word")
            return _(
                "{word} is one too many: a server can have at most {most}.", word=word, most=most
            )


def words_full(error: WordError) -> str:
    """Return why a word cannot come back."""
    return _(
        "A server can have at most {most}. Please remove one first with /easel words remove.",
        most=plural(error.limit, "forbidden word"),
    )


def result_line(made: ResultSummary, label: str, link: str | None) -> str:
    """Return a result for the log channel: link, who, model, cost where it does not tell that."""
    job = made.job
    which = _("[Result]({link})", link=link) if link else _("Private result")
    facts = [which, f"<@{job.user_id}>", label, plural(made.pictures, "picture")]
    if not job.model_hidden:
        facts.append(plural(made.pictures * job.request.unit_credits, "credit"))
    return " · ".join(facts)


def vote_line(user_id: int, pictures: Sequence[str], link: str) -> str:
    """Return the end of a vote for the log channel: link, whose it was, who made which picture."""
    which = _("[Comparison]({link})", link=link)
    # A tombstone is no member's id.
    whose = [f"<@{user_id}>"] if user_id > 0 else []
    return " · ".join([which, *whose, commas(pictures)])
