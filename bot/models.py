"""What a configuration serves: its catalog, and the router over it; light to import."""

from __future__ import annotations

from bot.catalog import CatalogProvider, load_catalog
from bot.config import Configuration, ConfigurationError
from bot.domain.catalog import Catalog
from bot.domain.errors import SetupError
from bot.domain.requests.request import Policy
from bot.domain.requests.routing import Defaults, Router


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
    return Router(
        catalog=catalog,
        defaults=Defaults(generate=models.default, edit=models.default_edit),
        policy=Policy(watermark=watermark, stream=models.stream),
        whole_catalog=whole_catalog,
    )
