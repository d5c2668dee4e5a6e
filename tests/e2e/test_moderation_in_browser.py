"""Moderation, in Chromium: the panel, a limit set and undone, statistics, and the staff's log."""

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
async def test_a_manager_sets_the_server_up(
    tmp_path: Path, name: str, viewport: ViewportSize
) -> None:
    folder = Path(PICTURES) if PICTURES else tmp_path
    async with demo() as address, open_page(address, viewport) as page:
        await page.view_as("Maya (manager)")
        await page.slash("easel setup")
        await page.see("I have all permissions I need in")
        await page.choose("Maximum pictures per request", among="waiting times")
        await page.see("Now: as many as the model allows")
        await page.choose("4")
        await page.see("as many as the model allows → 4")
        await page.slash("imagine", "A harbour in the morning")
        await page.page.get_by_alt_text("A harbour in the morning").last.wait_for()
        await page.slash("easel stats", period="today")
        await page.page.get_by_alt_text("Pictures per day").last.wait_for()
        await page.slash("limits everyone", credits="20", window="day")
        await page.see("not set → 20 credits")
        await page.page.locator("article button:enabled", has_text="Undo").last.wait_for()
        await page.photograph(folder / f"moderation-{name}.png")
        await page.page.get_by_role("button", name="Undo").last.click()
        await page.see("20 credits → not set")
        # Each of it stands in the log, where a moderator acts on it.
        await page.view_as("Milo (in #staff-log)")
        await page.see("Undone: Limit for everyone, per day")


@pytest.mark.long
async def test_a_moderator_answers_a_request_for_more_in_the_log() -> None:
    async with demo() as address, open_page(address, PHONE) as page:
        await page.slash("quota")
        await page.page.get_by_role("button", name="Ask for more").click()
        await page.see("I told the moderators")
        await page.view_as("Milo (in #staff-log)")
        await page.see("asks for more pictures: 50 credits left.")
        await page.page.get_by_role("button", name="Dismiss").click()
        await page.see("has seen it")


@pytest.mark.long
@pytest.mark.parametrize(("name", "viewport"), [("desktop", DESKTOP), ("phone", PHONE)])
async def test_a_moderator_hides_what_a_member_reported(
    tmp_path: Path, name: str, viewport: ViewportSize
) -> None:
    folder = Path(PICTURES) if PICTURES else tmp_path
    async with demo() as address, open_page(address, viewport) as page:
        await page.slash("imagine", "A harbour in the morning")
        await page.page.get_by_alt_text("A harbour in the morning").last.wait_for()
        await page.view_as("Bob")
        await page.ready()
        await page.page.get_by_role("button", name="Details").last.click()
        await page.see("requested by")
        await page.page.get_by_role("button", name="Report", exact=True).last.click()
        await page.page.get_by_text("It is hateful or violent").first.click()
        await page.page.get_by_role("button", name="Submit").click()
        await page.see("can see your report now")
        await page.view_as("Milo (in #staff-log)")
        await page.see("Only staff can read this channel")
        await page.photograph(folder / f"report-{name}.png")
        await page.page.get_by_role("button", name="Hide behind a spoiler").click()
        await page.see("hid the picture behind a spoiler")
        await page.see("shown → behind a spoiler")
        await page.photograph(folder / f"report-hidden-{name}.png")
