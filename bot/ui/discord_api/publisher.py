"""Sends to Discord: results, tickets, and word of failures. Decides nothing about jobs."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime

import aiohttp
import discord
from cachetools import LRUCache, TTLCache

from bot.domain.catalog import Catalog
from bot.domain.errors import DeliveryError
from bot.domain.job import Destination, Job, JobState
from bot.domain.message_limits import TOO_LARGE_CODE, UPLOAD_BYTES
from bot.services.ports import Progress, ResultPart, forbid_transaction
from bot.ui.cards import cards
from bot.ui.discord_api import discord_limits, result_message
from bot.ui.language import speaking
from bot.ui.messages import tickets as words
from bot.ui.model_label import model_label

log = logging.getLogger(__name__)

EDIT_SECONDS = 20

# Such as a picture whose address Discord cannot read any more.
INVALID_FORM = 50035
# The interaction's token is dead (docs/spec/discord.md section 1.5).
INVALID_TOKEN = 50027
_TOKEN_DEAD = frozenset({10008, 10015, INVALID_TOKEN})
# Slow mode, write rate limits, overload: refused now, not for good.
_PASSING = frozenset({20016, 20022, 20028, 20029, 40062, 130000})
# A post that may be there already is looked for this far back; clocks may differ by a little.
LOOK_BACK_SECONDS = 60
LOOK_MESSAGES = 500
# A process without a gateway asks again what a channel is after this time.
ASK_AGAIN_SECONDS = 120
# What tickets remember is only decoration, so the least recently used may be forgotten.
_REMEMBERED = 5000


@dataclass(frozen=True, slots=True, kw_only=True)
class _Remark:
    left: int | None
    ready_at: int | None
    named: cards.Named | None


class DiscordPublisher:
    """Speaks through `client`, which is put in place once it exists and after each restart."""

    def __init__(self, catalog: Catalog) -> None:
        self.client: discord.Client | None = None
        self._catalog = catalog
        # What Discord said of channels that no gateway tells of.
        self._for_adults: TTLCache[int, bool] = TTLCache(_REMEMBERED, ASK_AGAIN_SECONDS)
        self._remarks: LRUCache[str, _Remark] = LRUCache(_REMEMBERED)

    def ticket(
        self,
        progress: Progress,
        left: int | None,
        named: cards.Named | None = None,
    ) -> cards.Card:
        """Return a new ticket, and remember its remarks for its later states.

        A file in it is for this answer alone: an edit leaves it out.
        """
        remark = _Remark(left=left, ready_at=progress.ready_at, named=named)
        if not progress.job.state.final:
            lasting = replace(named, file=None) if named else None
            self._remarks[progress.job.job_id] = replace(remark, named=lasting)
        return self._card(progress, remark)

    def card(self, progress: Progress, locale: str | None = None) -> cards.Card:
        """Return the ticket for a job's state, with what is remembered of it.

        `locale` is that of its only reader, where it is not the ticket that the job has.
        """
        job = progress.job
        remark = self._remarks.get(job.job_id)
        if job.state.final:
            self._remarks.pop(job.job_id, None)
        return self._card(progress, remark, locale)

    def _card(
        self, progress: Progress, remark: _Remark | None, locale: str | None = None
    ) -> cards.Card:
        job = progress.job
        with speaking(locale or job.ticket_locale):
            return cards.ticket(
                progress,
                label=self._label(job),
                left=remark.left if remark else None,
                ready_at=remark.ready_at if remark else None,
                named=remark.named if remark else None,
            )

    def upload_limit(self, job: Job) -> int:
        """Bytes per file by the server's boosts: least of all where no server is known."""
        guild = self.connected.get_guild(job.guild_id)
        return UPLOAD_BYTES if guild is None else guild.filesize_limit

    def may_move(self, channel_id: int, to: int) -> bool:
        """Tell whether pictures of a channel may be shown in another: adults' stay with adults."""
        return not self._age_restricted(channel_id) or self._age_restricted(to)

    def _age_restricted(self, channel_id: int) -> bool:
        """Tell whether a channel, or the one that a thread is in, is marked as age-restricted."""
        asked = getattr(self.connected.get_channel(channel_id), "is_nsfw", None)
        return bool(asked()) if asked else False

    async def may_post_in(self, channel_id: int, to: int) -> bool:
        """Tell the same in a process without a gateway, which asks Discord; False in doubt."""
        forbid_transaction("asking for a channel")
        try:
            async with asyncio.timeout(EDIT_SECONDS):
                return not await self.for_adults(channel_id) or await self.for_adults(to)
        except (discord.DiscordException, aiohttp.ClientError, OSError) as error:
            log.warning("who may see what channel %d shows is not known: %r", channel_id, error)
            return False

    async def for_adults(self, channel_id: int) -> bool:
        """Tell whether Discord says that a channel, or the one around it, is age-restricted."""
        client = self.connected
        channel = client.get_channel(channel_id)
        if channel is None and (asked := self._for_adults.get(channel_id)) is not None:
            return asked
        found = channel or await client.fetch_channel(channel_id)
        if isinstance(found, discord.Thread):
            return await self.for_adults(found.parent_id)
        restricted = bool(getattr(found, "nsfw", False))
        if channel is None:
            self._for_adults[channel_id] = restricted
        return restricted

    async def post(self, part: ResultPart) -> int:
        """Post one part and return its message id.

        Raises DeliveryError when Discord refuses for good; any other error may pass.
        """
        forbid_transaction("posting a result")
        with speaking(part.job.result_locale):
            return await self._post(part)

    async def _post(self, part: ResultPart) -> int:
        files = result_message.files(part)
        try:
            with refusals():
                async with asyncio.timeout(discord_limits.UPLOAD_SECONDS):
                    if part.job.destination is Destination.CHANNEL:
                        return await self._post_in_channel(part, files)
                    return await self._post_in_ticket(part, files)
        finally:
            for file in files:
                file.close()

    async def find(self, part: ResultPart) -> int | None:
        """Look for a part among the bot's own messages since the first try.

        Without Read Message History Discord shows none, and the nonce is the only guard. A
        private result is an edit, which may simply be repeated.
        """
        forbid_transaction("looking for a result")
        job, since = part.job, part.post.first_try_at
        if job.destination is not Destination.CHANNEL or since is None:
            return None
        client = self.connected
        me = client.user.id if client.user else 0
        channel = client.get_partial_messageable(part.post.channel_id, guild_id=job.guild_id)
        after = datetime.fromtimestamp(since - LOOK_BACK_SECONDS, UTC)
        try:
            async for message in channel.history(
                limit=LOOK_MESSAGES, after=after, oldest_first=True
            ):
                if message.author.id == me and result_message.is_part(message, part):
                    return message.id
        except (discord.Forbidden, discord.NotFound):
            # Whether the channel is lost is for the post itself to find out.
            return None
        return None

    def may_look(self, part: ResultPart) -> bool:
        """Tell whether `find` sees what is there: Discord shows none to who may not read."""
        if part.job.destination is not Destination.CHANNEL:
            return True
        channel = self.connected.get_channel(part.post.channel_id)
        if not isinstance(channel, discord.abc.GuildChannel):
            return True
        return channel.permissions_for(channel.guild.me).read_message_history

    async def show(self, progress: Progress) -> bool:
        """Bring the private ticket up to date; False when it cannot be reached any more."""
        forbid_transaction("editing a ticket")
        job = progress.job
        if job.ticket_token is None:
            return False
        if job.state is JobState.DONE and job.destination is not Destination.CHANNEL:
            self._remarks.pop(job.job_id, None)
            return True  # the pictures are in the ticket's place
        try:
            async with asyncio.timeout(EDIT_SECONDS):
                try:
                    await self._edit(job.ticket_token, self.card(progress))
                except discord.HTTPException as error:
                    if error.code != INVALID_FORM or not self._without_picture(job):
                        raise
                    await self._edit(job.ticket_token, self.card(progress))
        except discord.HTTPException as error:
            if error.code in _TOKEN_DEAD or error.status == 404:
                return False
            raise
        return True

    def _without_picture(self, job: Job) -> bool:
        """Take the picture out of a ticket for good; False when it shows none."""
        remark = self._remarks.get(job.job_id)
        if remark is None or remark.named is None or remark.named.url is None:
            return False
        self._remarks[job.job_id] = replace(remark, named=replace(remark.named, url=None))
        return True

    async def announce(self, job: Job) -> bool:
        """Say in the channel that a job ended, or waits for pick-up; False when that is impossible.

        Pings the requester, who asked and would otherwise wait; gives no reason away.
        """
        forbid_transaction("announcing a failure")
        channel = self.connected.get_partial_messageable(job.channel_id, guild_id=job.guild_id)
        try:
            with refusals(), speaking(job.server_locale):
                async with asyncio.timeout(EDIT_SECONDS):
                    await channel.send(
                        words.announcement(job),
                        nonce=notice_nonce(job),
                        allowed_mentions=only(job.user_id),
                        view=cards.trouble(job),
                    )
        except DeliveryError as error:
            log.info("job %s: its end cannot be posted: %s", job.job_id, error)
            return False
        return True

    async def pictures(self, channel_id: int, message_id: int) -> list[str] | None:
        """Return fresh addresses of a message's attachments: posted ones expire.

        None: the message is gone. Empty when Discord does not show it now.
        """
        forbid_transaction("reading a message")
        channel = self.connected.get_partial_messageable(channel_id)
        try:
            async with asyncio.timeout(EDIT_SECONDS):
                message = await channel.fetch_message(message_id)
        except discord.NotFound:
            return None
        except (discord.HTTPException, aiohttp.ClientError, OSError) as error:
            log.warning("message %d cannot be read: %r", message_id, error)
            return []
        return [file.url for file in message.attachments]

    async def delete(self, channel_id: int, message_id: int) -> bool:
        """Delete a message of the bot; False when Discord does not let it, or is away."""
        forbid_transaction("deleting a message")
        message = self.connected.get_partial_messageable(channel_id).get_partial_message(message_id)
        try:
            async with asyncio.timeout(EDIT_SECONDS):
                await message.delete()
        except discord.NotFound:
            return True
        except (discord.HTTPException, aiohttp.ClientError, OSError) as error:
            log.warning("message %d cannot be deleted: %r", message_id, error)
            return False
        return True

    @property
    def connected(self) -> discord.Client:
        """The client that is at work now."""
        if self.client is None:
            raise RuntimeError("the publisher has no client yet")
        return self.client

    async def _post_in_channel(self, part: ResultPart, files: list[discord.File]) -> int:
        job = part.job
        channel = self.connected.get_partial_messageable(
            part.post.channel_id, guild_id=job.guild_id
        )
        message = await channel.send(
            result_message.caption(part, self._label(job)),
            files=files,
            nonce=part.post.nonce,
            allowed_mentions=only(job.user_id) if part.ping else discord.AllowedMentions.none(),
            suppress_embeds=True,
            view=result_message.Buttons(part),
        )
        return message.id

    async def _post_in_ticket(self, part: ResultPart, files: list[discord.File]) -> int:
        job = part.job
        if job.ticket_token is None:
            raise DeliveryError(INVALID_TOKEN, "the request has no ticket")
        card = result_message.private_card(part, self._label(job), files)
        if part.post.part == 0:
            return await self._edit(job.ticket_token, card, files)
        # Seen by the member alone: if its answer is lost, another one does no harm.
        webhook = self._webhook(job.ticket_token)
        message = await webhook.send(view=card, files=files, ephemeral=True, wait=True)
        return message.id

    async def _edit(self, token: str, card: cards.Card, files: Sequence[discord.File] = ()) -> int:
        """Edit the first answer of an interaction, in whichever process it was given."""
        webhook = self._webhook(token)
        message = await webhook.edit_message(_FirstAnswer(), view=card, attachments=files)
        return message.id

    async def edit_answer(self, token: str, card: cards.Card) -> int:
        """Show a card in the place of the first answer of an interaction."""
        return await self._edit(token, card)

    def _webhook(self, token: str) -> discord.Webhook:
        client = self.connected
        webhook = discord.Webhook.partial(client.application_id or 0, token, client=client)
        # An interaction's: only those may send what one member sees.
        webhook.type = discord.WebhookType.application
        return webhook

    def _label(self, job: Job) -> str:
        return model_label(self._catalog, job)


