"""What a picture says of where it comes from: content credentials and marks of AI."""

from __future__ import annotations

from collections.abc import Iterator

from bot.domain.provenance import AiMade, Credentials, Marks
from bot.ui.language import Phrase, _
from bot.ui.messages.words import clip, listed, megabytes, relative_time
from bot.ui.text import escaped

# Names come out of files that anybody wrote.
_NAME_CHARACTERS = 80
_MOST_PRODUCTS = 3
_SMALL_BYTES = 1_000_000

_CREDENTIALS: dict[Credentials, Phrase] = {
    Credentials.NONE: Phrase("**Content credentials:** none."),
    Credentials.VALID: Phrase(
        "**Content credentials: valid.** The picture has not been changed since it was signed."
    ),
    Credentials.BROKEN: Phrase(
        "**Content credentials: broken.** The picture or its credentials were changed after they "
        "were signed."
    ),
    Credentials.UNREADABLE: Phrase(
        "**Content credentials: unreadable.** There are some, but they are damaged or made wrong."
    ),
    Credentials.UNCHECKED: Phrase(
        "**Content credentials: not checked.** There are some, but this bot is not set up to check "
        "them."
    ),
}
_AI: dict[AiMade, Phrase] = {
    AiMade.YES: Phrase("**Made with AI:** yes, the picture says so."),
    AiMade.NO: Phrase("**Made with AI:** no, its credentials say so."),
    AiMade.NOT_SAID: Phrase("**Made with AI:** the picture does not say."),
}
_AI_UNSURE = Phrase("**Made with AI:** the picture says so, but anybody can write that.")

ONE_OF_MINE = Phrase("**This is a picture of mine.**")
NOT_KNOWN = Phrase(
    "I do not know this picture from this server. If somebody cropped, edited or re-encoded one of "
    "mine, I cannot tell."
)
STALE = Phrase("This choice is kept for a day. Please open Picture details again.")
WHICH = Phrase("**Which picture do you want to know about?**")
WHICH_PLACEHOLDER = Phrase("Choose a picture")


def facts(kind: str, size: tuple[int, int], size_bytes: int, *, animated: bool) -> str:
    """Return what a file is."""
    parts = [kind, f"{size[0]}×{size[1]}", _bytes(size_bytes)]
    return " · ".join([*parts, _("animated")] if animated else parts)


def _bytes(size_bytes: int) -> str:
    if size_bytes >= _SMALL_BYTES:
        return megabytes(size_bytes)
    return _("{count} kB", count=max(round(size_bytes / 1000), 1))


def marks(found: Marks) -> list[str]:
    """Return what a picture's marks say, a line each."""
    return list(_lines(found))


def _lines(found: Marks) -> Iterator[str]:
    yield str(_CREDENTIALS[found.credentials])
    if found.credentials in (Credentials.VALID, Credentials.BROKEN):
        yield _signer(found)
    if found.products:
        names = [_name(product) for product in found.products[:_MOST_PRODUCTS]]
        yield _("Written by {products}", products=listed(names, "and"))
    sure = found.credentials is Credentials.VALID or found.ai_made is not AiMade.YES
    yield str(_AI[found.ai_made] if sure else _AI_UNSURE)
    producer = (found.aigc or {}).get("ContentProducer")
    if producer:
        yield _("China's label for AI pictures names {producer}.", producer=_name(producer))


def _signer(found: Marks) -> str:
    if found.issuer is None:
        return _("They do not name who signed them.")
    if found.credentials is Credentials.BROKEN:
        return _("They name {issuer} as who signed them.", issuer=_name(found.issuer))
    if found.issuer_known:
        return _("Signed by {issuer}, a known issuer.", issuer=_name(found.issuer))
    return _(
        "Signed by {issuer}. The issuer is not known: anybody can use any name.",
        issuer=_name(found.issuer),
    )


def _name(text: str) -> str:
    return escaped(clip(text, _NAME_CHARACTERS))


def too_often(at: int) -> str:
    """Return when a member may look at the next picture."""
    return _("You can look at the next picture {when}.", when=relative_time(at))
