"""What the command line says: help texts and sentences of its own.

Sentences about requests, pictures and image services are those of `bot.ui.messages`.
"""

from __future__ import annotations

import os
from collections.abc import Sequence

from bot.domain.errors import Failure
from bot.ui import messages
from bot.ui.messages.words import listed, quoted

# `data:image/png;base64`, and a little more.
_LONGEST_TYPE = 30

# --- help -----------------------------------------------------------------------------------

PROGRAM_HELP = "Easel, a Discord bot for community image requests."
CONFIG_HELP = "Configuration; default $EASEL_CONFIG, else ./config.toml where present."
JSON_HELP = "Print exactly one JSON value on stdout, refusals included."
PORT_HELP = "Port on this machine; 0 takes a free one."

RUN_HELP = """Run the bot.

Ctrl-C or SIGTERM lets running requests finish and keeps queued ones for the next start; a second
one stops at once.
"""
NO_MIGRATE_HELP = "Do not bring the database up to this Easel; fail if it is older."
DEMO_HELP = "Try the bot in a simulated Discord in the browser: no account, no token, no key."
MARKDOWN_HELP = "Print the table as README.md holds it, with where the limits come from."
NO_BROWSER_HELP = "Only print the page's address."
CHECK_HELP = "Check everything that the bot needs, and say how to mend what is wrong."
MODELS_HELP = "Show every model and what it takes."
SERVE_APIS_HELP = "Serve only the local image APIs, and print a configuration that uses them."
DB_HELP = "Look after the database."
DB_UPGRADE_HELP = "Copy the database and bring it up to this Easel; `easel run` does it, too."
DB_CHECK_HELP = "Audit the books: every credit held, settled and given back."
DB_BACKUP_HELP = "Copy the database into FILE, also while the bot runs."

GENERATE_HELP = """Draw PROMPT, or change pictures by it, without Discord.

The request passes the same checks as in Discord. Pictures are written to --output, their paths
to stdout. `easel models` shows what each model takes.
"""
MODEL_HELP = "Model id; default: the configuration's."
OPERATION_HELP = "Default: edit with references where the model can, else generate."
REFERENCE_HELP = "A reference picture; repeat for more. Their order counts."
MASK_HELP = "A mask: transparent or white where the first reference may change."
SIZE_HELP = "Keyword (1K, 2K, 3K, 4K, auto, adaptive) or WIDTHxHEIGHT."
ASPECT_HELP = "Shape, such as 16:9."
COUNT_HELP = "How many pictures."
RELATED_HELP = "One set of related pictures, or separate ones."
SEED_HELP = "-1 to 2147483647; -1 is random."
GUIDANCE_HELP = "How closely the words are followed, 1 to 10."
QUALITY_HELP = "auto, low, medium or high."
BACKGROUND_HELP = "auto, opaque or transparent."
FORMAT_HELP = "png, jpeg or webp."
COMPRESSION_HELP = "0 to 100, for jpeg and webp."
MODERATION_HELP = "auto or low."
WATERMARK_HELP = "Ask for the service's watermark or against it."
STREAM_HELP = "Receive pictures as they are finished."
OUTPUT_HELP = "Folder for the pictures; made if missing, nothing in it is overwritten."
DRY_RUN_HELP = "Show what would be sent; opens no connection and needs no key."

BASIS_COLUMN = "Limits from"
MODEL_COLUMNS = ("Model", "Does", "Sizes", "References", "Count", "Options", "Credits")
OFF = "off"

# --- generate -------------------------------------------------------------------------------

NOT_WHOLE = "{} is not a whole number."
NOT_A_NUMBER = "{} is not a number."
NOT_AN_OPERATION = "{} is not an operation: write generate or edit."

NOT_AN_ADDRESS = "only files, data URLs and http or https addresses are taken"
NOT_A_DATA_URL = "it is not valid Base64; a data URL begins with data:image/png;base64,"
NOT_A_FILE = "it is a folder or a device, not a file"
EMPTY_FILE = "the file is empty"
UNREADABLE_FILE = "the file may not be read; mend its permissions"


def no_key(model_id: str, providers: Sequence[str], instead: object) -> str:
    """Say which keys would switch a model on; without a model, none is on at all."""
    what = f"{quoted(model_id)} is off: its provider has no key." if model_id else NO_KEYS
    return f"{what} Set {' or '.join(map(_key_setting, providers))}." + _try(instead)


def switched_off(model_id: str, instead: object) -> str:
    """Say that the operator has switched a model off."""
    return f"{quoted(model_id)} is switched off in [models.custom]." + _try(instead)


def taken_by(model_id: str) -> str:
    """Name a model that takes what another refuses, to follow its refusal."""
    return f" {model_id} takes it as it is."


