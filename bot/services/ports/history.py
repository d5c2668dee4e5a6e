"""A member's earlier requests, a page at a time."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from bot.services.ports.discord import Progress, ResultPicture


@dataclass(frozen=True, slots=True, kw_only=True)
class HistoryEntry:
    """One request of a page.

    `shown` are the posted pictures of its result. `thumbnail` is a small file, or an address
    that Discord knows, of the first one that stands; None where there is none to show.
    """

    progress: Progress
    shown: tuple[ResultPicture, ...] = ()
    thumbnail: Path | str | None = None

    @property
    def removed(self) -> bool:
        """Whether pictures were posted, and all of them are gone."""
        return bool(self.shown) and self.picture is None

    @property
    def picture(self) -> ResultPicture | None:
        """The first picture that was not removed."""
        return next((one for one in self.shown if not one.removed), None)


@dataclass(frozen=True, slots=True, kw_only=True)
class HistoryPage:
    """A page of a member's requests in one server, newest first; open ones on the first page.

    `before` and `search` are what it was asked by; `older` is the `before` of the next page, None
    on the last one. `more_open` counts the open requests that had no room. `searched_to` is when
    the last request was made that was looked at, where the search stopped before the end.
    """

    open: tuple[HistoryEntry, ...]
    ended: tuple[HistoryEntry, ...]
    before: str = ""
    search: str = ""
    older: str | None = None
    more_open: int = 0
    searched_to: int | None = None

    @property
    def entries(self) -> tuple[HistoryEntry, ...]:
        """Everything on the page, in the order in which it is numbered."""
        return (*self.open, *self.ended)
