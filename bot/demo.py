"""The demo: the real bot, a simulated Discord in the browser, and the local image APIs."""

from __future__ import annotations

import asyncio
import logging
import tempfile
import tomllib
from collections.abc import Callable, Sequence
from pathlib import Path

import simcord

from bot.app import App
from bot.cli.models.adding import entry_of
from bot.config import Configuration
from bot.domain.catalog import Operation
from bot.domain.comparisons.comparison import ComparisonState
from bot.domain.errors import EaselError
from bot.domain.job import Job, JobState
from bot.domain.requests.request import Draft
from bot.sandbox.image_apis import ImageApis, configuration_fragment
from bot.sandbox.page_menus import MenuWords
from bot.sandbox.world import Place, Words, serve_files, show
from bot.services.requests.submission import Submission
from bot.services.servers.access import Requester
from bot.services.styles.style_book import NewStyle
from bot.storage.engine import schema
from bot.ui.messages import demo as words

log = logging.getLogger(__name__)

# How often it is looked whether a picture of the past is there.
_LOOK_SECONDS = 0.2
# Long enough to see a ticket at work, short enough not to bore.
SECONDS_PER_PICTURE = 1.5
OPENROUTER_MODELS = ("bytedance-seed/seedream-4.5", "openai/gpt-image-2")
# Enough to try everything, and few enough to see them go down.
CREDITS_PER_DAY = 50


# Those of the original documents; `--provider` names others.
USUAL_PROVIDERS = ("routescope", "seededit", "seedream")


class Past:
    """What happened in the demo's server before: pictures that were liked, a style, a comparison.

    It goes through the services that commands go through, so a newcomer finds it like any other.
    """

    def __init__(self, app: App, place: Place) -> None:
        self._app = app
        self._place = place

    async def happen(self) -> None:
        """Let it happen; what goes wrong is only missing."""
        try:
            jobs = [await self._draw(str(prompt)) for prompt in words.LIKED]
            await self._publish(jobs[0])
            await self._compare(str(words.COMPARED))
        except EaselError as error:
            log.warning("a part of the demo's history is missing: %s", error)

    async def _draw(self, prompt: str) -> Job:
        """Let Lena make a picture, and three others keep it."""
        app, place = self._app, self._place
        asked = self._asked(place.visitor, place.studio, Draft(prompt=prompt), f"i:past:{prompt}")
        ticket = await app.requests.intake.submit(asked)
        job = ticket.progress.job
        while not job.state.final:
            await asyncio.sleep(_LOOK_SECONDS)
            job = await app.requests.intake.find(job.job_id) or job
        if job.state is JobState.DONE:
            for member in (place.members[1], place.chinese, place.moderator):
                await app.gallery.favourites.keep(member.id, job)
        return job

    async def _publish(self, job: Job) -> None:
        """Let Maya keep how it was made, for everybody."""
        who = self._who(self._place.manager, self._place.studio, manager=True)
        book = self._app.styles.book
        new = NewStyle(
            name=str(words.STYLE_NAME),
            words=str(words.STYLE_WORDS),
            values={},
            pictures=(),
            from_job_id=job.job_id,
        )
        saved = await book.save(who, new)
        await book.share(who, saved.style.style_id)

    async def _compare(self, prompt: str) -> None:
        """Let Lena compare two models, three members vote, and the vote end."""
        app, place = self._app, self._place
        offers = app.requests.router.catalog.models(Operation.GENERATE)
        models = [offer.model_id for offer in offers if offer.enabled][:2]
        draft = Draft(prompt=prompt, count=1)
        asked = self._asked(place.visitor, place.gallery, draft, f"i:past:{prompt}")
        plan = await app.comparisons.comparing.plan(asked, models)
        if not plan.enough or await app.comparisons.comparing.accept(plan) is None:
            return
        comparison_id = plan.examined[0].job.comparison_id or ""
        voting = app.comparisons.voting
        while True:
            found = await voting.entries(comparison_id)
            if found is None or found[0].state is ComparisonState.OVER:
                return
            if found[0].state is ComparisonState.VOTING:
                break
            await asyncio.sleep(_LOOK_SECONDS)
        others = (place.members[1], place.chinese, place.moderator)
        for member, label in zip(others, "ABB", strict=True):
            await voting.vote(self._who(member, place.gallery), comparison_id, label)
        await voting.close(self._who(place.visitor, place.gallery), comparison_id)

    def _asked(
        self, member: simcord.MemberActor, channel: simcord.ChannelHandle, draft: Draft, origin: str
    ) -> Submission:
        return Submission(draft=draft, requester=self._who(member, channel), origin=origin)

    def _who(
        self, member: simcord.MemberActor, channel: simcord.ChannelHandle, *, manager: bool = False
    ) -> Requester:
        return Requester(
            user_id=member.id,
            guild_id=self._place.guild_id,
            channel_id=channel.id,
            manager=manager,
            places=(channel.id,),
        )


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
                """Let the manager have named channels for reports and changes, and a gallery."""
                actor = app.servers.changes.actor(place.guild_id, place.manager.id)
                await app.servers.settings.set(actor, "log_channel", place.log.id)
                await app.servers.settings.set(actor, "gallery_channel", place.gallery.id)

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
                remember=lambda place: Past(app, place).happen(),
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