def unusable(field: str, position: int, name: str, why: str) -> str:
    """Say why a picture cannot be used."""
    which = "The mask" if field == "mask" else f"Picture {position}"
    return f"{which} ({quoted(name)}) cannot be used: {why}."


def drawing(count: int) -> str:
    """Say what the progress bar stands for."""
    return "Drawing" if count == 1 else f"Drawing {count} pictures"


def fewer(came: int, asked: int) -> list[str]:
    """Return a note when fewer pictures came than were asked for."""
    return [f"{came} of {asked} pictures came."] if came < asked else []


def failure(failed: Failure) -> str:
    """Say what an image service's failure means, and its own words: the operator may know them."""
    sentence = messages.error_class(failed.error_class)
    return f"{sentence} ({failed.message})" if failed.message else sentence


def not_saved(why: str) -> str:
    """Say that a finished picture could not be written."""
    return f"A finished picture could not be written: {why}."


def output_unusable(folder: str, why: str) -> str:
    """Say that nothing was sent because its pictures could not be written."""
    return f"Pictures cannot be written to {folder}: {why}. Name another folder with --output."


# --- check ----------------------------------------------------------------------------------

NO_KEYS = "No provider has a key, so no model is offered."
NO_LOGIN = (
    "There is no Discord token: put the one of the developer portal, Bot, Reset Token, into "
    "discord.token or EASEL_DISCORD__TOKEN."
)
NO_SERVERS = (
    "No server may use the bot: list their ids in access.guilds, or set access.open = true for all."
)
LOGIN_REFUSED = (
    "Discord refuses the token: copy it again from the developer portal, Bot, Reset Token, into "
    "discord.token or EASEL_DISCORD__TOKEN."
)
OPEN_TO_ALL = "Access: every server may use the bot (access.open)."


def finding(text: str, *, well: bool) -> str:
    """Return a line of `check`."""
    return f"{'ok  ' if well else 'MEND'}  {text}"


def configuration_read(file: str | None) -> str:
    """Say that the configuration is right."""
    return f"Configuration: {file or 'no file; the environment and the shipped defaults'}."


def database_due(revision: str | None) -> str:
    """Say what the next start does to the database."""
    if revision is None:
        return "Database: empty; `easel run` sets it up."
    return f"Database: at revision {revision}; `easel run` upgrades it."


def database_well(revision: str | None) -> str:
    """Say that the database is the one of this Easel."""
    return f"Database: at revision {revision}."


def database_wrong(why: str) -> str:
    """Say why the database cannot be used."""
    return f"Database: {why}."


def data_folder_well(folder: str, free_bytes: int) -> str:
    """Say that there is room for files."""
    return f"Files: {folder}, {gigabytes(free_bytes)} free."


def data_folder_full(folder: str, free_bytes: int) -> str:
    """Say that there is too little room for files."""
    return (
        f"Files: only {gigabytes(free_bytes)} free for {folder}. Make room, or name another "
        "folder in storage.data_dir."
    )


def data_folder_unwritable(folder: str) -> str:
    """Say that files cannot be written."""
    return (
        f"Files: {folder} cannot be written. Mend its permissions, or name another folder in "
        "storage.data_dir."
    )


def token_accepted(name: str) -> str:
    """Say who the bot is."""
    return f"Discord: the token belongs to {name}."


def discord_status(base: str, status: int) -> str:
    """Say that Discord answered with an error."""
    return f"Discord at {base} answered {status}: mend discord.api_base, or try again later."


def discord_unreachable(base: str, why: str) -> str:
    """Say that Discord gave no answer."""
    reason = f" ({why})" if why else ""
    return f"Discord cannot be reached at {base}{reason}: mend the network or discord.api_base."


def servers_listed(count: int) -> str:
    """Say how many servers may use the bot."""
    return f"Access: {messages.plural(count, 'server')} may use the bot (access.guilds)."


def in_server(guild_id: int) -> str:
    """Say that the bot can work in a server."""
    return f"Server {guild_id}: the bot is there and has its permissions."


def not_in_server(guild_id: int) -> str:
    """Say that the bot is missing in a server."""
    return f"Server {guild_id}: the bot is not there. Open the invite link, or unlist the server."


def permissions_missing(guild_id: int, names: Sequence[str]) -> str:
    """Say which permissions the bot lacks in a server."""
    return (
        f"Server {guild_id}: the bot lacks {', '.join(names)}. Open the invite link again, or "
        "give them to its role."
    )


def invite(link: str) -> str:
    """Show how the bot gets into a server."""
    return f"Invite link: {link}"


def default_offered(setting: str, model_id: str) -> str:
    """Say that a default model serves."""
    return f"{setting}: {model_id} is offered."


