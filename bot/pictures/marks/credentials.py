"""Checks content credentials with c2pa, where it is installed; loaded in workers only.

Without it, that there are credentials is all that is known. No network is used: neither remote
credentials nor lists of revoked certificates are fetched.
"""

# What the extra installs is not there for everybody who checks the types.
# pyright: reportMissingImports=false

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from io import BytesIO
from typing import Any, cast

from bot.domain.provenance import Credentials
from bot.pictures.marks.texts import type_name

# What the certificate of a signer may be for (extended key usage): C2PA Specification, "Certificate
# profile", and what Microsoft signs with. Without a list c2pa takes e-mail and time stamps alone,
# and calls credentials by the others invalid.
_PURPOSES = (
    "1.3.6.1.5.5.7.3.4",  # emailProtection
    "1.3.6.1.5.5.7.3.36",  # documentSigning
    "1.3.6.1.5.5.7.3.8",  # timeStamping
    "1.3.6.1.5.5.7.3.9",  # OCSPSigning
    "1.3.6.1.4.1.62558.2.1",  # c2pa-kp-claimSigning
    "1.3.6.1.4.1.311.76.59.1.9",
)
_TRUST = {"trust_config": "\n".join(_PURPOSES)}
# Nothing is fetched, and no thumbnails are made: they would take room that the picture needs.
SETTINGS: Mapping[str, object] = {
    "version": 1,
    "verify": {"remote_manifest_fetch": False, "ocsp_fetch": False, "verify_trust": True},
    "trust": _TRUST,
    "builder": {"thumbnail": {"enabled": False}},
}
_STATES = {"Valid": Credentials.VALID, "Trusted": Credentials.VALID, "Invalid": Credentials.BROKEN}
_LONGEST_NAME, _MOST_PRODUCTS = 100, 5


@dataclass(frozen=True, slots=True, kw_only=True)
class Checked:
    """What c2pa says of a file's credentials."""

    credentials: Credentials
    issuer: str | None = None
    issuer_known: bool = False
    products: tuple[str, ...] = ()
    source_type: str | None = None


def check(data: bytes, mime: str, anchors: str = "") -> Checked:
    """Validate the credentials of a file that has some; `anchors` are known issuers, as PEM."""
    try:
        import c2pa
    except ImportError:
        return Checked(credentials=Credentials.UNCHECKED)
    try:
        context = c2pa.Context.from_dict(_settings(anchors))
        with c2pa.Reader(mime, BytesIO(data), context=context) as reader:
            store = cast("dict[str, Any]", json.loads(reader.json()))
            state = reader.get_validation_state()
    except (c2pa.C2paError, ValueError):
        # A list that makes no sense is no fault of the picture.
        return check(data, mime) if anchors else Checked(credentials=Credentials.UNREADABLE)
    chain = list(_chain(store))
    signature: dict[str, Any] = chain[0].get("signature_info", {}) if chain else {}
    products = (product for manifest in chain for product in _products(manifest))
    types = (kind for manifest in chain for kind in _types(manifest))
    return Checked(
        credentials=_STATES.get(state or "", Credentials.UNREADABLE),
        issuer=_short(signature.get("issuer")) or _short(signature.get("common_name")),
        issuer_known=state == "Trusted",
        products=tuple(dict.fromkeys(products))[:_MOST_PRODUCTS],
        source_type=next(types, None),
    )


def _settings(anchors: str) -> dict[str, object]:
    if not anchors:
        return dict(SETTINGS)
    return {**SETTINGS, "trust": {**_TRUST, "trust_anchors": anchors}}


def _chain(store: dict[str, Any]) -> Iterator[dict[str, Any]]:
    """Yield the newest manifest, then its parent, and so on, each once."""
    manifests: dict[str, dict[str, Any]] = store.get("manifests", {})
    label, seen = store.get("active_manifest"), set[str]()
    while label in manifests and label not in seen:
        seen.add(label)
        manifest = manifests[label]
        yield manifest
        parents: list[dict[str, Any]] = manifest.get("ingredients", [])
        label = next(
            (
                one.get("active_manifest")
                for one in parents
                if one.get("relationship") == "parentOf"
            ),
            None,
        )


def _products(manifest: dict[str, Any]) -> Iterator[str]:
    generators: list[dict[str, Any]] = manifest.get("claim_generator_info") or []
    names = [_short(one.get("name")) for one in generators]
    yield from (name for name in names or [_short(manifest.get("claim_generator"))] if name)


def _types(manifest: dict[str, Any]) -> Iterator[str]:
    for assertion in manifest.get("assertions", []):
        data: object = assertion.get("data")
        if not str(assertion.get("label")).startswith("c2pa.actions") or not isinstance(data, dict):
            continue
        for action in cast("dict[str, Any]", data).get("actions", []):
            kind = type_name(str(action.get("digitalSourceType") or ""))
            if kind:
                yield kind


def _short(text: object) -> str | None:
    return " ".join(text.split())[:_LONGEST_NAME] or None if isinstance(text, str) else None
