"""What the command line says: sentences of its own.

Sentences about requests, pictures and image services are those of `bot.ui.messages`; what `--help`
says is in `bot.ui.usage`.
"""

from __future__ import annotations

import os
from collections.abc import Sequence

from bot.domain.errors import Failure
from bot.ui import messages
from bot.ui.language import Phrase, _, ngettext
from bot.ui.messages.operator.check import NO_KEYS, instead_try, key_setting
from bot.ui.messages.requests import outcomes
from bot.ui.messages.words import listed, quoted, sentences

# `data:image/png;base64`, and a little more.
_LONGEST_TYPE = 30

PROVIDER_COLUMN = Phrase("At")
BASIS_COLUMN = Phrase("Limits from")
MODEL_COLUMNS = (
    Phrase("Model"),
    Phrase("Does"),
    Phrase("Sizes"),
    Phrase("References"),
    Phrase("Count"),
    Phrase("Options"),
    Phrase("Credits"),
)
OFF = Phrase("off")

# --- generate -------------------------------------------------------------------------------

NOT_WHOLE = Phrase("{value} is not a whole number.")
NOT_A_NUMBER = Phrase("{value} is not a number.")
NOT_AN_OPERATION = Phrase("{value} is not an operation: write generate or edit.")

NOT_AN_ADDRESS = Phrase("only files, data URLs and http or https addresses are accepted")
NOT_A_DATA_URL = Phrase("it is not valid Base64; a data URL begins with data:image/png;base64,")
NOT_A_FILE = Phrase("it is a folder or a device, not a file")
EMPTY_FILE = Phrase("the file is empty")
UNREADABLE_FILE = Phrase("the file cannot be read; fix its permissions")


def no_key(model_id: str, providers: Sequence[str], instead: object) -> str:
    """Say which keys would switch a model on; without a model, none is on at all."""
    off = _("{model} is off: its provider has no key.", model=quoted(model_id))
    remedy = _("Set {settings}.", settings=listed(map(key_setting, providers)))
    return sentences(off if model_id else NO_KEYS, remedy, instead_try(instead))


def switched_off(model_id: str, instead: object) -> str:
    """Say that the operator has switched a model off."""
    off = _("{model} is switched off in [models.custom].", model=quoted(model_id))
    return sentences(off, instead_try(instead))


def taken_by(model_id: str) -> str:
    """Name a model that takes what another refuses."""
    return _("{model} accepts it as it is.", model=model_id)


def unusable(field: str, position: int, name: str, why: str) -> str:
    """Say why a picture cannot be used."""
    if field == "mask":
        return _("The mask ({name}) cannot be used: {why}.", name=quoted(name), why=why)
    return _(
        "Picture {number} ({name}) cannot be used: {why}.",
        number=position,
        name=quoted(name),
        why=why,
    )


def drawing(count: int) -> str:
    """Say what the progress bar stands for."""
    return ngettext("Drawing", "Drawing {count} pictures", count, count=count)


def fewer(came: int, asked: int) -> list[str]:
    """Return a note when fewer pictures came than were asked for."""
    if came >= asked:
        return []
    return [_("{came} of {asked} pictures came.", came=came, asked=asked)]


def failure(failed: Failure) -> str:
    """Say what an image service's failure means, and its own words: the operator may know them."""
    if failed.code == "result_status" and failed.http_status is not None:
        known = outcomes.lost_picture_status(failed.http_status)
    else:
        known = outcomes.lost_picture(failed.code) or outcomes.lost_picture(f"result_{failed.code}")
    sentence = known or messages.error_class(failed.error_class)
    said = f"{sentence} ({failed.message})" if failed.message else sentence
    if failed.code == "result_forbidden_address":
        return sentences(said, _("Trust its host in providers.NAME.result_origins."))
    return said


def not_saved(why: str) -> str:
    """Say that a finished picture could not be written."""
    return _("A finished picture could not be written: {why}.", why=why)


def output_unusable(folder: str, why: str) -> str:
    """Say that nothing was sent because its pictures could not be written."""
    return _(
        "Pictures cannot be written to {folder}: {why}. Choose another folder with --output.",
        folder=folder,
        why=why,
    )


# --- db, demo, serve-apis -------------------------------------------------------------------

BOOKS_ARE_RIGHT = Phrase("The ledger is correct.")
NO_SIMCORD = Phrase(
    "The demo needs the simulated Discord. Install Easel with it, in its folder: "
    "`pip install '.[demo]'`."
)
DEMO_STARTS = Phrase(
    "Starting the demo: the real bot in a simulated Discord, and image services on this machine."
)
DEMO_READY = Phrase(
    "The demo is ready; Ctrl-C stops it. Nothing in it is real, and nothing is kept. The pinned "
    "post on the page says what to try."
)


def upgraded(before: str | None, after: str) -> str:
    """Say what was done to the schema."""
    if before == after:
        return _("The database is up to date (revision {after}).", after=after)
    return _(
        "The database went from {before} to revision {after}.",
        before=before or _("nothing"),
        after=after,
    )


def backed_up(file: str) -> str:
    """Say where the backup is."""
    return _("The database was copied to {file}.", file=file)


def serving(url: str) -> str:
    """Say that the image APIs listen."""
    return _("Serving at {url}; any key except `wrong` is accepted. Ctrl-C stops it.", url=url)


def not_served(why: str) -> str:
    """Say that a port could not be listened on."""
    return _("The port cannot be used: {why}. Choose another one with --port.", why=why)


# --- endings --------------------------------------------------------------------------------

INTERRUPTED = Phrase("Stopped.")
REQUEST_INTERRUPTED = Phrase(
    "Stopped. The service may still make and charge what was already sent."
)


def problem(field: str, message: str) -> str:
    """Say what is wrong with an option."""
    return _(
        "{what}: {message}", what="PROMPT" if field == "prompt" else f"--{field}", message=message
    )


def internal(error: Exception) -> str:
    """Say that Easel itself made a mistake."""
    return _("Easel had an internal error ({error}). Please report it.", error=type(error).__name__)


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
