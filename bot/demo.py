"""The demo: the real bot, a simulated Discord in the browser, and the local image APIs."""

from __future__ import annotations

import tempfile
import tomllib
from collections.abc import Callable, Sequence
from pathlib import Path

from bot.app import App
from bot.cli.models.adding import entry_of
from bot.config import Configuration
from bot.sandbox.image_apis import ImageApis, configuration_fragment
from bot.sandbox.page_menus import MenuWords
from bot.sandbox.world import Place, Words, serve_files, show
from bot.storage.engine import schema
from bot.ui.messages import demo as words

# Long enough to see a ticket at work, short enough not to bore.
SECONDS_PER_PICTURE = 1.5
OPENROUTER_MODELS = ("bytedance-seed/seedream-4.5", "openai/gpt-image-2")
# Enough to try everything, and few enough to see them go down.
CREDITS_PER_DAY = 50


# Those of the original documents; `--provider` names others.
USUAL_PROVIDERS = ("routescope", "seededit", "seedream")


async def demo(
    port: int, ready: Callable[[str], None], providers: Sequence[str] = USUAL_PROVIDERS
) -> None:
    """Serve the demo until its page ends the session; `ready` gets the page's address.

    Everything it keeps lies in a temporary folder and is gone afterwards.
    """
    with tempfile.TemporaryDirectory(prefix="easel-demo-") as folder:
        async with ImageApis(delay_seconds=SECONDS_PER_PICTURE) as apis, serve_files() as files:
            configuration = await configured(
                apis.url, cdn_base=files.base, folder=Path(folder), providers=providers
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


async def configured(
    url: str, *, cdn_base: str, folder: Path, providers: Sequence[str] = USUAL_PROVIDERS
) -> Configuration:
    """Return a configuration that uses these of the local image APIs at `url`."""
    local = tomllib.loads(configuration_fragment(url))
    custom = local["models"]["custom"] if "home" in providers else {}
    configuration = Configuration.model_validate(
        {
            "discord": {"cdn_base": cdn_base},
            "access": {"open": True},
            "quota": {"default": f"{CREDITS_PER_DAY}/day"},
            "storage": {"url": f"sqlite+aiosqlite:///{folder}/easel.db", "data_dir": folder},
            "providers": {name: local["providers"][name] for name in providers},
            "models": {"custom": custom},
        }
    )
    if "openrouter" not in providers:
        return configuration
    # Its models are added by name, as `easel models add` does it.
    added = {name: await entry_of(configuration, "openrouter", name) for name in OPENROUTER_MODELS}
    models = configuration.models.model_copy(update={"custom": {**custom, **added}})
    return configuration.model_copy(update={"models": models})
