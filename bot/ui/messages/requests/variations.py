"""What the menu of variations says, and the words that ask a model for each."""

from __future__ import annotations

from bot.domain.variations.variation import Variation
from bot.ui.language import Phrase, _, ngettext
from bot.ui.messages.tickets import size
from bot.ui.messages.words import number as written
from bot.ui.messages.words import plural

MENU = Phrase("Change it…")
WHICH = Phrase("**Which picture do you mean?**")
WHICH_PLACEHOLDER = Phrase("Choose a picture")
NOTHING_YET = Phrase("Nothing is charged before you press the button.")

_V = Variation

_NAMES = {
    _V.VARY: Phrase("Another version"),
    _V.UPSCALE: Phrase("Upscale"),
    _V.WIDER_LEFT: Phrase("Wider: to the left"),
    _V.WIDER_RIGHT: Phrase("Wider: to the right"),
    _V.WIDER_UP: Phrase("Wider: to the top"),
    _V.WIDER_DOWN: Phrase("Wider: to the bottom"),
    _V.WIDER_AROUND: Phrase("Wider: on all sides"),
    _V.BACKGROUND: Phrase("Background away"),
}

# What the model reads, and everybody who may read the prompt.
_ORDERS = {
    _V.VARY: Phrase("Another version."),
    _V.UPSCALE: Phrase(
        "Make this picture larger, with finer details. Keep its content, composition, colours and "
        "style exactly as they are."
    ),
    _V.WIDER_LEFT: Phrase(
        "Extend this picture to the left: continue the scene there. Keep everything that it shows "
        "as it is."
    ),
    _V.WIDER_RIGHT: Phrase(
        "Extend this picture to the right: continue the scene there. Keep everything that it shows "
        "as it is."
    ),
    _V.WIDER_UP: Phrase(
        "Extend this picture at the top: continue the scene there. Keep everything that it shows "
        "as it is."
    ),
    _V.WIDER_DOWN: Phrase(
        "Extend this picture at the bottom: continue the scene there. Keep everything that it "
        "shows as it is."
    ),
    _V.WIDER_AROUND: Phrase(
        "Extend this picture on all sides: continue the scene there. Keep everything that it shows "
        "as it is."
    ),
    _V.BACKGROUND: Phrase(
        "Remove the background of this picture. Keep its main subject exactly as it is, on a "
        "transparent background."
    ),
}

_NOT_HERE = {
    _V.VARY: Phrase("No model here can make this request again."),
    _V.UPSCALE: Phrase("No model here makes this picture larger than it is."),
    _V.BACKGROUND: Phrase("No model here makes transparent backgrounds."),
}
_NOT_WIDER = Phrase("No model here takes a picture that is wider on that side.")


def name(what: Variation) -> str:
    """Return what a variation is called, for who looks at its result."""
    return str(_NAMES[what])


def choice(what: Variation, count: int) -> str:
    """Return the label of a variation in the menu."""
    if what is not Variation.VARY or count == 1:
        return name(what)
    return ngettext("{count} other version", "{count} other versions", count, count=written(count))


def order(what: Variation) -> str:
    """Return the words that ask a model for a variation."""
    return str(_ORDERS[what])


def cannot(what: Variation) -> str:
    """Return why a variation cannot be made, where no model can."""
    return str(_NOT_HERE.get(what, _NOT_WIDER))


def price(credits: int, asked_size: str, model: str | None) -> str:
    """Return what a variation makes and costs; `model` where it is another one."""
    facts = [size(asked_size) if asked_size else "", model or "", plural(credits, "credit")]
    return " · ".join(fact for fact in facts if fact)


def make(credits: int) -> str:
    """Return the label of the button that makes it."""
    return _("Make it for {credits}", credits=plural(credits, "credit"))


def question(label: str, number: int | None) -> str:
    """Return what is about to be made, of which picture of several."""
    if number is None:
        return f"**{label}**"
    return _("**{variation}** of picture {number}", variation=label, number=number)
