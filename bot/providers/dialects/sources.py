"""Every image API by the name of its source in the catalog; a new one is a row here."""

from __future__ import annotations

from collections.abc import Mapping

from bot.providers.dialects.ark_images import ArkImages
from bot.providers.dialects.dialect import ApiSettings, Dialect
from bot.providers.dialects.openai_images import (
    OpenAIFormEdits,
    OpenAIGeneration,
    OpenAIJsonEdits,
)
from bot.providers.dialects.openrouter_images import OpenRouterImages
from bot.providers.dialects.routescope_openai import RoutescopeOpenAIEdits
from bot.providers.dialects.routescope_seedream import SeedreamEdits, SeedreamGeneration
from bot.providers.dialects.seededit import SeedEdit
from bot.providers.dialects.seedream_gateway import SeedreamGateway


def dialects(settings: ApiSettings) -> Mapping[str, Dialect]:
    """Return the dialects as one provider's settings want them."""
    openai_edits = OpenAIJsonEdits if settings.edits == "json" else OpenAIFormEdits
    return {
        "routescope-seedream-generation": SeedreamGeneration(),
        "routescope-seedream-edits": SeedreamEdits(),
        "routescope-openai-edits": RoutescopeOpenAIEdits(),
        "seededit": SeedEdit(),
        "seedream-gateway": SeedreamGateway(),
        "openai-generation": OpenAIGeneration(settings),
        "openai-edits": openai_edits(settings),
        "ark-images": ArkImages(),
        "openrouter-images": OpenRouterImages(),
    }
