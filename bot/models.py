"""What a configuration serves: its catalog, the router over it, its image services.

Light to import.
"""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING

from bot.catalog import CatalogProvider, load_catalog
from bot.config import Configuration, ConfigurationError, Provider
from bot.domain.catalog import Catalog
from bot.domain.errors import SetupError
from bot.domain.provenance import LegalProfile, MarkMode
from bot.domain.requests.failover import Failover
from bot.domain.requests.request import Policy
from bot.domain.requests.routing import Defaults, Router

if TYPE_CHECKING:
    from bot.pictures.pool import Pictures
    from bot.providers.references.picture_workers import Shrinker
    from bot.providers.service import HttpImageService


def catalog_of(configuration: Configuration) -> Catalog:
    """Build the catalog; a mistake in it is one in the configuration: ConfigurationError."""
    try:
        return load_catalog(
            configuration.models.custom,
            {
                service: CatalogProvider(
                    kind=provider.kind,
                    enabled=provider.enabled,
                    models=provider.models,
                    name=name,
                    model_prefix=provider.model_prefix if provider.kind == "ark" else None,
                )
                for name, configured in configuration.providers.items()
                for service, provider in configured.by_key(name).items()
            },
        )
    except SetupError as error:
        raise ConfigurationError(error.problem, **error.values) from error


def router_of(
    configuration: Configuration, catalog: Catalog, *, whole_catalog: bool = False
) -> Router:
    """Build the router, with the operator's defaults and policy."""
    models = configuration.models
    watermark = {"on": True, "off": False}.get(models.watermark)
    # What a law asks for is nobody's choice, unless the operator decided for all.
    by_law = watermark is None and configuration.pictures.profile != LegalProfile.NONE
    return Router(
        catalog=catalog,
        defaults=Defaults(generate=models.default, edit=models.default_edit),
        policy=Policy(
            watermark=True if by_law else watermark,
            watermark_by_law=by_law,
            stream=models.stream,
        ),
        whole_catalog=whole_catalog,
        references_to=models.references_to,
    )


def failover_of(configuration: Configuration, router: Router) -> Failover:
    """Build what finds who else serves a request."""
    return Failover(
        catalog=router.catalog,
        policy=router.policy,
        references_to=configuration.models.references_to,
    )


def picture_workers(configuration: Configuration) -> Pictures:
    """Build what decodes, encodes and marks pictures; no process is started yet."""
    from bot.pictures.picture_values import Marking
    from bot.pictures.pool import Pictures

    given = configuration.pictures
    return Pictures(
        marking=Marking(mode=MarkMode(given.marks), producer=given.producer),
        certificate=given.certificate,
        key=given.key.get_secret_value(),
        trust_anchors=given.trust_anchors,
    )


def image_service(
    name: str,
    provider: Provider,
    *,
    pictures: Shrinker | None = None,
    usd_rate: Decimal | None = None,
) -> HttpImageService:
    """Build the service that a provider's settings describe; nothing is opened yet."""
    from bot.providers.dialects.dialect import ApiSettings
    from bot.providers.service import HttpImageService

    return HttpImageService(
        name=name,
        kind=provider.kind,
        base_url=provider.base_url,
        api_key=None if provider.auth == "none" else provider.api_key,
        settings=ApiSettings(
            edits=provider.edits,
            response_format=provider.response_format,
            member_code=provider.member_code,
        ),
        slots=provider.concurrency,
        result_origins=provider.result_origins,
        headers=provider.headers,
        usd_rate=usd_rate,
        pictures=pictures,
    )
