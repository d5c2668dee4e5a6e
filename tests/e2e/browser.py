"""The demo page in a real Chromium, driven as a person would."""

from __future__ import annotations

import asyncio
import os
import shutil
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from playwright.async_api import Locator, Page, ViewportSize, async_playwright

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser")
# Chromium as root, without looking for anything outside this machine.
_ARGUMENTS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
# Pictures below the fold are only fetched when they come into view.
_ALL_DRAWN = """() => [...document.querySelectorAll("img[alt^='AI-made picture']")]
    .filter((image) => image.getBoundingClientRect().top < innerHeight)
    .every((image) => image.naturalWidth > 0)"""
_AT_REST = "#preview-app[aria-busy=false]"
# Options that the bot completes while they are typed.
AUTOCOMPLETED = frozenset({"model", "model-a", "model-b", "size", "message"})
# Options whose value is picked from a list.
CHOICES = frozenset({"aspect", "related", "watermark", "spoiler", "private", "window", "period"})
DESKTOP = ViewportSize(width=900, height=1300)
PHONE = ViewportSize(width=390, height=844)


@asynccontextmanager
async def demo() -> AsyncIterator[str]:
    """Run `easel demo` as a process and yield its page's address."""
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        "-m",
        "bot",
        "demo",
        "--port",
        "0",
        "--no-browser",
        stdout=asyncio.subprocess.PIPE,
        env={name: value for name, value in os.environ.items() if not name.startswith("EASEL_")},
    )
    assert process.stdout is not None
    try:
        address = None
        async with asyncio.timeout(60):
            while address is None:
                line = (await process.stdout.readline()).decode()
                assert line, "the demo ended before it was ready"
                address = next((word for word in line.split() if "/#" in word), None)
        # No limit on what the test does meanwhile.
        yield address
    finally:
        process.terminate()
        await process.communicate()


class DemoPage:
    """One member's view of the channel."""

    def __init__(self, page: Page) -> None:
        self.page = page

    async def view_as(self, name: str) -> None:
        """Look at the channel as another member."""
        await self.page.get_by_label("Viewing as").select_option(label=name)
        # Until the page has gone over to them, it forgets what is typed.
        await self.page.locator(_AT_REST).wait_for()
        await self.ready()

    async def slash(self, command: str, prompt: str | None = None, **options: str) -> None:
        """Type a command, fill its options, and send it."""
        page = self.page
        composer = page.locator("#channel-composer-input")
        await composer.click()
        await composer.press_sequentially(f"/{command}", delay=20)
        await page.locator(".command-suggestion, .command-popup").first.wait_for(timeout=5000)
        await page.keyboard.press("Enter")
        await page.locator(".command-chip").wait_for()
        if prompt is not None:
            await page.locator('input[data-option="prompt"]').fill(prompt)
        for name, value in options.items():
            # What a command requires stands there already.
            if not await page.locator(f'.command-pill[data-option="{name}"]').count():
                await page.locator(".command-ghost").click()
                await page.locator(f'.command-suggestion[data-value="{name}"]').click()
            field = page.locator(f'.command-option-input[data-option="{name}"]')
            await field.fill(value)
            if name in AUTOCOMPLETED:
                # Sent while its suggestions are on their way, the page keeps the draft open.
                await page.locator(".command-popup-list .command-suggestion").first.wait_for()
            if name == "member":
                await page.locator(".command-suggestion", has_text=value).first.click()
            if name in CHOICES:
                await page.locator(f'.command-suggestion[data-value="{value}"]').click()
        await page.locator("#send-message").click()

    async def ready(self) -> None:
        """Wait until the last action is done: before that the page takes no press."""
        await self.page.locator("#channel-composer-input:enabled").wait_for()

    async def choose(self, option: str, *, among: str = "") -> None:
        """Choose from the newest message's list, once the page has scrolled there.

        Of several lists, from the last whose placeholder has the words of `among`.
        It scrolls a moment after the message has come, and shuts a list that leaves the screen.
        """
        await self.ready()
        lists = self.page.locator(f"{_AT_REST} article.message-surface .preview-select")
        await lists.filter(has_text=among).last.click()
        await self.page.locator("[role=option]:visible").filter(has_text=option).first.click()

    def result(self, text: str) -> Locator:
        """Return the newest message of the conversation that has this text and pictures."""
        messages = self.page.locator("article.channel-message").filter(has_text=text)
        return messages.filter(has=self.page.locator("img[alt^='AI-made picture']")).last

    async def reply_to(self, text: str, words: str) -> None:
        """Reply to a result as a person does: the arrow, then the words."""
        message = self.result(text)
        await message.hover()
        await message.get_by_role("button", name="Reply").click()
        composer = self.page.locator("#channel-composer-input")
        await composer.fill(words)
        await self.page.locator("#send-message").click()

    async def photograph(self, file: Path) -> None:
        """Save what the member sees, newest message last, without the page's side bar."""
        toggle = self.page.locator("#messages-toggle")
        if await toggle.get_attribute("aria-expanded") == "true":
            await toggle.click()
        newest = self.page.get_by_text("jump to latest")
        if await newest.is_visible():
            await newest.click()
        await self.ready()
        # Without the side bar the page is laid out anew.
        await self.page.get_by_text("Updating viewport").wait_for(state="hidden")
        await self.page.locator(_AT_REST).wait_for()
        timeline = self.page.locator("#channel-timeline")
        await timeline.evaluate("(all) => { all.scrollTop = all.scrollHeight; }")
        await self.page.wait_for_function(_ALL_DRAWN)
        await self.page.screenshot(path=file)

    async def see(self, text: str, seconds: float = 20) -> None:
        """Wait until the text stands somewhere in the conversation."""
        await self.page.get_by_text(text).last.wait_for(timeout=seconds * 1000)


@asynccontextmanager
async def open_page(address: str, viewport: ViewportSize) -> AsyncIterator[DemoPage]:
    """Open the page in Chromium, at a desktop's or a phone's size."""
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=CHROMIUM, args=_ARGUMENTS)
        try:
            page = await browser.new_page(viewport=viewport)
            await page.goto(address)
            await page.get_by_text("Viewport updated").wait_for()
            yield DemoPage(page)
        finally:
            await browser.close()
