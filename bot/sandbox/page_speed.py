"""The demo's page without waits: SimCord reads every text again for each change of the page, and
starts a process for each picture.

Knows SimCord's insides (the version is pinned); must not know the bot.
"""

from __future__ import annotations

import asyncio
import dataclasses
import functools
import json
from collections.abc import Mapping
from typing import Any

from simcord.preview import _component_projection, _markdown, _media, _messages, _queries, _snapshot

# More than a long visit shows; about 2 kB each.
_TEXTS = 4096


@functools.cache
def read_texts_once() -> None:
    """Parse each text of the page once, as long as what it mentions has the same names.

    Parsing takes some 2 ms, on the loop that also answers the page: half a second for each
    change, once /jobs is among the messages.
    """
    parse = _markdown.markdown_tokens

    @functools.lru_cache(maxsize=_TEXTS)
    def parsed(text: str, profile: str, context: str) -> str:
        return json.dumps(parse(text, profile, context=json.loads(context)))

    def tokens(
        value: Any, profile: str = "message", *, context: Mapping[str, Any] | None = None
    ) -> list[dict[str, Any]]:
        if value is None:
            return []
        # Each caller gets its own: SimCord writes into what it got.
        return json.loads(parsed(str(value), profile, json.dumps(context or {}, sort_keys=True)))

    for module in (_component_projection, _messages, _queries, _snapshot):
        vars(module)["markdown_tokens"] = tokens


class Media(_media.MediaWorker):
    """Decodes the page's pictures in a thread, as many as are asked for.

    SimCord starts a Python of its own for each, a second for a thumbnail, and refuses the ninth of
    those that wait. The demo's pictures are its own, so no process has to be killed.
    """

    def __init__(self) -> None:
        super().__init__()
        self._places = asyncio.Semaphore(_media.MAX_QUEUE)

    async def validate(
        self, key: str, blob: bytes, *, media_time: float | None = None
    ) -> _media.MediaInfo:
        async with self._places:
            return await super().validate(key, blob, media_time=media_time)

    async def _decode(self, key: str, blob: bytes, media_time: float | None) -> _media.MediaInfo:
        async with self._lock:
            info = await asyncio.to_thread(_media._process_media, blob, media_time)
        # Else the page warns, for each picture, of a process that it does not have.
        return dataclasses.replace(info, memory_limited=True)
