"""Discord's limits on what is shown, which Discord may change.

Those that services plan by are in bot/domain/message_limits.py. Sources: docs/spec/discord.md
section 1.
"""

from __future__ import annotations

CONTENT_CHARACTERS = 2000
ALT_TEXT_CHARACTERS = 1024

LAYOUT_COMPONENTS = 40
LAYOUT_CHARACTERS = 4000
# Discord answers 500 somewhat above 10,000 bytes of text (discord-api-docs issue 8554).
LAYOUT_BYTES = 9000
# Of the widest letters, of four bytes each, that leaves room for a title and what belongs to it.
LIST_CHARACTERS = 2000
GALLERY_PICTURES = 10
FORM_FILES = 6
FORM_TITLE_CHARACTERS = 45
FORM_FIELDS = 5

CHOICE_CHARACTERS = 100

PROMPT_CHARACTERS = 4000

# An interaction must be answered within three seconds; what takes half of it is deferred.
PATIENCE_SECONDS = 1.5
# So many answers are worked out at once before all are promised.
CROWD = 4
# discord.py raises instead of sleeping longer than this over a rate limit; 30 is its minimum.
RATE_LIMIT_SECONDS = 60
# An answer to an interaction that takes longer is given up; discord.py knows no limit there.
ANSWER_SECONDS = 20
# 24 MiB over a slow line; an upload that hangs is tried again under the same nonce.
UPLOAD_SECONDS = 120
