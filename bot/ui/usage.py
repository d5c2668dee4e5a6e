"""What `easel --help` and `easel COMMAND --help` say."""

from __future__ import annotations

from bot.ui.language import Phrase

PROGRAM_HELP = Phrase("Easel, a Discord bot for community image requests.")
CONFIG_HELP = Phrase("Configuration; default $EASEL_CONFIG, else ./config.toml where present.")
JSON_HELP = Phrase("Print exactly one JSON value on stdout, refusals included.")
PORT_HELP = Phrase("Port on this machine; 0 takes a free one.")

RUN_HELP = Phrase("""Run the bot.

Ctrl-C or SIGTERM lets running requests finish and keeps queued ones for the next start; a second
one stops at once.
""")
NO_MIGRATE_HELP = Phrase("Do not upgrade the database; fail if it is older than this version.")
ROLE_HELP = Phrase(
    "Do one part of the work beside other processes: hear Discord (gateway), or make and post "
    "pictures (worker)."
)
DEMO_HELP = Phrase(
    "Try the bot in a simulated Discord in the browser: no account, no token, no key."
)
MARKDOWN_HELP = Phrase("Print the table as in README.md, including where the limits come from.")
DEMO_PROVIDER_HELP = Phrase(
    "Use the local API of this service; can be given several times, in place of the usual three."
)
NO_BROWSER_HELP = Phrase("Only print the page's address.")
CHECK_HELP = Phrase("Check everything that the bot needs, and say how to fix what is wrong.")
MODELS_HELP = Phrase("Show every model and what it accepts.")
SERVE_APIS_HELP = Phrase(
    "Serve only the local image APIs, and print a configuration that uses them."
)
DB_HELP = Phrase("Maintain the database.")
DB_UPGRADE_HELP = Phrase(
    "Back up the database and upgrade it to this version; `easel run` does this, too."
)
DB_CHECK_HELP = Phrase("Check the ledger: every credit held, settled and refunded.")
DB_BACKUP_HELP = Phrase("Copy the database to FILE, even while the bot runs.")

GENERATE_HELP = Phrase("""Make pictures from PROMPT, or edit pictures, without Discord.

The request goes through the same checks as in Discord. Pictures are written to --output, their
paths to stdout. `easel models` shows what each model accepts.
""")
MODEL_HELP = Phrase("Model id; default: the configuration's.")
OPERATION_HELP = Phrase(
    "Default: edit if there are references and the model can edit, else generate."
)
REFERENCE_HELP = Phrase("A reference picture; repeat for more. Their order counts.")
MASK_HELP = Phrase("A mask: transparent or white where the first reference may change.")
SIZE_HELP = Phrase("Keyword (1K, 2K, 3K, 4K, auto, adaptive) or WIDTHxHEIGHT.")
ASPECT_HELP = Phrase("Shape, such as 16:9.")
COUNT_HELP = Phrase("How many pictures.")
RELATED_HELP = Phrase("One set of related pictures, or separate ones.")
SEED_HELP = Phrase("-1 to 2147483647; -1 is random.")
GUIDANCE_HELP = Phrase("How closely to follow the prompt, 1 to 10.")
QUALITY_HELP = Phrase("auto, low, medium or high.")
BACKGROUND_HELP = Phrase("auto, opaque or transparent.")
FORMAT_HELP = Phrase("png, jpeg or webp.")
COMPRESSION_HELP = Phrase("0 to 100, for jpeg and webp.")
MODERATION_HELP = Phrase("auto or low.")
WATERMARK_HELP = Phrase("Ask for the service's watermark, or for none.")
STREAM_HELP = Phrase("Receive pictures as they are finished.")
OUTPUT_HELP = Phrase("Folder for the pictures; created if missing, nothing in it is overwritten.")
DRY_RUN_HELP = Phrase("Show what would be sent; opens no connection and needs no key.")
