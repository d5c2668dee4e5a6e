"""What /style and the forms of styles say."""

from __future__ import annotations

from collections.abc import Sequence

from bot.domain.catalog import Offer
from bot.domain.styles.able import Able
from bot.domain.styles.style import Style, StyleError, StyleProblem
from bot.domain.translatable import N_
from bot.ui.language import Phrase, Text, _
from bot.ui.messages.commands import field_name, option_name, value_name
from bot.ui.messages.words import commas, listed, plural, quoted
from bot.ui.text import escaped

STYLE = N_("Keep the way a picture was made, and use it again")
SAVE = N_("Save the words, model and options of a result as a style")
SAVE_OPTIONS = {
    "name": N_("What it is called; without words, a form opens"),
    "words": N_("The words of the style; {prompt} is where yours go"),
    "of": N_("The result to take it from, or a link to its message; else your newest here"),
    "pictures": N_("Which pictures to keep as examples"),
}
LIST = N_("See your styles and those of this server")
SHOW = N_("See what a style is made of, what it costs, and which models can do it")
DELETE = N_("Delete a style of yours")
SHARE = N_("Publish a style for everybody in this server (managers)")
STYLE_OPTION = {"style": N_("The style")}
PICTURES = {
    "given": N_("Those that it was made from"),
    "result": N_("The result itself"),
    "none": N_("None"),
}

SAVE_BUTTON = Phrase("Save as style")
USE_BUTTON = Phrase("Use style")
DELETE_BUTTON = Phrase("Delete style")
SHARE_BUTTON = Phrase("Publish here")
CHOOSE = Phrase("Choose a style")
FORM_TITLE = Phrase("Save as style")
FORM_STYLE = Phrase("Style")
FORM_NAME = Phrase("Name")
FORM_WORDS = Phrase("Words of the style")
FORM_WORDS_HINT = Phrase("{prompt} is where your words go; without it they come first")
FORM_PICTURES = Phrase("Example pictures")
USE_TITLE = Phrase("Use style")

TITLE = Phrase("**Styles**")
NO_STYLES = Phrase(
    "You have no styles yet. Press **Details** below a result, then **Save as style**."
)
HOW_TO = Phrase("Choose one in the option style of /imagine and /edit, or type --style NAME.")


def picture_choice(value: str) -> str:
    """Return a choice of pictures to keep, in a form."""
    marked = PICTURES[value]
    return _(marked)


def problem(error: StyleError) -> str:
    """Return why a style cannot be kept or used like that, and what helps."""
    v = error.values
    match error.problem:
        case StyleProblem.NAME_EMPTY:
            return _("A style needs a name. Please type one.")
        case StyleProblem.NAME_LONG:
            return _(
                "The name has {length} characters, and at most {limit} fit. Please shorten it.",
                length=v["length"],
                limit=v["limit"],
            )
        case StyleProblem.NAME_TAKEN:
            return _(
                "There is already a style {name}. Please choose another name, or delete that one.",
                name=quoted(escaped(str(v["name"]))),
            )
        case StyleProblem.WORDS_LONG:
            return _(
                "The words have {length} characters, and at most {limit} fit. Please shorten them.",
                length=v["length"],
                limit=v["limit"],
            )
        case StyleProblem.EMPTY:
            return _("A style needs words, options or pictures. Please add some words.")
        case StyleProblem.FORBIDDEN_WORD:
            return _(
                "This server does not allow the word {word}. Please leave it out.",
                word=quoted(escaped(str(v["word"]))),
            )
        case StyleProblem.TOO_MANY:
            return _(
                "There are {limit} styles already. Please delete one with /style delete first.",
                limit=v["limit"],
            )
        case StyleProblem.UNKNOWN:
            return _(
                "There is no style {name} here. /style list shows them.",
                name=quoted(escaped(str(v["name"]))),
            )
        case StyleProblem.NOT_YOURS:
            return _("Only managers can change the styles of this server.")
        case StyleProblem.SWITCHED_OFF:
            return _("This server has turned styles off.")


def saved(style: Style, left_out: int) -> list[str]:
    """Return what was kept."""
    name = f"**{escaped(style.name)}**"
    lines = [
        _("Published for everybody here: {style}", style=name)
        if style.guild_id
        else _("Saved: {style}", style=name)
    ]
    if left_out:
        lines.append(_("{pictures} could not be kept.", pictures=plural(left_out, "picture")))
    return lines


def deleted(style: Style) -> str:
    """Return what was deleted."""
    return _("Deleted: {style}", style=f"**{escaped(style.name)}**")


def used(name: str) -> str:
    """Return which style a result was made with."""
    return _("style: {name}", name=f"**{escaped(name)}**")


def line(style: Style, price: str) -> str:
    """Return one style of a list."""
    return " · ".join([f"**{escaped(style.name)}**", *_facts(style, price)])


def label(style: Style, model: str | None, price: str) -> str:
    """Return one style as a suggestion shows it, in plain text."""
    facts = [style.name, *([model] if model else []), *_facts(style, price)]
    return " · ".join(facts)


def _facts(style: Style, price: str) -> list[str]:
    facts = [price]
    if style.pictures:
        facts.append(plural(style.pictures, "picture"))
    if style.guild_id:
        facts.append(_("this server's"))
    return facts


def credits(count: int) -> str:
    """Return what one picture costs."""
    return plural(count, "credit")


def about(style: Style, model: str | None, *, done: bool = False) -> list[str]:
    """Return what a style is made of; what was `done` with it has its name already."""
    whose = _("A style of this server") if style.guild_id else _("Your style")
    lines = [*([] if done else [f"**{escaped(style.name)}**"]), f"-# {whose}"]
    if style.words:
        lines.append(f"> {escaped(style.words)}")
    chosen = [
        f"{option_name(name)} {value_name(value)}"
        for name, value in style.values.items()
        if name != "model"
    ]
    facts = [*([escaped(model)] if model else []), *(escaped(one) for one in chosen)]
    if style.pictures:
        facts.append(_("example pictures: {count}", count=style.pictures))
    if facts:
        lines.append(" · ".join(facts))
    return lines


def models(found: Sequence[Able]) -> list[str]:
    """Return what it costs, which models can do all of it, and what others leave out."""
    by_price: dict[int, list[str]] = {}
    for one in found:
        if not one.without:
            by_price.setdefault(one.credits, []).append(escaped(one.offer.label))
    lines = [
        _("All of it for {credits}: {models}.", credits=credits(price), models=commas(labels))
        for price, labels in sorted(by_price.items())
    ]
    for one in found:
        if one.without:
            names = [field_name(name) for name in one.without]
            lines.append(
                _(
                    "{model} without: {options}.",
                    model=escaped(one.offer.label),
                    options=listed(names, "and"),
                )
            )
    return lines


def model_name(style: Style, offers: Sequence[Offer]) -> str | None:
    """Return what the model of a style is called; None where it has none that is offered."""
    return next((offer.label for offer in offers if offer.model_id == style.model), None)


def note(text: Text) -> str:
    """Return a small line."""
    return f"-# {text}"


def left(count: int, most: int) -> str:
    """Return how many of somebody's styles there are."""
    return _("You have {count} of {most} styles.", count=count, most=most)
