"""Builds what members keep, on the adapters of one bot: styles, defaults, favourites."""

from __future__ import annotations

from bot.composition.adapters import Adapters
from bot.services.gallery.favourites import Favourites
from bot.services.styles.preferences import Preferences
from bot.services.styles.style_book import StyleBook
from bot.services.styles.style_cache import StyleCache
from bot.ui.discord_api.stars import DiscordStars
from cogs.context import GalleryServices, RequestServices, ServerServices, StyleServices


def style_services(outside: Adapters, servers: ServerServices) -> StyleServices:
    """Build what keeps styles and members' own defaults."""
    database, clock = outside.database, outside.clock
    known = StyleCache(database=database, clock=clock)
    book = StyleBook(
        database=database,
        access=servers.access,
        policies=servers.policies,
        changes=servers.changes,
        references=outside.references,
        spool=outside.spool,
        clock=clock,
        cache=known,
    )
    preferences = Preferences(database=database, policies=servers.policies, spool=outside.spool)
    return StyleServices(book=book, known=known, preferences=preferences)


def gallery_services(
    outside: Adapters, servers: ServerServices, requests: RequestServices
) -> GalleryServices:
    """Build what keeps the results that members like."""
    return GalleryServices(
        favourites=Favourites(
            database=outside.database,
            policies=servers.policies,
            thumbnails=requests.thumbnails,
            stars=DiscordStars(outside.publisher),
            clock=outside.clock,
        ),
    )
