"""One provider as the services see it: build, send once, read, decide about repeating, collect."""

from __future__ import annotations

import asyncio
import random
import tempfile
import time
from collections.abc import Awaitable, Callable, Collection, Mapping
from dataclasses import replace
from decimal import Decimal
from pathlib import Path

from pydantic import SecretStr

from bot.domain.errors import ErrorClass, Failure, ProviderError
from bot.domain.file_types import RESULT_TYPES, picture_type
from bot.domain.providers.rate_limits import LONGEST_WAIT_SECONDS, quiet_seconds
from bot.domain.requests.request import ImageRequest
from bot.providers import retry
from bot.providers.dialects.dialect import ApiSettings, CallContent, Dialect, HttpCall
from bot.providers.dialects.kinds import KINDS, ApiKind
from bot.providers.dialects.sources import dialects
from bot.providers.http.address_guard import origin_of
from bot.providers.http.download import Downloads
from bot.providers.http.part_file import PartFile, part_file
from bot.providers.http.request_body import FORM, JSON, RequestBody, encoded, shown
from bot.providers.http.result_download import (
    RESULT_CAP_BYTES,
    ResultDownloads,
    lost_result,
)
from bot.providers.http.transport import Timeouts, Transport
from bot.providers.key_check import KeyCheck, check_key, check_without_key, listed, question
from bot.providers.references.data_urls import decoded
from bot.providers.references.picture_workers import Shrinker
from bot.providers.references.wire_form import MAX_BODY_BYTES, other_form_helps, wire
from bot.providers.replies.charged import charged_micro
from bot.providers.replies.classify import failure_of
from bot.providers.replies.http_answer import SMALL_BYTES, Answer
from bot.providers.replies.reply_reader import read_json
from bot.providers.replies.spooled import answer_at
from bot.services.ports import CallRequest, Reply, ReplyItem, Retry, forbid_transaction

CHECK_SECONDS = 30.0

# A list of addresses is small; this is the cap of one event of a stream, too.
REPLY_CAP_BYTES = 64_000_000
# A gpt-image picture has at most 8.3 million pixels: as a PNG of a photograph some 19 MB, 25 MB
# in Base64, and at most ten of them come in one reply.
INLINE_PICTURE_BYTES = 25_600_000

# The service should give up before we do (docs/spec/image-apis.md section 7).
_HEAD_START_SECONDS = 15


