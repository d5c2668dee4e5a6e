"""Finds the pictures of a message, wherever Discord put them: one resolver for all ways in.

Order is kept and nothing comes twice (docs/spec/discord.md section 3). Downloads nothing.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from typing import Any

import discord
from yarl import URL

from bot.domain.file_types import is_picture_name
from bot.domain.requests.consent import Whose
from bot.domain.text.discord_codes import EMOJI
from bot.services.ports import ReferenceSource

# How Discord named a file behind a spoiler, before it had a flag for that.
SPOILER_NAME = "SPOILER_"


def pictures(message: discord.Message | discord.MessageSnapshot) -> list[ReferenceSource]:
    """Return everything in a message that looks like a picture.

    Attachments, stickers, media in components, images of embeds, then what was forwarded; emoji
    of servers where there is nothing else.
    """
    found: dict[str, ReferenceSource] = {}
    author = getattr(message, "author", None)  # a forwarded message does not say whose it is
    owner_id = author.id if isinstance(author, discord.abc.User) else None
    whose = Whose.BOT if getattr(author, "bot", False) else Whose.MEMBER  # webhooks are bots too
    for source in _all(message):
        found.setdefault(
            _identity(source.url or ""), replace(source, owner_id=owner_id, whose=whose)
        )
    return list(found.values()) or list(_emoji(message.content))


def attached(files: Iterable[discord.Attachment | None]) -> tuple[ReferenceSource, ...]:
    """Return files that somebody gave on purpose: also what is no picture, to be refused by name.

    An option that was left out is None.
    """
    found: dict[int, ReferenceSource] = {}
    for file in files:
        if file is not None:
            found.setdefault(file.id, _file(file))
    return tuple(found.values())


def is_spoiler(attachment: Mapping[str, Any]) -> bool:
    """Tell whether an attachment, as Discord writes it, is behind a spoiler."""
    named = str(attachment["filename"]).startswith(SPOILER_NAME)
    return named or bool(attachment.get("flags", 0) & discord.AttachmentFlags.spoiler.flag)


def _all(message: discord.Message | discord.MessageSnapshot) -> Iterator[ReferenceSource]:
    for file in message.attachments:
        if _is_picture(file.content_type, file.filename):
            yield _file(file)
    for sticker in getattr(message, "stickers", ()):
        if sticker.format is not discord.StickerFormatType.lottie:  # drawn by clients, no picture
            yield ReferenceSource(url=sticker.url, name=sticker.name, trusted=True)
    yield from _components(message.components)
    for embed in message.embeds:
        # A link's preview has its picture as thumbnail, a written embed as image.
        address = embed.image.url or embed.thumbnail.url
        if address and address.startswith(("http://", "https://")):
            proxy = embed.image.proxy_url or embed.thumbnail.proxy_url
            yield ReferenceSource(url=address, name=_name(address), proxy_url=proxy)
    if isinstance(message, discord.Message):
        for snapshot in message.message_snapshots:
            yield from _all(snapshot)


def _emoji(text: str) -> Iterator[ReferenceSource]:
    """Yield the emoji of servers in a text, each once."""
    for animated, name, emoji_id in dict.fromkeys(EMOJI.findall(text)):
        ending = "gif" if animated else "png"
        url = f"https://cdn.discordapp.com/emojis/{emoji_id}.{ending}?size=256"
        yield ReferenceSource(url=url, name=f"{name}.{ending}", trusted=True)


def _components(parts: Iterable[object], *, spoiler: bool = False) -> Iterator[ReferenceSource]:
    """Yield the pictures of components; `spoiler`: what they are in is behind one."""
    for part in parts:
        match part:
            case discord.Container():
                yield from _components(part.children, spoiler=spoiler or part.spoiler)
            case discord.SectionComponent():
                yield from _components([part.accessory], spoiler=spoiler)
            case discord.MediaGalleryComponent():
                for item in part.items:
                    yield from _media(item.media, spoiler=spoiler or item.spoiler)
            case discord.ThumbnailComponent() | discord.FileComponent():
                yield from _media(part.media, spoiler=spoiler or part.spoiler)
            case _:
                pass


def _media(media: discord.UnfurledMediaItem, *, spoiler: bool) -> Iterator[ReferenceSource]:
    name = _name(media.url)
    if media.url.startswith(("http://", "https://")) and _is_picture(media.content_type, name):
        # What was uploaded has an attachment's id; everything else lies wherever it was linked.
        trusted = media.attachment_id is not None
        yield ReferenceSource(url=media.url, name=name, trusted=trusted, spoiler=spoiler)


def _file(file: discord.Attachment) -> ReferenceSource:
    return ReferenceSource(
        url=file.url,
        name=file.filename,
        declared_bytes=file.size,
        trusted=True,
        spoiler=file.is_spoiler(),
    )


def _is_picture(content_type: str | None, name: str) -> bool:
    if content_type:
        return content_type.startswith("image/") and "svg" not in content_type
    # Discord gives some files no type; decoding decides in the end.
    return is_picture_name(name)


def _name(address: str) -> str:
    return URL(address).name


def _identity(address: str) -> str:
    """Return an address without its signature and size: the same file, freshly signed."""
    host_and_path = address.partition("?")[0]
    for host in ("cdn.discordapp.com", "media.discordapp.net"):
        host_and_path = host_and_path.replace(f"://{host}/", "://discord/")
    if host_and_path.startswith("https://discord/"):
        return host_and_path
    return address
