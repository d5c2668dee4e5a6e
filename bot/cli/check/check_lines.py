"""What `check` looks at: each function looks at one thing and says how it stands.

Asks Discord and the image services; nothing here can be paid, and nothing is changed.
"""

from __future__ import annotations

import asyncio
import os
import shutil
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

from bot.cli.db import refuse_copy
from bot.config import Configuration, Provider
from bot.domain.catalog import Catalog, Offer, Operation
from bot.domain.errors import SetupError
from bot.domain.provenance import SigningError
from bot.domain.time_zones import release
from bot.ui.messages.operator import check as words
from bot.ui.messages.operator import provenance as mark_words
from bot.ui.messages.operator import setup_problems
from bot.ui.messages.words import gigabytes

if TYPE_CHECKING:
    from bot.providers.key_check import KeyCheck

# A handful of results under way, with room for the database to grow.
LEAST_FREE_BYTES = 1_000_000_000
# From this part of its limit on the spool is as good as full.
SPOOL_FULL = 0.9
# A certificate that ends within these is as good as over.
CERTIFICATE_DAYS = 30


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """One line: well, or what is wrong and how to fix it."""

    well: bool
    text: str


def well(text: str) -> Finding:
    """Return that something is as it should be."""
    return Finding(well=True, text=text)


def wrong(text: str) -> Finding:
    """Return what is wrong, with its remedy."""
    return Finding(well=False, text=text)


async def database(configuration: Configuration) -> Finding:
    """Read the schema's version; an older or missing database is made right by `run`."""
    from bot.storage.engine import schema

    try:
        revision = await schema.current(configuration.storage.url)
        if unfit := _unfit(configuration):
            return unfit
        await refuse_copy(configuration.storage.url)
        if revision is None or revision < schema.head():
            return well(words.database_due(revision))
        schema.demand_current(revision)
        await _written(configuration.storage.url)
    except SetupError as error:
        return wrong(words.database_wrong(setup_problems.setup(error)))
    return well(words.database_well(revision))


async def _written(url: str) -> None:
    """Write into a server's database without keeping it; raises SetupError.

    A role may read and no more. A file is judged by its rights, without touching it.
    """
    from bot.services.ports import GUARDED
    from bot.storage.engine.connect import is_sqlite
    from bot.storage.engine.database import SqlDatabase

    database = SqlDatabase(url, readers=1)
    try:
        if not is_sqlite(database.url):
            async with database.write(GUARDED) as uow:
                await uow.meta.put("check", "")
    finally:
        await database.close()


def _unfit(configuration: Configuration) -> Finding | None:
    """See that a SQLite file can be written and has room; None when that is so."""
    from bot.storage.engine.connect import database_url, is_sqlite

    url = database_url(configuration.storage.url)
    if not is_sqlite(url):
        return None
    file = Path(url.database or "")
    folder = _existing(file.parent)
    needed = (file, folder) if file.exists() else (folder,)
    if not folder.is_dir() or not all(os.access(path, os.W_OK) for path in needed):
        return wrong(words.database_unwritable(str(file)))
    usage = shutil.disk_usage(folder)
    if not usage.total:
        return wrong(words.database_impossible(str(file)))
    free = usage.free
    told_anyway = _existing(configuration.storage.data_dir).stat().st_dev == folder.stat().st_dev
    if free < LEAST_FREE_BYTES and not told_anyway:
        return wrong(words.database_folder_full(str(file), gigabytes(free)))
    return None


def _existing(folder: Path) -> Path:
    """Return the folder, or the one above it in which it would be made."""
    return next(path for path in (folder, *folder.parents) if path.exists())


def data_folder(configuration: Configuration) -> Finding:
    """See that files can be written where they belong, and that there is room."""
    folder = configuration.storage.data_dir
    existing = _existing(folder)
    if not existing.is_dir() or not os.access(existing, os.W_OK | os.X_OK):
        return wrong(words.data_folder_unwritable(str(folder)))
    usage = shutil.disk_usage(existing)
    if not usage.total:
        return wrong(words.data_folder_impossible(str(folder)))
    free = usage.free
    if free < LEAST_FREE_BYTES:
        return wrong(words.data_folder_full(str(folder), free))
    return well(words.data_folder_well(str(folder), free))


async def picture_store(configuration: Configuration) -> list[Finding]:
    """Put, list, get and delete a small object, where pictures are kept in a store."""
    address = configuration.storage.pictures
    if not address:
        return []
    from bot.storage.objects.s3 import S3Objects

    try:
        await S3Objects(address).try_out()
    except SetupError as error:
        return [wrong(words.picture_store_wrong(setup_problems.setup(error)))]
    return [well(words.picture_store_well(address))]


def spool(configuration: Configuration) -> list[Finding]:
    """See how full the folder of pictures under way is, where it is there already."""
    folder = configuration.storage.data_dir / "spool"
    if configuration.storage.pictures or not folder.is_dir():
        return []
    if not os.access(folder, os.W_OK | os.X_OK):
        return [wrong(words.spool_unwritable(str(folder)))]
    from bot.storage.spool import DiskSpool

    most = configuration.storage.spool_limit_mb * 1_000_000
    used = DiskSpool(configuration.storage.data_dir, max_bytes=most).used_bytes()
    sizes = gigabytes(used), gigabytes(most)
    if used > most * SPOOL_FULL:
        return [wrong(words.spool_full(str(folder), *sizes))]
    return [well(words.spool_well(*sizes))]


