"""A Discord on loopback that an unpatched bot process logs into; must not know the bot."""

from bot.sandbox.wire.faults import Hold
from bot.sandbox.wire.traffic import Upload, WireRequest
from bot.sandbox.wire.world import WireDiscord

__all__ = ["Hold", "Upload", "WireDiscord", "WireRequest"]
