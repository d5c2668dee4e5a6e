"""What one message on Discord takes: how results are divided depends on it.

Limits that only concern what is shown are in bot/ui/discord_api/discord_limits.py.
"""

from __future__ import annotations

# Discord documents 25 MiB for a whole message and ten files in it; a mebibyte is left for the
# rest of the request (docs/spec/discord.md section 1.1).
MESSAGE_BYTES = 24 * 2**20
MESSAGE_FILES = 10
# Discord's JSON error code for a message that is too large, whatever its status.
TOO_LARGE_CODE = 40005
# Choices of a menu or a suggestion.
CHOICES = 25
