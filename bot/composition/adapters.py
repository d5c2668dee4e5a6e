"""What reaches outside the process, built from the configuration; opens nothing.

The only module that names concrete adapters of the database, image services and Discord.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from bot.clock import SystemClock
from bot.composition.judges import judges_of
from bot.config import Configuration
from bot.domain.catalog import Catalog
from bot.domain.estimates import Estimates
from bot.models import catalog_of, image_service, picture_workers
from bot.pictures.picture_values import Needs
from bot.pictures.pool import Pictures
from bot.providers.judges.http_judge import HttpJudge
from bot.providers.references.references import HttpReferences
from bot.providers.service import HttpImageService
from bot.services.jobs.call_metrics import Unmeasured
from bot.services.ports import Clock, Measures
from bot.storage.engine.database import SqlDatabase
from bot.storage.objects import spool_at
from bot.storage.spool import DiskSpool
from bot.ui.discord_api.log_channel import DiscordLogChannel
from bot.ui.discord_api.publisher import DiscordPublisher


@dataclass(frozen=True, slots=True, kw_only=True)
class Adapters:
    """What reaches outside the process, and what the configuration says once for all services."""

    clock: Clock
    measures: Measures
    database: SqlDatabase
    spool: DiskSpool
    pictures: Pictures
    references: HttpReferences
    image_services: Mapping[str, HttpImageService]
    judges: Mapping[str, HttpJudge]
    publisher: DiscordPublisher
    catalog: Catalog
    estimates: Estimates


def adapters(configuration: Configuration) -> Adapters:
    """Build what reaches outside; an image service for each one that has a key."""
    clock, catalog = SystemClock(), catalog_of(configuration)
    pictures = picture_workers(configuration)
    storage, providers = configuration.storage, configuration.services
    return Adapters(
        clock=clock,
        measures=_measures(configuration),
        database=SqlDatabase(storage.url, listen_url=storage.listen_url),
        spool=spool_at(
            storage.pictures,
            storage.data_dir,
            limit_mb=storage.spool_limit_mb,
            cache_mb=storage.cache_mb,
        ),
        pictures=pictures,
        references=HttpReferences(
            pictures=pictures, needs=Needs, cdn_base=configuration.discord.cdn_base
        ),
        image_services={
            name: image_service(
                name, provider, pictures=pictures, usd_rate=configuration.quota.dollar
            )
            for name, provider in providers.items()
            if provider.enabled
        },
        judges=judges_of(configuration),
        publisher=DiscordPublisher(catalog),
        catalog=catalog,
        estimates=Estimates({name: p.concurrency for name, p in providers.items()}),
    )


def _measures(configuration: Configuration) -> Measures:
    if configuration.health.port is None:
        return Unmeasured()
    from bot.metrics import Metrics  # loaded only where metrics are served

    return Metrics()


def log_channel(outside: Adapters) -> DiscordLogChannel:
    """Build what speaks to the staff of servers."""
    return DiscordLogChannel(outside.publisher, outside.catalog)
