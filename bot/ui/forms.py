"""Modal forms: what they ask for. Their submits are read in `cogs/forms.py`.

A form is finished from the start, so discord.py keeps none of them in memory: every submit is
answered by its custom id, whichever process opened the form (docs/spec/discord.md section 1.4).
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

import discord
from discord import ui

from bot.domain.catalog import ASPECTS, Operation
from bot.domain.message_limits import CHOICES
from bot.domain.requests.request import Draft
from bot.domain.styles.style import NAME_CHARACTERS, WORDS_CHARACTERS
from bot.ui import buttons
from bot.ui.discord_api import discord_limits
from bot.ui.language import Text
from bot.ui.messages import forms as words
from bot.ui.messages import history, public_replies
from bot.ui.messages.requests import styles as style_words
from bot.ui.messages.staff import moderation as staff
from bot.ui.messages.words import clip
from bot.ui.suggestions import Choice

# Opened and forgotten on a phone: Discord itself lets a form go with its interaction's token.
FORM_SECONDS = 900


class Form(ui.Modal):
    """A form that is sent once and then forgotten."""

    def __init__(self, title: Text, custom_id: str, *parts: ui.Item[Any]) -> None:
        super().__init__(title=str(title), timeout=FORM_SECONDS, custom_id=custom_id)
        for part in parts:
            self.add_item(part)
        self.stop()


def edit(
    custom_id: str,
    *,
    numbers: Sequence[int],
    models: Sequence[Choice],
    chosen: Sequence[int] = (),
    styles: Sequence[Choice] = (),
) -> Form:
    """Return the form for a change: prompt, which of several pictures, more, model, aspect.

    The pictures that were `chosen` before are put in, else the first. Of one picture there is room
    for the `styles` that somebody has.
    """
    parts = [_text("prompt", words.PROMPT, words.PROMPT_HINT, long=True)]
    if len(numbers) > 1:
        parts.append(_which(numbers, chosen or numbers[:1]))
    parts.append(
        ui.Label(
            text=str(words.MORE),
            description=str(words.MORE_HINT),
            component=ui.FileUpload(
                custom_id="more", required=False, min_values=0, max_values=discord_limits.FORM_FILES
            ),
        )
    )
    parts.append(_select("model", words.MODEL, models, None))
    parts.append(_select("aspect", words.ASPECT, _aspects(), None))
    if styles and len(parts) < discord_limits.FORM_FIELDS:
        parts.append(_select("style", style_words.FORM_STYLE, styles, None))
    return Form(words.EDIT_TITLE, custom_id, *parts)


def blend(custom_id: str, *, basket: int, models: Sequence[Choice]) -> Form:
    """Return the form that puts pictures together; what is in the basket comes first."""
    uploads = [
        ("pictures", public_replies.BLEND_PICTURES, 10),
        ("more", public_replies.BLEND_MORE, 6),
    ]
    parts: list[ui.Item[Any]] = [_text("prompt", public_replies.BLEND_PROMPT, None, long=True)]
    for name, label, most in uploads:
        needed = name == "pictures" and not basket
        upload = ui.FileUpload[Any](
            custom_id=name, required=needed, min_values=int(needed), max_values=most
        )
        hint = public_replies.in_basket(basket) if basket and name == "pictures" else None
        parts.append(ui.Label(text=str(label), description=hint, component=upload))
    parts.append(_select("model", words.MODEL, models, None))
    parts.append(_select("aspect", words.ASPECT, _aspects(), None))
    return Form(public_replies.BLEND_TITLE, custom_id, *parts)


def fix(
    custom_id: str,
    asked: Draft,
    draft: Draft,
    models: Sequence[Choice],
    *,
    other_model: str | None = None,
    pictures: int = 0,
    mask: bool = False,
) -> Form:
    """Return the form of a refused request, the nearest legal values put in.

    It says what of `asked` is kept, and what is dropped unless `other_model` is chosen.
    """
    changes = draft.operation is Operation.EDIT
    count = "" if draft.count is None else str(draft.count)
    return Form(
        words.FIX_TITLE,
        custom_id,
        _text(
            "prompt",
            words.PROMPT if changes else words.FIX_PROMPT,
            words.kept_and_dropped(asked, draft, pictures=pictures, mask=mask) or None,
            long=True,
            default=draft.prompt,
        ),
        _text("size", words.SIZE, words.SIZE_HINT, default=draft.size or ""),
        _text("count", words.COUNT, words.COUNT_HINT, default=count),
        _select("model", words.MODEL, models, draft.model, marked=other_model),
        _select("aspect", words.ASPECT, _aspects(), draft.aspect),
    )


def rephrase(custom_id: str, prompt: str, *, changes: bool, pictures: bool = False) -> Form:
    """Return the form of a request whose words, or whose `pictures`, were refused."""
    asked = words.PROMPT if changes else words.FIX_PROMPT
    parts: list[ui.Item[Any]] = [_text("prompt", asked, None, long=True, default=prompt)]
    if pictures:
        upload = ui.FileUpload[Any](
            custom_id="pictures", required=False, min_values=0, max_values=discord_limits.FORM_FILES
        )
        about = str(words.OTHER_PICTURES_HINT)
        parts.append(ui.Label(text=str(words.OTHER_PICTURES), description=about, component=upload))
    return Form(words.REPHRASE_TITLE, custom_id, *parts)


def imagine(custom_id: str, prompt: str, models: Sequence[Choice]) -> Form:
    """Return the form of a new picture, with the words of an earlier request in it."""
    return Form(
        words.IMAGINE_TITLE,
        custom_id,
        _text("prompt", words.FIX_PROMPT, None, long=True, default=prompt),
        _select("model", words.MODEL, models, None),
        _select("aspect", words.ASPECT, _aspects(), None),
        _text("size", words.SIZE, words.SIZE_HINT),
        _text("count", words.COUNT, None),
    )


def save_style(custom_id: str, *, name: str, prompt: str, pictures: Sequence[Choice]) -> Form:
    """Return the form that keeps a result as a style, with its words to be changed.

    `pictures` are those that can be kept as examples, the usual choice first.
    """
    return Form(
        style_words.FORM_TITLE,
        custom_id,
        _text(
            "name", style_words.FORM_NAME, None, required=True, default=name, most=NAME_CHARACTERS
        ),
        _text(
            "words",
            style_words.FORM_WORDS,
            style_words.FORM_WORDS_HINT,
            long=True,
            required=False,
            default=prompt,
            most=WORDS_CHARACTERS,
        ),
        _select("pictures", style_words.FORM_PICTURES, pictures, pictures[0][1]),
    )


def use_style(custom_id: str, name: str, models: Sequence[Choice]) -> Form:
    """Return the form of a new picture with a style."""
    return Form(
        clip(f"{style_words.USE_TITLE}: {name}", discord_limits.FORM_TITLE_CHARACTERS),
        custom_id,
        _text("prompt", words.FIX_PROMPT, None, long=True),
        _select("model", words.MODEL, models, None),
        _select("aspect", words.ASPECT, _aspects(), None),
        _text("size", words.SIZE, words.SIZE_HINT),
        _text("count", words.COUNT, None),
    )


def find(custom_id: str) -> Form:
    """Return the form that searches a member's requests."""
    field = _text(
        "search", history.SEARCH_WORDS, history.SEARCH_HINT, most=buttons.SEARCH_CHARACTERS
    )
    return Form(history.SEARCH_TITLE, custom_id, field)


