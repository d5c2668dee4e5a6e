"""A Discord on loopback that an unpatched bot process logs into; must not know the bot."""

from tests.loopback_discord.faults import Hold
from tests.loopback_discord.traffic import Upload, WireRequest
from tests.loopback_discord.world import WireDiscord

__all__ = ["Hold", "Upload", "WireDiscord", "WireRequest"]
