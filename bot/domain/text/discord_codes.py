"""Discord's codes in what people write: emoji, roles, channels and members by their ids.

A model cannot read `<:fox:12>` or `<@&34>`. Everything but members becomes its name when it is
typed. Members stay codes until the request leaves: captions show Discord's own mention, the image
service reads "someone", and no name of a member leaves.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import UTC, datetime

MEMBER = re.compile(r"<@!?(?P<id>\d{1,20})>")
EMOJI = re.compile(r"<(?P<animated>a?):(?P<emoji>\w{1,64}):(?P<id>\d{1,20})>")
_CODE = re.compile(
    rf"{EMOJI.pattern}|"
    r"<(?:@&(?P<role>\d{1,20})|#(?P<channel>\d{1,20})"
    r"|/(?P<command>[^:<>]{1,100}):\d{1,20}|t:(?P<time>\d{1,11})(?::[a-zA-Z])?|id:(?P<page>\w+))>"
)

NameOf = Callable[[int], str | None]


def named(text: str, *, role: NameOf, channel: NameOf) -> str:
    """Return a text with names in the place of codes; members stay as they are.

    `role` and `channel` return the name of an id, None where it is not known.
    """

    def name(code: re.Match[str]) -> str:
        if code["emoji"]:
            return code["emoji"].replace("_", " ")
        if code["role"]:
            return role(int(code["role"])) or "a role"
        if code["channel"]:
            return channel(int(code["channel"])) or "a channel"
        if code["time"]:
            return f"{datetime.fromtimestamp(int(code['time']), UTC):%Y-%m-%d %H:%M}"
        return f"/{code['command']}" if code["command"] else code["page"]

    return _CODE.sub(name, text)


def without_members(text: str) -> str:
    """Return a text as it may leave: "someone" in the place of each member."""
    return MEMBER.sub("someone", text)