def report(custom_id: str) -> Form:
    """Return the form in which a member says what is wrong with a picture."""
    reasons = ui.RadioGroup[Any](custom_id="reason", required=True)
    for value, label in words.REPORT_REASONS:
        reasons.add_option(label=str(label), value=value)
    return Form(
        words.REPORT_TITLE,
        custom_id,
        ui.Label(text=str(words.REPORT_REASON), component=reasons),
        _text("text", words.REPORT_TEXT, None, long=True, required=False, most=400),
    )


def grant(custom_id: str) -> Form:
    """Return the form that gives a member extra credits."""
    return Form(
        staff.GRANT_TITLE,
        custom_id,
        _text("credits", staff.CREDITS, None, required=True),
        _text("expires", staff.EXPIRES, staff.EXPIRES_HINT),
        _reason(staff.REASON_HINT),
    )


def block(custom_id: str) -> Form:
    """Return the form that blocks a member."""
    remove = [(str(label), str(seconds)) for seconds, label in staff.REMOVE_ANSWERS.items()]
    return Form(
        staff.BLOCK_TITLE,
        custom_id,
        _text("duration", staff.DURATION, staff.DURATION_HINT),
        _select("remove", staff.REMOVE_FIELD, remove, "0"),
        _reason(staff.REASON_SHOWN),
    )


def _reason(hint: Text) -> ui.Label[Any]:
    return _text("reason", staff.REASON, hint, long=True, required=False, most=400)


def _text(
    name: str,
    label: Text,
    hint: Text | None,
    *,
    long: bool = False,
    default: str = "",
    required: bool | None = None,
    most: int = discord_limits.PROMPT_CHARACTERS,
) -> ui.Label[Any]:
    field = ui.TextInput[Any](
        custom_id=name,
        style=discord.TextStyle.paragraph if long else discord.TextStyle.short,
        default=clip(default, most) or None,
        required=long if required is None else required,
        max_length=most if long else min(most, 40),
    )
    about = None if hint is None else clip(str(hint), discord_limits.CHOICE_CHARACTERS)
    return ui.Label(text=str(label), description=about, component=field)


def _which(numbers: Sequence[int], chosen: Sequence[int]) -> ui.Label[Any]:
    options = [(words.picture(number), str(number)) for number in numbers]
    picked = [str(number) for number in chosen]
    return _select("which", words.WHICH, options, picked, most=len(options))


def _select(
    name: str,
    label: Text,
    choices: Iterable[Choice],
    chosen: str | Sequence[str] | None,
    *,
    most: int = 1,
    marked: str | None = None,
) -> ui.Label[Any]:
    """Return a list to choose from; a `marked` choice takes a refused request as it was asked."""
    picked = (chosen,) if isinstance(chosen, str) else chosen or ()
    options = [
        discord.SelectOption(
            label=clip(shown, discord_limits.CHOICE_CHARACTERS),
            value=value,
            default=value in picked,
            description=str(words.TAKES_ALL) if value == marked else None,
        )
        for shown, value in list(choices)[:CHOICES]
    ]
    select = ui.Select[Any](
        custom_id=name,
        options=options,
        required=name == "which",
        min_values=1 if name == "which" else 0,
        max_values=min(most, len(options)),
        placeholder=str(words.AUTOMATIC),
    )
    return ui.Label(text=str(label), component=select)


def _aspects() -> list[Choice]:
    return [(aspect, aspect) for aspect in ASPECTS]
