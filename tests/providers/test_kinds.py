"""Where the paths of each kind begin, whatever form its base address has."""

from __future__ import annotations

import pytest
from pydantic import SecretStr

from bot.catalog import SOURCE_KINDS
from bot.providers.dialects.dialect import ApiSettings, HttpCall
from bot.providers.dialects.kinds import KINDS
from bot.providers.dialects.sources import dialects
from bot.providers.http.transport import Transport

HOST = "https://images.example.org"
OLD = ("routescope", "seededit", "seedream")


def address(kind: str, base_url: str) -> str:
    """Return where a call of a provider goes."""
    prefix = KINDS[kind].prefix_of(base_url)
    return Transport(base_url, SecretStr("k"), prefix=prefix).url(HttpCall(path="/models", body={}))


@pytest.mark.parametrize("kind", OLD)
@pytest.mark.parametrize(
    ("path", "expected"),
    [
        ("", "/v1/models"),
        ("/", "/v1/models"),
        ("/v1", "/v1/models"),
        ("/v1/", "/v1/models"),
        ("/gateway", "/gateway/v1/models"),
        ("/gateway/v1/", "/gateway/v1/models"),
        # What has always been added stays so, also behind another version.
        ("/v4", "/v4/v1/models"),
        ("/api/v3", "/api/v3/v1/models"),
    ],
)
def test_the_first_kinds_add_v1_unless_it_is_there(kind: str, path: str, expected: str) -> None:
    assert address(kind, HOST + path) == HOST + expected


@pytest.mark.parametrize(
    ("kind", "path", "expected"),
    [
        ("openai", "", "/v1/models"),
        ("openai", "/v1/", "/v1/models"),
        ("openai", "/litellm", "/litellm/v1/models"),
        ("openai", "/paas/v4", "/paas/v4/models"),
        ("openai", "/v1beta/openai/", "/v1beta/openai/models"),
        ("openai", "/v1/account/gateway", "/v1/account/gateway/models"),
        ("ark", "", "/api/v3/models"),
        ("ark", "/api/v3", "/api/v3/models"),
        ("ark", "/api/v3/", "/api/v3/models"),
        ("ark", "/api/v4", "/api/v4/models"),
        ("ark", "/proxy", "/proxy/api/v3/models"),
        ("openrouter", "", "/api/v1/models"),
        ("openrouter", "/api/v1/", "/api/v1/models"),
        ("openrouter", "/relay/v2", "/relay/v2/models"),
    ],
)
def test_an_address_with_a_version_of_its_own_is_complete(
    kind: str, path: str, expected: str
) -> None:
    assert address(kind, HOST + path) == HOST + expected


def test_every_source_has_a_dialect_and_a_known_kind() -> None:
    assert SOURCE_KINDS.keys() == dialects(ApiSettings()).keys()
    assert set(SOURCE_KINDS.values()) <= KINDS.keys()
