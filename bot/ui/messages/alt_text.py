"""The description of a picture for people who cannot see it, the same wherever it is shown."""

from __future__ import annotations

from bot.domain.text.discord_codes import without_members
from bot.ui.discord_api.discord_limits import ALT_TEXT_CHARACTERS
from bot.ui.language import Phrase, _
from bot.ui.messages.words import clip
from bot.ui.text import plain

_PROMPT_HIDDEN = Phrase("this server does not show prompts.")


def alt_text(number: int, of: int, prompt: str | None) -> str:
    """Return the alt text of a result's picture; `prompt` is None where it must not be read.

    What made it comes first: the end of a long prompt is cut off.

    `number` counts from 1 over all `of` pictures of the result.
    """
    what = (plain(without_members(prompt)) if prompt is not None else "") or _PROMPT_HIDDEN
    if of > 1:
        text = _("AI-made picture {number} of {of}: {what}", number=number, of=of, what=what)
    else:
        text = _("AI-made picture: {what}", what=what)
    return clip(text, ALT_TEXT_CHARACTERS)
