"""A newcomer's first minutes: the demo in Chromium."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from playwright.async_api import expect

from tests.e2e.browser import CHROMIUM, DESKTOP, PHONE, demo, open_page

pytestmark = pytest.mark.skipif(CHROMIUM is None, reason="there is no Chromium on this machine")

# Screenshots go to the README's folder when it is named here.
PICTURES = os.environ.get("EASEL_SCREENSHOTS")


@pytest.mark.long
async def test_the_page_says_what_to_try_and_has_the_menus_of_messages_and_members() -> None:
    async with demo() as address, open_page(address, PHONE) as bob:
        # Read from its first line, though it is longer than a phone.
        await expect(
            bob.page.locator("strong", has_text="Welcome to the demo.")
        ).to_be_in_viewport()
        await bob.view_as("Alice")
        await bob.slash("menu edit-picture", message="My boat")
        form = bob.page.get_by_role("dialog")
        await form.get_by_label("What should change?").fill("make it night")
        await form.get_by_role("button", name="Submit").click()
        edited = bob.result("make it night")
        await edited.get_by_alt_text("make it night").wait_for()
        # What is new is scrolled to.
        await expect(edited.get_by_text("make it night").first).to_be_in_viewport()
        await bob.view_as("Milo (in #staff-log)")
        await bob.slash("menu image-quota", member="Alice")
        await bob.see("49 left")


async def test_a_newcomer_draws_a_set_of_three_and_sees_the_quota_go_down(tmp_path: Path) -> None:
    folder = Path(PICTURES) if PICTURES else tmp_path
    async with demo() as address:
        async with open_page(address, DESKTOP) as alice:
            await alice.slash(
                "imagine",
                "A paper lantern festival by the river",
                aspect="21:9",
                count="3",
                related="set",
            )
            await alice.see("Done")
            # Three pictures with alt text, shown without a click on refresh.
            pictures = alice.page.get_by_alt_text("A paper lantern festival")
            await pictures.nth(2).wait_for()
            assert await pictures.count() == 3
            await alice.slash("quota")
            await alice.see("47 left")
            await alice.photograph(folder / "demo.png")
        async with open_page(address, PHONE) as bob:
            await bob.view_as("Bob")
            await bob.page.get_by_alt_text("A paper lantern festival").first.wait_for()
            # A ticket is nobody else's business.
            assert await bob.page.get_by_text("47 left").count() == 0
            await bob.slash("imagine", "A lighthouse", size="10x10")
            await bob.see("3,686,400")
            await bob.photograph(folder / "phone.png")
