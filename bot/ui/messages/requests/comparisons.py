"""What comparisons of models say: before they cost anything, while members vote, at the end."""

from __future__ import annotations

from collections.abc import Sequence

from bot.domain.job import Job
from bot.ui.language import Phrase, _, ngettext
from bot.ui.messages.requests.outcomes import reason_of
from bot.ui.messages.words import listed, plural, relative_time, sentences
from bot.ui.messages.words import number as written

TWICE = Phrase("you named it twice")
NOT_NOW = Phrase("not available now")
NOTHING_YET = Phrase("Nothing is charged before you press the button.")
MADE_BEFORE = Phrase("This comparison was already started. See /jobs.")
KEPT_NO_LONGER = Phrase("This comparison is no longer stored. Please use /compare again.")
VOTE_PLACEHOLDER = Phrase("Vote for the best picture")
LOOK_PLACEHOLDER = Phrase("Details of a picture")
END = Phrase("End the vote")
ENDED = Phrase("**The vote is over.** The message shows the result.")
WHERE = Phrase(
    "I will post the pictures together in this channel, without the models' names, when all are "
    "ready."
)
CANCELLED = Phrase(
    "**Cancelled.** Nothing is charged for what was not made yet. Pictures that are already being "
    "made will still be posted."
)
NO_PICTURES = Phrase("**No picture this time.**")
HIDDEN_MODEL = Phrase("model hidden until the vote ends")


def title(models: int) -> str:
    """Return the first line of the question."""
    return ngettext("**Compare {count} model**", "**Compare {count} models**", models, count=models)


def left_out(model: str, why: str) -> str:
    """Return that a model is not compared, and why."""
    return _("Left out: **{model}** · {reason}", model=model, reason=why)


def too_few(able: int) -> str:
    """Return why there is nothing to compare."""
    if able:
        return _("**Only one of these models can do this**, and a comparison needs two.")
    return _("**None of these models can do this as it is.**")


def make(credits: int) -> str:
    """Return the label of the button that makes it."""
    return _("Compare for {credits}", credits=plural(credits, "credit"))


def started(models: Sequence[str], charged: str) -> str:
    """Return the first line of the ticket; `charged` says what it costs and leaves."""
    return _("**Comparing {models}** · {credits}", models=listed(models, "and"), credits=charged)


def posted(jump: str) -> str:
    """Return the ticket of a comparison that was posted."""
    return _("**Done** · [the comparison]({url})", url=jump)


def nothing(jobs: Sequence[tuple[str, Job]]) -> list[str]:
    """Return why no picture came, model by model."""
    return [_("**{model}** · {reason}", model=label, reason=reason_of(job)) for label, job in jobs]


def question(closes_at: int) -> str:
    """Return what the message asks."""
    return sentences(
        _("**Which picture is the best?**"),
        _("The vote ends {when}; then I name the models.", when=relative_time(closes_at)),
    )


def letter(label: str) -> str:
    """Return what a picture is called while its model is hidden."""
    return _("Picture {letter}", letter=label)


def made_by(user_id: int, labels: Sequence[str]) -> str:
    """Return whose comparison it is, and which letters its pictures have, in their order."""
    return _(
        "{letters} in this order · compared by {member}",
        letters=listed(labels, "and"),
        member=f"<@{user_id}>",
    )


def compared_by(user_id: int) -> str:
    """Return whose comparison it was."""
    return _("compared by {member}", member=f"<@{user_id}>")


def failed(models: Sequence[str]) -> str:
    """Return which models made no picture."""
    return ngettext(
        "{models} made no picture. Nothing was charged for it.",
        "{models} made no pictures. Nothing was charged for them.",
        len(models),
        models=listed(models, "and"),
    )


def voted(label: str, votes: int, closes_at: int) -> str:
    """Return what a member is told who voted."""
    return sentences(
        _("**You voted for {letter}.**", letter=label),
        ngettext(
            "{count} member has voted.", "{count} members have voted.", votes, count=written(votes)
        ),
        _("You can change your vote until it ends {when}.", when=relative_time(closes_at)),
    )


def result(winners: Sequence[str], votes: int) -> str:
    """Return who won; `winners` are letters with their models, `votes` what each of them has."""
    if not winners:
        return _("**Nobody voted.**")
    if len(winners) > 1:
        return ngettext(
            "**{winners} share the win** with {count} vote each.",
            "**{winners} share the win** with {count} votes each.",
            votes,
            winners=listed(winners, "and"),
            count=written(votes),
        )
    return ngettext(
        "**{winner}** won with {count} vote.",
        "**{winner}** won with {count} votes.",
        votes,
        winner=winners[0],
        count=written(votes),
    )


def named(label: str, model: str) -> str:
    """Return a letter with its model."""
    return f"{label} · {model}"


def counted(label: str, model: str, votes: int) -> str:
    """Return one line of the result."""
    return f"{named(label, model)} · {vote_count(votes)}"


def vote_count(votes: int) -> str:
    """Return a number of votes."""
    return ngettext("{count} vote", "{count} votes", votes, count=written(votes))


def alone(others: int) -> str:
    """Return why a picture that was to be compared comes by itself."""
    return ngettext(
        "The other model of this comparison made no picture.",
        "The {count} other models of this comparison made no picture.",
        others,
        count=written(others),
    )