def marks(configuration: Configuration) -> list[Finding]:
    """Sign a picture of one pixel, where pictures are to be signed, and look at the profile."""
    given, found = configuration.pictures, list[Finding]()
    until = None
    if given.marks == "sign":
        # Imported here: the libraries behind it are an extra.
        from bot.pictures.marks.signer import try_out

        try:
            expires = try_out(given.certificate, given.key.get_secret_value()).expires_at
        except SigningError as error:
            found.append(wrong(mark_words.marks_wrong(setup_problems.signing(error.problem))))
        else:
            until = expires.date().isoformat()
            if (expires - datetime.now(UTC)).days < CERTIFICATE_DAYS:
                found.append(wrong(mark_words.certificate_ends(until)))
    if given.profile != "none" and given.marks == "keep":
        found.append(wrong(mark_words.profile_keeps(given.profile)))
    if given.profile == "china" and "producer" not in given.model_fields_set:
        found.append(wrong(mark_words.profile_without_producer()))
    return [*(found or [well(mark_words.marks(given.marks, until))]), *_trust(given.trust_anchors)]


def _trust(anchors: str) -> list[Finding]:
    """Count the issuers that are known, where a list was given."""
    if not anchors:
        return []
    from bot.pictures.marks.certificate import trusted

    try:
        return [well(mark_words.trusted(trusted(anchors)))]
    except SigningError as error:
        return [wrong(mark_words.trust_wrong(setup_problems.signing(error.problem)))]


def time_zones() -> Finding:
    """Name the data by which days begin in servers; it is the pinned one, never the host's."""
    return well(words.time_zones(release()))


def alerts(configuration: Configuration) -> Finding:
    """See whether anybody hears of trouble."""
    heard = configuration.alerts.channel is not None or configuration.access.operators
    return well(str(words.ALERTS_WELL if heard else words.NOBODY_ALERTED))


def default_models(configuration: Configuration, catalog: Catalog) -> list[Finding]:
    """See that the default models are offered, or which ones serve instead."""
    models = configuration.models
    settings = (
        ("models.default", models.default, Operation.GENERATE),
        ("models.default_edit", models.default_edit, Operation.EDIT),
    )
    return [_default_model(catalog, *setting) for setting in settings]


def _default_model(catalog: Catalog, setting: str, model_id: str, operation: Operation) -> Finding:
    if any(offer.enabled for offer in catalog.of(model_id, operation)):
        return well(words.default_offered(setting, model_id))
    instead = next((offer.model_id for offer in catalog.models(operation)), None)
    if not catalog.of(model_id):
        return wrong(words.default_unknown(setting, model_id, catalog.suggest(model_id)))
    if not catalog.of(model_id, operation):
        return wrong(words.default_unable(setting, model_id, operation, instead))
    providers = list(dict.fromkeys(o.provider for o in catalog.of(model_id, operation)))
    return wrong(words.default_off(setting, model_id, providers, instead))


def spending(configuration: Configuration, catalog: Catalog) -> list[Finding]:
    """See that limits of money count every model that is offered."""
    if not configuration.quota.spend:
        return []
    free = [o.model_id for o in catalog.offers if o.enabled and not o.cost.price_micro]
    if free:
        return [wrong(words.prices_missing(list(dict.fromkeys(free))))]
    return [well(str(words.PRICES_NAMED))]


def listed_names(configuration: Configuration, catalog: Catalog) -> list[Finding]:
    """See that lists name services and models that there are."""
    to, known = configuration.models.references_to, configuration.providers
    findings = [wrong(words.no_such_service(name, list(known))) for name in to if name not in known]
    if to and not findings:
        findings.append(well(words.references_also_to(to)))
    for name, provider in known.items():
        offers = [offer for offer in catalog.offers if offer.configured_as == name]
        served = {known_as for o in offers for known_as in (o.model_id, o.upstream_id)}
        if missing := [model for model in provider.models if model not in served]:
            findings.append(wrong(words.models_not_served(name, missing)))
    return findings


async def provider_keys(configuration: Configuration, catalog: Catalog) -> list[Finding]:
    """Ask every provider that has a key what costs nothing: of the key, and of its models."""
    asked = (
        _provider_key(
            name, provider, [o for o in catalog.offers if o.enabled and o.provider == name]
        )
        for name, provider in configuration.services.items()
    )
    return [finding for findings in await asyncio.gather(*asked) for finding in findings]


async def _provider_key(name: str, provider: Provider, offers: list[Offer]) -> list[Finding]:
    from bot.models import image_service
    from bot.providers.key_check import KeyState

    if not provider.enabled:
        return [well(words.provider_off(name))]
    service = image_service(name, provider)
    try:
        checked = await service.check_key()
        right = checked.state in (KeyState.OK, KeyState.NO_KEY, KeyState.UNPROVEN)
        listed = await service.models() if right else None
    finally:
        await service.close()
    sent = dict.fromkeys(offer.upstream_id or offer.model_id for offer in offers)
    unlisted = [model for model in sent if listed and model not in listed]
    more = (
        [well(words.models_not_listed(name, offers[0].configured_as, unlisted))] if unlisted else []
    )
    return [_key_finding(name, provider, checked), *more]


def _key_finding(name: str, provider: Provider, checked: KeyCheck) -> Finding:
    from bot.providers.key_check import KeyState

    match checked.state:
        case KeyState.OK:
            return well(words.key_accepted(name))
        case KeyState.NO_KEY:
            return well(words.no_key_needed(name, checked.detail))
        case KeyState.UNPROVEN:
            return well(words.key_unproven(name, checked.detail))
        case KeyState.WRONG:
            return wrong(words.key_refused(name, checked.detail))
        case KeyState.BLOCKED:
            return wrong(words.provider_blocked(name, provider.base_url, checked.detail))
        case KeyState.UNREACHABLE:
            return wrong(words.provider_unreachable(name, provider.base_url, checked.detail))
