"""Public answers to members' messages, as classic messages: a row of buttons or a choice.

Every item is answered by a DynamicItem of the client; the views are finished from the start, so
that discord.py keeps no copy of them (docs/spec/discord.md section 2.3).
"""

from __future__ import annotations

from collections.abc import Sequence

import discord
from discord import ui

from bot.ui import buttons
from bot.ui.messages import public_replies as words


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


def _row(item: ui.Item[ui.View]) -> ui.View:
    view = ui.View(timeout=None)
    view.add_item(item)
    view.stop()
    return view
