"""The menus of messages and members on the demo's page, which has only slash commands.

Each menu of the bot is offered as a command, `/menu edit-picture`, and reaches the bot as the menu.
Knows SimCord's insides (the version is pinned); must not know the bot.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import simcord
from simcord.backend.models import EPHEMERAL_FLAG, Message
from simcord.enums import AppCommandType, OptionType
from simcord.preview import Preview
from simcord.preview._pages import _Page
from simcord.results import ResponseMessage

NAME = "menu"
MESSAGE, MEMBER = "message", "member"
# Discord shows no more suggestions.
_SHOWN = 25
_LABEL_CHARACTERS = 80


@dataclass(frozen=True, slots=True, kw_only=True)
class MenuWords:
    """What the commands say: of a menu by its name, and of what it is opened on."""

    message_menu: Callable[[str], str]
    member_menu: Callable[[str], str]
    message: str
    member: str


def offer(env: simcord.Env, preview: Preview, words: MenuWords) -> None:
    """Offer the menus that the bot has registered as commands of the page."""
    commands = env.backend.commands[None]
    menus = {
        str(name).lower().replace(" ", "-"): (str(name), AppCommandType(kind))
        for name, kind in commands
        if kind != AppCommandType.CHAT_INPUT
    }
    command = {
        "id": str(env.backend.snowflake()),
        "application_id": str(env.backend.application_id),
        "name": NAME,
        "type": AppCommandType.CHAT_INPUT,
        "description": "",
        "options": [_leaf(key, *menu, words) for key, menu in menus.items()],
        "default_member_permissions": None,
        "contexts": [0],
    }
    commands[NAME, AppCommandType.CHAT_INPUT] = command
    prepare = preview._prepare_action

    def prepared(page: _Page, kind: str, body: Mapping[str, Any]) -> Any:
        if body.get("command_id") != command["id"]:
            return prepare(page, kind, body)
        if kind == "autocomplete_command":
            return _suggest(env, preview, page, body)
        # What the page sent must still be a command that this viewer may use.
        prepare(page, kind, body)
        name, _ = menus[body["path"][1]]
        channel = preview.channel
        target = _target(env, preview, page, body["options"])

        async def run(action: Any, cursor: int) -> Any:
            opened = page.viewer.context_menu(channel, name, target)
            return await preview._run_interaction_action(
                page, action, cursor, opened, republish_all=True
            )

        return run

    preview._prepare_action = prepared


def _leaf(key: str, name: str, kind: AppCommandType, words: MenuWords) -> dict[str, Any]:
    if kind == AppCommandType.USER:
        description = words.member_menu(name)
        option = {"name": MEMBER, "description": words.member, "type": OptionType.USER}
        option["required"] = True
    else:
        description = words.message_menu(name)
        option = {"name": MESSAGE, "description": words.message, "type": OptionType.STRING}
        option["autocomplete"] = True
    return {
        "name": key,
        "description": description,
        "type": OptionType.SUBCOMMAND,
        "options": [option],
    }


def _target(env: simcord.Env, preview: Preview, page: _Page, options: Mapping[str, Any]) -> Any:
    """Return the member or the message that a menu is opened on."""
    if MEMBER in options:
        option = {"name": MEMBER, "type": OptionType.USER}
        return preview._command_option_value(page, NAME, option, options[MEMBER])
    found = _with_pictures(env, page)
    typed = str(options.get(MESSAGE, ""))
    for message in found:
        if typed in (str(message.id), ""):
            return ResponseMessage(env, message)
    for message in found:
        if typed.lower() in message.content.lower():
            return ResponseMessage(env, message)
    raise simcord.SetupError("no such message")


def _suggest(env: simcord.Env, preview: Preview, page: _Page, body: Mapping[str, Any]) -> Any:
    typed = str(body.get("value", "")).lower()
    choices = [
        {"name": label, "value": str(message.id)}
        for message in _with_pictures(env, page)
        if typed in (label := _label(env, message)).lower()
    ]

    async def run(action: Any, cursor: int) -> Any:
        action.autocomplete_answered, action.record_activity = True, False
        finished = preview._finish_action(page, action, "settled", cursor)
        finished["result"] = {
            "command": dict(action.command or {}),
            "focused": body["focused"],
            "answered": True,
            "choices": choices[:_SHOWN],
        }
        action.response = finished
        return finished

    return run


def _with_pictures(env: simcord.Env, page: _Page) -> list[Message]:
    """Return the messages with pictures in a viewer's channel, newest first."""
    messages = env.backend.messages.get(page.channel_id, {})
    return [
        message
        for message in reversed(list(messages.values()))
        if message.attachments and not message.flags & EPHEMERAL_FLAG
    ]


def _label(env: simcord.Env, message: Message) -> str:
    author = env.backend.get_user(message.author_id)
    first = message.content.partition("\n")[0].replace("*", "")
    return f"{author.global_name or author.name}: {first}"[:_LABEL_CHARACTERS]
