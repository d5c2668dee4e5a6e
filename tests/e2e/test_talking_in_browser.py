"""Editing by talking, in Chromium: reply to a picture, draw it again, go back to its parent."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from playwright.async_api import ViewportSize

from tests.e2e.browser import CHROMIUM, DESKTOP, PHONE, demo, open_page

pytestmark = pytest.mark.skipif(CHROMIUM is None, reason="there is no Chromium on this machine")

PICTURES = os.environ.get("EASEL_SCREENSHOTS")


@pytest.mark.long
@pytest.mark.parametrize(("name", "viewport"), [("desktop", DESKTOP), ("phone", PHONE)])
async def test_a_member_edits_by_talking(tmp_path: Path, name: str, viewport: ViewportSize) -> None:
    folder = Path(PICTURES) if PICTURES else tmp_path
    async with demo() as address, open_page(address, viewport) as alice:
        await alice.slash("imagine", "A harbour in the morning", count="2", related="set")
        await alice.page.get_by_alt_text("Picture 2 of 2").last.wait_for()
        await alice.reply_to("A harbour in the morning", "2: make it night")
        edited = alice.result("make it night")
        await edited.get_by_alt_text("make it night").first.wait_for()
        # Parent is a link to the message that was replied to.
        parent = edited.get_by_role("link", name="Parent")
        target = await parent.get_attribute("href")
        original = await alice.result("A harbour in the morning").get_attribute("data-message-id")
        assert target is not None
        assert target.startswith("https://discord.com/channels/")
        assert target.rsplit("/", 1)[-1] == original
        await alice.ready()
        await edited.get_by_role("button", name="Again").click()
        await alice.page.get_by_alt_text("make it night").nth(1).wait_for()
        await alice.photograph(folder / f"talking-{name}.png")
