"""Asks one judge over HTTP (port Judge): in time, within a cap, and without a retry."""

from __future__ import annotations

import asyncio
import tempfile
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

from pydantic import SecretStr

from bot.domain.errors import ErrorClass, Failure, ProviderError
from bot.domain.safety.verdicts import Score
from bot.providers.dialects.dialect import HttpCall
from bot.providers.http.request_body import encoded
from bot.providers.http.transport import Timeouts, Transport
from bot.providers.judges.kinds import JudgeKind, scores_of
from bot.providers.replies.classify import failure_of

# An answer of scores has a few hundred bytes.
ANSWER_CAP_BYTES = 256_000


class HttpJudge:
    """One judge: its address, its key, and its kind's way to ask."""

    def __init__(
        self,
        name: str,
        kind: JudgeKind,
        base_url: str,
        key: SecretStr | None,
        *,
        model: str,
        timeout_seconds: float,
    ) -> None:
        self.name = name
        self._kind = kind
        self._key = key
        self._model = model
        self._seconds = timeout_seconds
        self._transport = Transport(
            base_url,
            key,
            prefix=kind.prefix,
            timeouts=Timeouts(connect=timeout_seconds, write=timeout_seconds, read=timeout_seconds),
        )

    async def words(self, text: str) -> Mapping[str, Score]:
        """Score a text."""
        return await self._ask(self._kind.words(text, self._model))

    async def picture(self, path: Path) -> Mapping[str, Score]:
        """Score a JPEG."""
        content = await asyncio.to_thread(path.read_bytes)
        return await self._ask(self._kind.picture(content, self._model))

    async def close(self) -> None:
        """Close the connections."""
        await self._transport.close()

    async def _ask(self, call: HttpCall) -> Mapping[str, Score]:
        limit = asyncio.timeout(self._seconds)
        try:
            async with limit:
                with tempfile.TemporaryDirectory(prefix="easel-") as folder:
                    answer = await self._transport.post(
                        call,
                        await encoded(call),
                        Path(folder) / "answer",
                        read_seconds=self._seconds,
                        cap_bytes=ANSWER_CAP_BYTES,
                    )
            if answer.status != 200:
                raise ProviderError(failure_of(answer))
            return scores_of(self._kind, answer)
        except TimeoutError:
            failure = Failure(error_class=ErrorClass.UNREACHABLE, code="timeout")
            raise ProviderError(failure) from None
        except ProviderError as error:
            raise ProviderError(self._without_key(error.failure)) from None

    def _without_key(self, failure: Failure) -> Failure:
        if self._key is None:
            return failure
        secret = self._key.get_secret_value().strip()
        return replace(
            failure,
            message=failure.message.replace(secret, "***"),
            code=failure.code.replace(secret, "***"),
        )
