"""Who has Discord in Chinese: the demo in Chromium, with a font that has the letters."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from tests.e2e.browser import CHROMIUM, DESKTOP, PHONE, demo, open_page

pytestmark = pytest.mark.skipif(CHROMIUM is None, reason="there is no Chromium on this machine")

PICTURES = os.environ.get("EASEL_SCREENSHOTS")


@pytest.mark.long
async def test_cards_hold_in_chinese_on_a_desktop_and_on_a_phone(tmp_path: Path) -> None:
    folder = Path(PICTURES) if PICTURES else tmp_path
    async with demo() as address:
        async with open_page(address, DESKTOP) as xiaolin:
            await xiaolin.view_as("小林 (中文)")
            await xiaolin.slash("imagine", "河边的灯笼节", aspect="21:9")
            await xiaolin.page.get_by_alt_text("河边的灯笼节").first.wait_for()
            await xiaolin.slash("quota")
            await xiaolin.see("剩余 49 点")
            await xiaolin.slash("models", model="gpt-image-2")
            await xiaolin.see("修改图片")
            await xiaolin.photograph(tmp_path / "desktop.png")
        async with open_page(address, PHONE) as xiaolin:
            await xiaolin.view_as("小林 (中文)")
            await xiaolin.slash("help")
            await xiaolin.see("选择模型")
            await xiaolin.slash("imagine", "一座灯塔", size="10x10")
            await xiaolin.see("改一改")
            await xiaolin.photograph(folder / "chinese-phone.png")
            # Nothing is wider than a phone.
            width = await xiaolin.page.evaluate("document.documentElement.scrollWidth")
            assert width <= PHONE["width"]
