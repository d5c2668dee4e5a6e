"""Builds what members keep, on the adapters of one bot: styles, defaults, favourites."""

from __future__ import annotations

from bot.composition.adapters import Adapters
from bot.services.gallery.favourites import Favourites
from bot.services.gallery.gallery import Gallery
from bot.services.styles.preferences import Preferences
from bot.services.styles.style_book import StyleBook
from bot.services.styles.style_cache import StyleCache
from bot.services.tasks.leases import Held
from bot.ui.discord_api.gallery.posts import DiscordGallery
from bot.ui.discord_api.gallery.stars import DiscordStars
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
    outside: Adapters, servers: ServerServices, requests: RequestServices, *, held: Held
) -> GalleryServices:
    """Build what keeps the results that members like, and shows them in galleries."""
    gallery = Gallery(
        database=outside.database,
        policies=servers.policies,
        channel=DiscordGallery(outside.publisher, outside.catalog),
        clock=outside.clock,
        held=held,
    )
    return GalleryServices(
        gallery=gallery,
        favourites=Favourites(
            database=outside.database,
            policies=servers.policies,
            thumbnails=requests.thumbnails,
            stars=DiscordStars(outside.publisher),
            gallery=gallery,
            clock=outside.clock,
        ),
    )
