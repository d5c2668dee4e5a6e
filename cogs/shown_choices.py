"""Takes a suggestion by the name that it shows, where a client sends that in place of its value.

Some of Discord's clients do: the text stays in the option as it is shown when a member edits or
resends a command. So every option that has suggestions is read both ways.
"""

from __future__ import annotations

import logging
from collections.abc import Iterable, Iterator
from contextlib import suppress
from typing import Any

import discord
from discord import app_commands

log = logging.getLogger(__name__)

_SEPARATOR = " · "
# The part of a suggestion that may have changed since it was shown: how long ago it was, whether
# a request still waits, what is left of a grant.
_CHANGING = {"of": 0, "job": 1, "grant": 1}

Choices = Iterable[app_commands.Choice[Any]]


async def resolve(interaction: discord.Interaction[Any]) -> None:
    """Put the value of a suggestion in the place of its name, in every option that has some."""
    command = interaction.command
    if interaction.type is not discord.InteractionType.application_command or not isinstance(
        command, app_commands.Command
    ):
        return
    given = {option["name"]: option for option in _options(interaction.data or {})}
    # In the order of the command: which sizes are suggested depends on the model.
    for parameter in command.parameters:
        option = given.get(str(parameter.display_name))
        if option is None or not parameter.autocomplete:
            continue
        option["value"] = await _value(interaction, command, parameter.name, option["value"])
        with suppress(AttributeError):
            del interaction._cs_namespace  # the next suggestions read the options anew


def _options(data: Any) -> Iterator[dict[str, Any]]:
    """Yield the options that hold a value, also those of a subcommand."""
    for option in data.get("options", ()):
        yield from _options(option) if "options" in option else [option]


async def _value(interaction: discord.Interaction[Any], command: Any, name: str, typed: str) -> str:
    """Return the value that a text shows; the text itself where it shows no suggestion."""
    suggest = command._params[name].autocomplete
    bound = [command.binding] if getattr(suggest, "pass_command_binding", False) else []
    head, _, _ = typed.partition(_SEPARATOR)
    for searched in (typed, "", head):
        try:
            choices = await suggest(*bound, interaction, searched)
        except Exception:
            # The command itself says what is wrong.
            log.exception("no suggestions for %s of /%s", name, command.qualified_name)
            break
        found = shown_as(typed, choices, changing=_CHANGING.get(name))
        if found is not None:
            return found
    return typed


def shown_as(typed: str, choices: Choices, *, changing: int | None = None) -> str | None:
    """Return the value that a text is, or whose name it is; None if it is neither.

    A time is suggested as it was typed, with the moment that it ends: there the text before
    counts. `changing` is the part of a name that may be another one by now; two suggestions that
    fit then are none.
    """
    wanted = _parts(typed)
    near: set[str] = set()
    for choice in choices:
        name, value = _parts(choice.name), str(choice.value)
        if typed == value or name == wanted:
            return value
        if len(wanted) == len(name) == 2 and wanted[0] == name[0] == value.casefold():
            return value
        if changing is not None and _without(name, changing) == _without(wanted, changing):
            near.add(value)
    return near.pop() if len(near) == 1 else None


def _parts(text: str) -> list[str]:
    return [" ".join(part.split()).casefold() for part in text.split(_SEPARATOR)]


def _without(parts: list[str], place: int) -> list[str]:
    return parts[:place] + parts[place + 1 :] if len(parts) > place + 1 else [*parts, ""]
