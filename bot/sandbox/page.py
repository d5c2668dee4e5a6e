"""The browser page of the demo: kept up to date, and each viewer in the channel that they see.

Knows SimCord's insides (the version is pinned); must not know the bot.
"""

from __future__ import annotations

import asyncio
import dataclasses
import functools
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any

import simcord
from simcord.backend.access import can_access_message
from simcord.preview import Preview, _actions
from simcord.preview._pages import _Page

REFRESH_SECONDS = 0.25

SeenBy = Callable[[Any], simcord.ChannelHandle]


async def follow(env: simcord.Env, preview: Preview, seen_by: SeenBy) -> None:
    """Publish the page after each change that the bot made, until the page ends the session.

    `preview.refresh()` would wait for the bot first and refuse what a person does meanwhile:
    a lost click. Publishing alone happens between two steps of the loop.
    """
    closed = asyncio.create_task(preview.wait_closed())
    seen, newest = -1, dict[str, int]()
    try:
        while not closed.done():
            if env._operation_task is None:
                pages, count = list(preview._pages.values()), len(env.http_requests)
                moved = [page for page in pages if _to_newest(env, page, newest)]
                if moved or count != seen:
                    # Relative times count from here; the page itself has no clock.
                    preview.capture_time = env.backend.clock.now()
                    for page in pages:
                        preview._publish(page, reason="refresh")
                    seen = count
            for page in list(preview._pages.values()):
                _turn(preview, page, seen_by(page.viewer))
            await asyncio.wait([closed], timeout=REFRESH_SECONDS)
    finally:
        closed.cancel()


def _to_newest(env: simcord.Env, page: _Page, newest: dict[str, int]) -> bool:
    """Scroll a page to a message that was not there before; True if there is one.

    SimCord's page follows only while it is scrolled to the last pixel.
    """
    messages = env.backend.messages.get(page.channel_id, {})
    seen = [
        message_id
        for message_id, message in messages.items()
        if can_access_message(env, page.channel_id, message, page.viewer, history=True)
    ]
    if not seen or newest.get(page.id) == max(seen):
        return False
    newest[page.id] = page.target_id = page.window_end_id = max(seen)
    # That something was pinned is shown below it.
    notice = messages[max(seen)].system_metadata
    if notice is not None and notice.referenced_message_id:
        page.target_id = notice.referenced_message_id
    return True


def _turn(preview: Preview, page: _Page, channel: simcord.ChannelHandle) -> None:
    """Show a viewer their channel: SimCord's page knows but one for everybody."""
    if page.channel_id == channel.id:
        return
    preview._clear_page_assets(page)
    page.channel_id = channel.id
    page.generation += 1
    preview._reset_queries(page)
    page.target_id = page.window_end_id = preview._initial_target(page.viewer, channel.id)
    preview._publish(page, reason="navigation")


def act_where_seen(preview: Preview, seen_by: SeenBy) -> None:
    """Let what a viewer does happen in the channel that they look at."""
    find, prepare = preview._target_id, preview._prepare_action

    @contextmanager
    def at(viewer: Any) -> Iterator[None]:
        before, preview.channel = preview.channel, seen_by(viewer)
        try:
            yield
        finally:
            preview.channel = before

    def found(target_id: Any, viewer: Any = None, *, denied_fallback: bool = False) -> int | None:
        with at(viewer):
            return find(target_id, viewer, denied_fallback=denied_fallback)

    def prepared(page: _Page, kind: str, body: Mapping[str, Any]) -> Any:
        with at(page.viewer):
            plan = prepare(page, kind, body)

        async def run(action: Any, cursor: int) -> Any:
            with at(page.viewer):
                return await plan(action, cursor)

        return run

    preview._target_id, preview._prepare_action = found, prepared


@functools.cache
def keep_clicks() -> None:
    """Let the page act on a state it has not re-read yet; targets are validated all the same."""
    _actions.ACTION_SPECS = {
        name: dataclasses.replace(spec, revision_bound=False)
        for name, spec in _actions.ACTION_SPECS.items()
    }
