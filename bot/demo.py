"""The demo: the real bot, a simulated Discord in the browser, and the local image APIs."""

from __future__ import annotations

import tempfile
from collections.abc import Callable
from pathlib import Path

from bot.app import App
from bot.config import Configuration
from bot.sandbox.image_apis import ImageApis
from bot.sandbox.page_menus import MenuWords
from bot.sandbox.world import Place, Words, serve_files, show
from bot.storage.engine import schema
from bot.ui.messages import demo as words

# Long enough to see a ticket at work, short enough not to bore.
SECONDS_PER_PICTURE = 1.5
# Enough to try everything, and few enough to see them go down.
CREDITS_PER_DAY = 50


async def demo(port: int, ready: Callable[[str], None]) -> None:
    """Serve the demo until its page ends the session; `ready` gets the page's address.

    Everything it keeps lies in a temporary folder and is gone afterwards.
    """
    with tempfile.TemporaryDirectory(prefix="easel-demo-") as folder:
        async with ImageApis(delay_seconds=SECONDS_PER_PICTURE) as apis, serve_files() as files:
            configuration = Configuration.model_validate(
                {
                    "discord": {"cdn_base": files.base},
                    "access": {"open": True},
                    "quota": {"default": f"{CREDITS_PER_DAY}/day"},
                    "storage": {
                        "url": f"sqlite+aiosqlite:///{folder}/easel.db",
                        "data_dir": Path(folder),
                    },
                    "providers": {
                        name: {"base_url": f"{apis.url}/{name}", "api_key": "local"}
                        for name in ("routescope", "seededit", "seedream")
                    },
                }
            )
            await schema.upgrade(configuration.storage.url)
            app = App(configuration, shard_count=1)

            async def furnish(place: Place) -> None:
                """Let the manager have named a channel for reports and changes."""
                actor = app.servers.changes.actor(place.guild_id, place.manager.id)
                await app.servers.settings.set(actor, "log_channel", place.log.id)

            await show(
                app.client,
                files=files,
                services=app.services,
                port=port,
                words=Words(
                    welcome=words.welcome(CREDITS_PER_DAY),
                    topic=str(words.TOPIC),
                    photo=str(words.PHOTO),
                    menus=MenuWords(
                        message_menu=words.message_menu,
                        member_menu=words.member_menu,
                        message=str(words.MENU_MESSAGE),
                        member=str(words.MENU_MEMBER),
                    ),
                ),
                furnish=furnish,
                ready=ready,
            )
