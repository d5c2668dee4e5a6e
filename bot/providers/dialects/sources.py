"""Every image API by the name of its source in the catalog; a new one is a row here."""

from __future__ import annotations

from collections.abc import Mapping

from bot.providers.dialects.dialect import Dialect
from bot.providers.dialects.openai_images import OpenAIEdits
from bot.providers.dialects.routescope_seedream import SeedreamEdits, SeedreamGeneration
from bot.providers.dialects.seededit import SeedEdit
from bot.providers.dialects.seedream_gateway import SeedreamGateway

DIALECTS: Mapping[str, Dialect] = {
    "routescope-seedream-generation": SeedreamGeneration(),
    "routescope-seedream-edits": SeedreamEdits(),
    "routescope-openai-edits": OpenAIEdits(),
    "seededit": SeedEdit(),
    "seedream-gateway": SeedreamGateway(),
}
