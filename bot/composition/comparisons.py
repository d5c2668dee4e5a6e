"""Builds what compares models, on the adapters of one bot."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from bot.composition.adapters import Adapters, log_channel
from bot.domain.job import Job, Post
from bot.services.comparisons.comparing import Comparing
from bot.services.comparisons.comparisons import Comparisons
from bot.services.comparisons.voting import Voting
from bot.services.delivery.fitting import Fitting
from bot.services.tasks.leases import Held
from bot.services.tasks.wake_event import WakeEvent
from bot.ui.discord_api.comparisons import DiscordComparisons
from cogs.context import (
    ComparisonServices,
    DeliveryServices,
    GalleryServices,
    QuotaServices,
    RequestServices,
    ServerServices,
)


def comparison_services(
    outside: Adapters,
    servers: ServerServices,
    quotas: QuotaServices,
    delivery: DeliveryServices,
    requests: RequestServices,
    gallery: GalleryServices,
    *,
    held: Held,
    collected: WakeEvent,
    posted: Callable[[Job, Sequence[Post]], None],
) -> ComparisonServices:
    """Build it; `collected` tells of a picture that waits for others."""
    database, clock, spool = outside.database, outside.clock, outside.spool
    voting = Voting(
        access=servers.access,
        staff=servers.staff_rights,
        gallery=gallery.gallery,
        database=database,
        clock=clock,
        woken=collected,
    )
    return ComparisonServices(
        comparing=Comparing(intake=requests.intake, policies=servers.policies, clock=clock),
        voting=voting,
        comparisons=Comparisons(
            voting=voting,
            database=database,
            policies=servers.policies,
            channel=DiscordComparisons(outside.publisher, outside.catalog, clock),
            log_channel=log_channel(outside),
            quotas=quotas.book,
            fitting=Fitting(outside.pictures, spool),
            limits=delivery.upload_limits,
            spool=spool,
            clock=clock,
            held=held,
            woken=collected,
            taken=delivery.pickups.taken,
            tell=lambda job: delivery.delivery.tell(job, public=True),
            posted=posted,
        ),
    )
