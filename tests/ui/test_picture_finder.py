"""Pictures are found wherever Discord puts them: in order, once, and nothing else."""

from __future__ import annotations

from typing import Any, cast

import discord
import pytest
from discord import StickerFormatType, StickerItem
from discord.components import _component_factory
from discord.embeds import Embed

from bot.ui.discord_api import picture_finder

CDN = "https://cdn.discordapp.com/attachments/1"


class Attachment:
    """What the finder reads of an attachment."""

    def __init__(self, number: int, name: str, kind: str | None = "image/png") -> None:
        self.id = number
        self.filename = name
        self.content_type = kind
        self.size = 9
        self.url = f"{CDN}/{number}/{name}?ex=1&hm=2"

    def is_spoiler(self) -> bool:
        return self.filename.startswith("SPOILER_")


class Message:
    """What the finder reads of a message."""

    def __init__(self, **parts: Any) -> None:
        self.attachments = parts.get("attachments", [])
        self.components = [_component_factory(part) for part in parts.get("components", [])]
        self.embeds = [Embed.from_dict(part) for part in parts.get("embeds", [])]
        self.message_snapshots = parts.get("snapshots", [])
        self.stickers = parts.get("stickers", [])
        self.content = parts.get("content", "")


def found(message: Any) -> list[str]:
    return [str(source.url) for source in picture_finder.pictures(message)]


def media(address: str, kind: str | None = "image/png", attachment: int | None = None) -> Any:
    values: dict[str, Any] = {"url": address, "proxy_url": address}
    if kind:
        values["content_type"] = kind
    if attachment:
        values["attachment_id"] = str(attachment)
    return values


def gallery(*items: Any) -> Any:
    return {"type": 12, "items": [{"media": item} for item in items]}


@pytest.mark.parametrize(
    ("name", "kind", "is_picture"),
    [
        ("a.png", "image/png", True),
        ("a.heic", None, True),
        ("A.JPG", None, True),
        ("a.svg", "image/svg+xml", False),
        ("a.mp4", "video/mp4", False),
        ("a.png", "text/plain", False),
        ("a", None, False),
    ],
)
def test_only_what_can_be_a_picture_is_taken(name: str, kind: str | None, is_picture: bool) -> None:
    assert bool(found(Message(attachments=[Attachment(1, name, kind)]))) is is_picture


def test_files_given_on_purpose_are_all_taken_once() -> None:
    first, text = Attachment(1, "a.png"), Attachment(2, "notes.txt", "text/plain")
    sources = picture_finder.attached([first, None, text, first])  # pyright: ignore[reportArgumentType]

    assert [source.name for source in sources] == ["a.png", "notes.txt"]
    assert all(source.trusted and source.declared_bytes == 9 for source in sources)


def test_media_of_layouts_are_found_at_any_depth_in_order() -> None:
    section: Any = {
        "type": 9,
        "components": [{"type": 10, "content": "words"}],
        "accessory": {"type": 11, "media": media(f"{CDN}/3/c.png", attachment=3)},
    }
    layout = {
        "type": 17,
        "components": [
            gallery(media(f"{CDN}/1/a.png", attachment=1), media(f"{CDN}/2/b.mp4", "video/mp4")),
            section,
            {"type": 13, "file": media("https://example.org/d.webp", None)},
        ],
    }
    sources = picture_finder.pictures(Message(components=[layout]))  # pyright: ignore[reportArgumentType]

    assert [source.name for source in sources] == ["a.png", "c.png", "d.webp"]
    assert [source.trusted for source in sources] == [True, True, False]


def test_an_embed_has_one_picture_and_is_not_trusted() -> None:
    embeds = [
        {"type": "rich", "image": {"url": "https://example.org/a"}, "thumbnail": {"url": "x"}},
        {"type": "image", "thumbnail": {"url": "https://example.org/b.png"}},
        {"type": "rich", "description": "words"},
        {"type": "rich", "image": {"url": "attachment://c.png"}},
    ]
    sources = picture_finder.pictures(Message(embeds=embeds))  # pyright: ignore[reportArgumentType]

    assert [source.url for source in sources] == [
        "https://example.org/a",
        "https://example.org/b.png",
    ]
    assert not any(source.trusted for source in sources)


def test_the_same_picture_at_two_addresses_comes_once() -> None:
    message = Message(
        attachments=[Attachment(1, "a.png"), Attachment(2, "b.png")],
        components=[gallery(media("https://media.discordapp.net/attachments/1/2/b.png?width=9"))],
        embeds=[{"image": {"url": f"{CDN}/1/a.png?ex=7"}}],
    )

    assert found(message) == [
        f"{CDN}/1/a.png?ex=1&hm=2",
        f"{CDN}/2/b.png?ex=1&hm=2",
    ]


def test_two_pictures_of_one_site_stay_two() -> None:
    embeds = [{"image": {"url": f"https://example.org/view?id={number}"}} for number in (1, 2)]

    assert len(found(Message(embeds=embeds))) == 2


def test_what_was_forwarded_comes_after_what_the_message_brings(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(discord, "Message", Message)
    forwarded = Message(attachments=[Attachment(1, "a.png")], embeds=[])
    message = Message(attachments=[Attachment(2, "b.png")], snapshots=[forwarded])

    assert found(message) == [f"{CDN}/2/b.png?ex=1&hm=2", f"{CDN}/1/a.png?ex=1&hm=2"]


def sticker(number: int, kind: StickerFormatType) -> StickerItem:
    values: Any = {"id": str(number), "name": f"s{number}", "format_type": kind.value}
    return StickerItem(state=cast("Any", None), data=values)


def test_stickers_are_pictures_unless_clients_draw_them() -> None:
    kinds = (StickerFormatType.png, StickerFormatType.gif, StickerFormatType.lottie)
    message = Message(stickers=[sticker(number, kind) for number, kind in enumerate(kinds, 1)])
    assert [name.rpartition("/")[2] for name in found(message)] == ["1.png", "2.gif"]


def test_emoji_of_servers_are_pictures_where_there_is_nothing_else() -> None:
    text = "<:fox:11> <a:dance:12> <:fox:11> :smile:"
    names = [name.rpartition("/")[2] for name in found(Message(content=text))]
    assert names == ["11.png?size=256", "12.gif?size=256"]
    with_file = Message(content=text, attachments=[Attachment(1, "a.png")])
    assert len(found(with_file)) == 1


def test_a_preview_brings_discords_own_copy_along() -> None:
    image = {"url": "https://example.org/a.png", "proxy_url": "https://proxy.example.org/a.png"}
    (source,) = picture_finder.pictures(cast("Any", Message(embeds=[{"image": image}])))
    assert (source.url, source.proxy_url) == (image["url"], image["proxy_url"])


def test_what_is_hidden_is_known_as_hidden() -> None:
    attached = [Attachment(1, "a.png"), Attachment(2, "SPOILER_b.png")]
    sources = picture_finder.pictures(cast("Any", Message(attachments=attached)))
    assert [source.spoiler for source in sources] == [False, True]
