"""Make one upstream call, repeated only while nothing can have been paid for it."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from functools import partial
from typing import Protocol

from bot.domain.errors import Failure, ProviderError
from bot.services.ports import CallRequest, ImageService, Reply


class StoppedError(Exception):
    """The call must not be sent: its job was stopped, or belongs to another process by now."""


class Journal(Protocol):
    """Remembers each try before it leaves; tries are counted from 1."""

    async def sending(self, try_number: int) -> None:
        """The write-ahead mark; raises StoppedError when the call must not leave."""
        ...

    async def repeating(self, try_number: int, failure: Failure) -> None:
        """The try failed and cost nothing; the next one follows."""
        ...

    async def call_request(self, call_request: CallRequest, try_number: int) -> CallRequest:
        """Return the call request of a try: its pictures at hand, its own place for the reply."""
        ...


async def call(service: ImageService, call_request: CallRequest, journal: Journal) -> Reply:
    """Send a call request until it is answered, as docs/spec/image-apis.md section 12 allows.

    Raises ProviderError for the last failure and StoppedError.
    """
    tries = 1
    while True:
        attempt = await journal.call_request(call_request, tries)
        try:
            return await service.attempt(attempt, partial(journal.sending, tries))
        except ProviderError as error:
            retry = service.retry(attempt, error.failure, tries)
            if retry is None:
                raise
            try:
                await journal.repeating(tries, error.failure)
            except StoppedError:
                # It was sent once, so it ends with this failure.
                raise error from None
            await asyncio.sleep(retry.wait_seconds)
            call_request = replace(
                call_request, second_form=call_request.second_form or retry.second_form
            )
            tries += 1