class _FirstAnswer(int):
    """The id of an interaction's first answer, which Discord calls `@original`.

    discord.py wants a number; a text it would percent-encode on its way into the address.
    """

    def __format__(self, spec: str, /) -> str:
        return "@original"


def notice_nonce(job: Job) -> str:
    """Return the nonce of the public word that a job ended, or waits for pick-up.

    That pictures wait for staff is one word for all that are compared.
    """
    if job.held:
        return f"{job.comparison_id or job.job_id}.w"
    return f"{job.job_id}.{'p' if job.waits_for_pickup else 'n'}"


def only(user_id: int) -> discord.AllowedMentions:
    """Let a message ping one member, and nobody else."""
    return discord.AllowedMentions(
        everyone=False, roles=False, users=[discord.Object(user_id)], replied_user=False
    )


@contextmanager
def refusals() -> Iterator[None]:
    """Tell refusals for good, as DeliveryError, from what another try may overcome."""
    try:
        yield
    except discord.HTTPException as error:
        code = TOO_LARGE_CODE if error.status == 413 else error.code
        refused = 400 <= error.status < 500 and error.status not in (401, 429)
        # An answer without a code comes from something before Discord, such as its firewall.
        if code in _TOKEN_DEAD or (refused and code and code not in _PASSING):
            raise DeliveryError(code, error.text) from error
        raise