class HttpImageService:
    """An image service behind HTTP; implements the port `ImageService`."""

    def __init__(
        self,
        *,
        name: str,
        base_url: str,
        api_key: str | SecretStr | None,
        kind: str = "routescope",
        settings: ApiSettings | None = None,
        slots: int = 4,
        pictures: Shrinker | None = None,
        downloads: Downloads | None = None,
        timeouts: Timeouts | None = None,
        result_origins: Collection[str] = (),
        headers: Mapping[str, SecretStr] | None = None,
        usd_rate: Decimal | None = Decimal(1),
        chance: Callable[[], float] = random.random,
        pause: Callable[[float], Awaitable[None]] = asyncio.sleep,
    ) -> None:
        """Prepare; nothing is opened. Without a key, None, none is sent."""
        self._name = name
        self._slots = slots
        key = SecretStr(api_key) if isinstance(api_key, str) else api_key
        self._kind = KINDS[kind]
        self._dialects = dialects(settings or ApiSettings())
        self._transport = Transport(
            base_url,
            key,
            prefix=self._kind.prefix_of(base_url),
            timeouts=timeouts,
            further=headers,
        )
        self._pictures = pictures
        self._downloads = downloads or Downloads()
        self._home = origin_of(self._transport.base_url)
        self._results = ResultDownloads(
            self._downloads,
            trusted=frozenset({self._home, *map(origin_of, result_origins)}),
            home=self._home,
            headers=self._transport.further_headers(),
            authorization=self._transport.headers().get("Authorization"),
            pause=pause,
        )
        # A short word of a header is none, and would blot out half of a message.
        further = [v for v in (headers or {}).values() if len(v.get_secret_value().strip()) > 5]
        keys = [key] if key is not None and key.get_secret_value().strip() else []
        self._secrets = (*keys, *further)
        self._usd_rate = usd_rate
        self._chance = chance
        self._pause = pause
        self._quiet_until = 0.0

    @property
    def name(self) -> str:
        return self._name

    @property
    def kind(self) -> ApiKind:
        """What all services of its kind share."""
        return self._kind

    @property
    def slots(self) -> int:
        return self._slots

    async def attempt(
        self, call_request: CallRequest, before_send: Callable[[], Awaitable[None]]
    ) -> Reply:
        """POST once and spool the raw reply; raises ProviderError.

        Waits first while the service has asked any call of this provider to slow down.
        """
        forbid_transaction("a call of an image service")
        await self._wait_while_quiet()
        dialect = self._dialects[call_request.request.source]
        call = await self._call(call_request, dialect)
        body = await encoded(call)
        if len(body.content) > MAX_BODY_BYTES:
            raise ProviderError(_unsent(ErrorClass.TOO_LARGE, "body_too_large"))
        # The dictionary holds the pictures a second time.
        call.clear()
        await before_send()
        cap_bytes = REPLY_CAP_BYTES
        if dialect.inline_reply:
            cap_bytes = max(cap_bytes, INLINE_PICTURE_BYTES * call_request.images)
        try:
            answer = await self._transport.post(
                call,
                body,
                call_request.reply,
                read_seconds=dialect.read_seconds(call_request.images),
                cap_bytes=cap_bytes,
                stream=call_request.request.options.get("stream") is True,
            )
            return await self._parsed(answer, call_request.request)
        except ProviderError as error:
            if error.failure.error_class is ErrorClass.RATE:
                self._slow_down(error.failure)
            raise

    async def read(self, call_request: CallRequest) -> Reply | None:
        """Parse a spooled reply; None when none is complete. Raises ProviderError."""
        try:
            answer = await answer_at(call_request.reply)
        except FileNotFoundError:
            return None
        return await self._parsed(answer, call_request.request)

    def retry(self, call_request: CallRequest, failure: Failure, tries: int) -> Retry | None:
        """Decide whether the failed try may be repeated (docs/spec/image-apis.md section 12)."""
        form = self._dialects[call_request.request.source].form
        return retry.decide(
            failure,
            tries,
            random=self._chance,
            second_form=call_request.second_form,
            other_form_helps=other_form_helps(call_request, form, failure, now=time.time()),
        )

    async def collect(self, item: ReplyItem, target: Path) -> None:
        """Download or decode one picture of a reply; raises ProviderError.

        Private addresses pass only at the provider's own origin and those that the operator
        trusts. The key and the operator's headers go to the provider's own origin alone.
        """
        forbid_transaction("the download of a result")
        if item.failure is not None:
            raise ProviderError(item.failure)
        async with part_file(target) as file:
            if item.url is not None and item.url[:5].lower() != "data:":
                await self._results.fetch(item.url, file)
            else:
                await _decode(item.base64 or item.url or "", file)
            if picture_type(file.head) not in RESULT_TYPES:
                raise ProviderError(lost_result(ErrorClass.BAD_RESPONSE, "not_a_picture"))
            await file.commit()

    async def preview(self, call_request: CallRequest) -> dict[str, object]:
        """Return what `attempt` would send, without the key and without a connection."""
        call = await self._call(call_request, self._dialects[call_request.request.source])
        return {
            "method": call.method,
            "url": self._transport.url(call),
            "headers": self._transport.headers(
                key="***", content_type=JSON if call.files is None else FORM
            ),
            **await shown(call),
        }

    async def check_key(self) -> KeyCheck:
        """See whether the key is right, without anything that could be drawn or paid."""
        if self._transport.has_key:
            found = await check_key(
                self._ask, probe=self._kind.refuses_empty, path=self._kind.key_path
            )
        else:
            found = await check_without_key(self._ask)
        return replace(found, detail=self._without_secrets(found.detail))

    async def models(self) -> frozenset[str] | None:
        """Return the ids of the models that the service lists; None where it lists none at all."""
        try:
            return listed(await self._ask(question(self._kind.models_path), None))
        except ProviderError:
            return None

    async def look_up(self, path: str) -> object:
        """Return the JSON of a list that costs nothing; raises ProviderError."""
        answer = await self._ask(question(path), None)
        if answer.status >= 300:
            raise ProviderError(self._without_key(failure_of(answer)))
        return await asyncio.to_thread(read_json, answer.body)

    async def _ask(self, call: HttpCall, key: str | None) -> Answer:
        """Ask what costs nothing, with the provider's key or another one."""
        with tempfile.TemporaryDirectory(prefix="easel-") as folder:
            return await self._transport.post(
                call,
                await encoded(call) if call.body else RequestBody(),
                Path(folder) / "reply",
                read_seconds=CHECK_SECONDS,
                cap_bytes=REPLY_CAP_BYTES,
                key=key,
            )

    async def close(self) -> None:
        """Close the connections."""
        await self._transport.close()
        await self._downloads.close()

    async def _call(self, call_request: CallRequest, dialect: Dialect) -> HttpCall:
        try:
            wired = await wire(call_request, dialect.form, self._pictures, now=time.time())
        except OSError as error:
            failure = _unsent(ErrorClass.BAD_REFERENCE, "reference_file_missing")
            raise ProviderError(failure) from error
        read_seconds = self._transport.timeouts.read or dialect.read_seconds(call_request.images)
        return dialect.build(
            CallContent(
                request=call_request.request,
                images=call_request.images,
                references=wired.references,
                mask=wired.mask,
                user=call_request.user_tag,
                timeout_seconds=max(1, int(read_seconds) - _HEAD_START_SECONDS),
            )
        )

    async def _parsed(self, answer: Answer, request: ImageRequest) -> Reply:
        dialect = self._dialects[request.source]
        try:
            placed = replace(answer, base=self._transport.base_url)
            if len(placed.body) <= SMALL_BYTES:
                reply = dialect.parse(placed)
            else:
                reply = await asyncio.to_thread(dialect.parse, placed)
        except ProviderError as error:
            raise ProviderError(self._without_key(error.failure)) from None
        charged = charged_micro(
            reply.usage,
            usd_field=dialect.usd_field,
            usd_rate=self._usd_rate,
            token_prices=request.token_prices,
        )
        return replace(reply, cost_micro=charged)

    def _slow_down(self, failure: Failure) -> None:
        until = asyncio.get_running_loop().time() + quiet_seconds(failure.retry_after)
        self._quiet_until = max(self._quiet_until, until)

    async def _wait_while_quiet(self) -> None:
        """Wait as long as the provider asked of all calls; give up when that is too long."""
        loop = asyncio.get_running_loop()
        while (left := self._quiet_until - loop.time()) > 0:
            if left > LONGEST_WAIT_SECONDS:
                failure = _unsent(ErrorClass.RATE, "slowed_down")
                raise ProviderError(replace(failure, retry_after=left))
            await self._pause(left)

    def _without_key(self, failure: Failure) -> Failure:
        return replace(
            failure,
            message=self._without_secrets(failure.message),
            code=self._without_secrets(failure.code),
        )

    def _without_secrets(self, text: str) -> str:
        for secret in self._secrets:
            text = text.replace(secret.get_secret_value().strip(), "***")
        return text


async def _decode(text: str, file: PartFile) -> None:
    pieces = decoded(text)
    try:
        while (piece := await asyncio.to_thread(next, pieces, None)) is not None:
            if file.bytes + len(piece) > RESULT_CAP_BYTES:
                raise ProviderError(lost_result(ErrorClass.BAD_RESPONSE, "result_too_large"))
            await file.write(piece)
    except ValueError:
        raise ProviderError(lost_result(ErrorClass.BAD_RESPONSE, "bad_base64")) from None


def _unsent(kind: ErrorClass, code: str) -> Failure:
    return Failure(error_class=kind, code=code, sent=False)
