"""Public answers to members' messages, as classic messages: a row of buttons or a choice.

And the question for the owner of a picture.

Every item is answered by a DynamicItem of the client; the views are finished from the start, so
that discord.py keeps no copy of them (docs/spec/discord.md section 2.3).
"""

from __future__ import annotations

from collections.abc import Sequence

import discord
from discord import ui

from bot.domain.requests.consent import Consent
from bot.ui import buttons
from bot.ui.cards.cards import WAITING, Card, with_buttons
from bot.ui.language import Text
from bot.ui.messages import public_replies as words
from bot.ui.messages.requests import consents
from bot.ui.text import shown_prompt


def pick(message_id: int, numbers: Sequence[int]) -> ui.View:
    """Return the choice of one or several pictures of a result."""
    options = [
        discord.SelectOption(label=words.picture(number), value=str(number)) for number in numbers
    ]
    return _row(
        ui.Select(
            custom_id=buttons.pick(message_id),
            placeholder=str(words.PICK_PLACEHOLDER),
            options=options,
            max_values=len(options),
        )
    )


def why(why_id: str) -> ui.View:
    """Return the button that tells the author of a message why nothing came of it."""
    return _row(ui.Button(label=str(words.WHY), custom_id=buttons.draft_button("why", why_id)))


def write_change(job_id: str) -> ui.View:
    """Return the button that opens the form for a change."""
    return _row(
        ui.Button(label=str(words.WRITE_CHANGE), custom_id=buttons.job_button("edit", job_id))
    )


def consent(consent: Consent, prompt: str | None) -> Card:
    """Return the question for the owner of a picture; without a prompt, a button shows it."""
    texts = [consents.question(consent), *([shown_prompt(prompt)] if prompt else [])]
    row = [
        _answer("allow", consents.ALLOW, consent, discord.ButtonStyle.success),
        _answer("refuse", consents.REFUSE, consent, discord.ButtonStyle.danger),
    ]
    if not prompt:
        row.append(_answer("prompt", consents.SHOW_PROMPT, consent, discord.ButtonStyle.secondary))
    return with_buttons(texts, row, WAITING)


def _answer(
    what: str, label: Text, consent: Consent, style: discord.ButtonStyle
) -> ui.Button[Card]:
    custom_id = buttons.consent(what, consent.consent_id)
    return ui.Button(label=str(label), style=style, custom_id=custom_id)


def _row(item: ui.Item[ui.View]) -> ui.View:
    view = ui.View(timeout=None)
    view.add_item(item)
    view.stop()
    return view
