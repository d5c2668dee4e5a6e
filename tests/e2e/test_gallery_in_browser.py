"""What a server's members do with pictures, in Chromium on a phone: compare, keep, save a style."""

from __future__ import annotations

import contextlib
import re

import pytest
from playwright.async_api import Locator, TimeoutError

from tests.e2e.browser import CHROMIUM, PHONE, DemoPage, demo, open_page

pytestmark = pytest.mark.skipif(CHROMIUM is None, reason="there is no Chromium on this machine")

_TRY_MS = 7000


async def press(page: DemoPage, label: str, then: str | Locator) -> None:
    """Press the newest button with a label until `then` is seen.

    An emoji may stand before the label. A page that is drawn anew at that moment loses a press.
    """
    seen = page.page.get_by_text(then).last if isinstance(then, str) else then
    for _ in range(4):
        await page.ready()
        with contextlib.suppress(TimeoutError):
            button = page.page.get_by_role("button", name=re.compile(f"{label}$"))
            await button.last.click(timeout=_TRY_MS)
            await seen.wait_for(timeout=_TRY_MS)
            return
    await seen.wait_for()


@pytest.mark.long
async def test_members_compare_two_models_and_vote() -> None:
    async with demo() as address, open_page(address, PHONE) as page:
        models = {"model-a": "Seedream 4.0", "model-b": "Seedream 5.0"}
        await page.slash("compare", "A paper lantern on a pond", **models)
        await page.see("Nothing is charged before you press the button.")
        await press(page, "Compare for 2 credits", then="Which picture is the best?")
        post = page.result("Which picture is the best?")
        await post.get_by_alt_text("A paper lantern on a pond").nth(1).wait_for()
        assert "Seedream" not in await post.inner_text()
        await page.view_as("Bob")
        await page.choose("Picture B", among="Vote for the best picture")
        await page.see("You voted for B.")
        await page.view_as("Alice")
        await press(page, "End the vote", then="won with 1 vote.")
        assert "B · Seedream" in await page.result("won with 1 vote.").inner_text()


@pytest.mark.long
async def test_what_three_members_keep_is_in_the_gallery_until_it_is_removed() -> None:
    async with demo() as address, open_page(address, PHONE) as page:
        await page.slash("imagine", "A harbour in the morning")
        harbour = page.page.get_by_alt_text("A harbour in the morning")
        await harbour.last.wait_for()
        kept = page.page.get_by_role("button", name="Do not keep").last
        for name in ("Bob", "Mora (moderator)", "Maya (manager)"):
            await page.view_as(name)
            await press(page, "Details", then="requested by")
            await press(page, "Keep", then=kept)
        await page.view_as("Lena (in #gallery)")
        # By what stands in one channel only: the page shows it a moment after the viewer.
        await page.see("A lighthouse in the fog")
        await harbour.last.wait_for()
        await page.view_as("Alice")
        await page.see("49 left")
        await press(page, "Remove", then="This cannot be undone")
        await press(page, "Remove", then="Removed.")
        await page.view_as("Lena (in #gallery)")
        await page.see("A lighthouse in the fog")
        await harbour.wait_for(state="detached")


@pytest.mark.long
async def test_a_style_of_a_result_is_used_again_in_two_taps() -> None:
    async with demo() as address, open_page(address, PHONE) as page:
        await page.slash("imagine", "A harbour in ink")
        await page.page.get_by_alt_text("A harbour in ink").last.wait_for()
        form = page.page.get_by_role("dialog")
        await press(page, "Details", then="requested by")
        await press(page, "Save as style", then=form)
        await form.get_by_label("Name").fill("Harbour ink")
        await form.get_by_role("button", name="Submit").click()
        await page.see("Saved: ")
        await press(page, "Use style", then=form)
        await form.get_by_label("What would you like to see?").fill("a castle")
        await form.get_by_role("button", name="Submit").click()
        await page.page.get_by_alt_text("a castle").last.wait_for()
