"""The demo's page reads each text once, and shows as many pictures as a message has."""

from __future__ import annotations

import asyncio
from io import BytesIO

from PIL import Image
from simcord.preview import _messages
from simcord.preview._markdown import markdown_tokens

from bot.sandbox.page_speed import Media, read_texts_once


def _picture(shade: int) -> bytes:
    file = BytesIO()
    Image.new("RGB", (12, 8), (shade, 0, 0)).save(file, "WEBP")
    return file.getvalue()


async def test_more_pictures_than_simcord_lets_wait_are_all_shown() -> None:
    media = Media()
    shown = await asyncio.gather(
        *(media.validate(f"picture {number}", _picture(number * 10)) for number in range(20))
    )
    assert [(info.width, info.height) for info in shown] == [(12, 8)] * 20
    # The page shows a warning for each that is not.
    assert all(info.memory_limited for info in shown)
    await media.close()


def test_a_text_is_read_as_simcord_reads_it_and_again_when_a_name_has_changed() -> None:
    read_texts_once()
    text = "**two** pictures for <@7>, `2: make it night`"
    for name in ("Alice", "Alice of the lake", "Alice"):
        context = {"users": {"7": name}}
        shown = vars(_messages)["markdown_tokens"](text, "message", context=context)
        assert shown == markdown_tokens(text, "message", context=context)
        # What one message does to its own is not seen by the next.
        shown.clear()