def default_unknown(setting: str, model_id: str, near: str | None) -> str:
    """Say that a default model does not exist."""
    return f"{setting}: there is no model {quoted(model_id)}.{_try(near)}"


def default_unable(setting: str, model_id: str, operation: str, instead: str | None) -> str:
    """Say that a default model cannot do what it is the default for."""
    does = "draw from words alone" if operation == "generate" else "change pictures"
    return f"{setting}: {model_id} does not {does}.{_instead(instead)}"


def default_off(setting: str, model_id: str, instead: str | None) -> str:
    """Say that a default model is not offered, and what serves in its place."""
    return f"{setting}: {model_id} is off, its provider has no key.{_instead(instead)}"


PRICES_NAMED = "quota.spend: every model on offer has a price."


def prices_missing(models: Sequence[str]) -> str:
    """Say which models a limit of money does not count."""
    return (
        f"quota.spend does not count {listed(models)}: name their price under [models.custom], "
        "such as generate.cost.price = 0.04"
    )


def provider_off(name: str) -> str:
    """Say that a provider is not in use."""
    return f"Provider {name}: off, it has no key."


def key_accepted(name: str) -> str:
    """Say that a provider's key works."""
    return f"Provider {name}: the key is accepted."


def key_refused(name: str, detail: str) -> str:
    """Say that a provider's key does not work."""
    said = f" ({detail})" if detail else ""
    return f"Provider {name}: the key is refused{said}. Set {_key_setting(name)}."


def provider_unreachable(name: str, address: str, detail: str) -> str:
    """Say that a provider does not answer as one."""
    said = f" ({detail})" if detail else ""
    return (
        f"Provider {name}: no image service answers at {address}{said}. Mend "
        f"providers.{name}.base_url or the network."
    )


# --- db, demo, serve-apis -------------------------------------------------------------------

BOOKS_ARE_RIGHT = "The books are right."
NO_SIMCORD = "The demo needs the simulated Discord: install it with `pip install 'easel[demo]'`."
DEMO_READY = """The demo is ready; Ctrl-C ends it. Nothing in it is real, and nothing is kept.

Five things to try:
  1. /imagine with a few words, then open your ticket's link to the picture.
  2. /imagine with count 3 and related "set"; then reply to the result: 2: make it night
  3. /imagine with size 10x10: refused at once, with the nearest size that works. Press Fix it.
  4. /imagine with "forbidden" in the prompt: the service refuses, nothing is charged; see /quota.
  5. Choose Bob under "Viewing as": your tickets are not there, your pictures are."""


def upgraded(before: str | None, after: str) -> str:
    """Say what was done to the schema."""
    if before == after:
        return f"The database is up to date (revision {after})."
    return f"The database went from {before or 'nothing'} to revision {after}."


def backed_up(file: str) -> str:
    """Say where the backup is."""
    return f"The database was copied to {file}."


def serving(url: str) -> str:
    """Say that the image APIs listen."""
    return f"Serving at {url}; any key but `wrong` passes. Ctrl-C ends it."


def not_served(why: str) -> str:
    """Say that a port could not be listened on."""
    return f"The port cannot be used: {why}. Name another one with --port."


# --- endings --------------------------------------------------------------------------------

INTERRUPTED = "Stopped."
REQUEST_INTERRUPTED = "Stopped. What was sent may still be made and charged by the service."


def problem(field: str, message: str) -> str:
    """Say what is wrong with an option."""
    return f"{'PROMPT' if field == 'prompt' else f'--{field}'}: {message}"


def internal(error: Exception) -> str:
    """Say that Easel itself made a mistake."""
    return f"Easel made a mistake of its own ({type(error).__name__}). Please report it."


# --- words ----------------------------------------------------------------------------------


def picture_name(text: str) -> str:
    """Return what a file or an address ends in: no folders, no data, nothing secret."""
    if text[:5].lower() == "data:":
        return text.partition(",")[0][:_LONGEST_TYPE] + ",…"
    plain = text.partition("?")[0].rpartition("@")[2] if "://" in text else text
    return plain.rstrip("/").rpartition("/")[2] or text


def reason(error: Exception) -> str:
    """Return why the system refused something, in its own words."""
    number = getattr(error, "errno", None)
    return (os.strerror(number) if number else str(error)).lower()


def _key_setting(name: str) -> str:
    return f"providers.{name}.api_key (EASEL_PROVIDERS__{name.upper()}__API_KEY)"


def _try(value: object) -> str:
    return f" Try {value}." if value else ""


def _instead(model_id: str | None) -> str:
    return f" {model_id} serves instead; set it, or a key." if model_id else f" {NO_KEYS}"


def gigabytes(size_bytes: int) -> str:
    """Return a size as people read it."""
    return f"{size_bytes / 1e9:.1f} GB"
