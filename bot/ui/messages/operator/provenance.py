"""What the command line says of marks, certificates and what laws ask for."""

from __future__ import annotations

from collections.abc import Iterator

from bot.ui.language import Phrase, _, ngettext
from bot.ui.messages.words import number

PROVENANCE_HELP = Phrase("Maintain the certificate that pictures are signed with.")
INIT_HELP = Phrase(
    "Make a certificate and its key for pictures.marks = sign, valid for a year. Files that are "
    "there are never replaced."
)
ORGANISATION_HELP = Phrase(
    "Who signs, as readers of a picture see it (default: pictures.producer)."
)
FOLDER_HELP = Phrase("Where the files go (default: provenance in storage.data_dir).")


def made(chain: str, key: str, until: str) -> Iterator[str]:
    """Yield what was made, and what to write into the configuration."""
    yield _(
        "The certificate is valid until {until}. Put these lines into config.toml:", until=until
    )
    yield f'[pictures]\nmarks = "sign"\ncertificate = "{chain}"\nkey = "{key}"'
    yield _("Nobody knows this certificate: readers will say that its issuer is not known.")


def is_there(file: str) -> str:
    """Say that a file is there and is not replaced."""
    return _("{file} is there already. Move it away, or name another folder.", file=file)


def not_made(problem: str) -> str:
    """Say why there is no certificate."""
    return _("No certificate was made: {problem}.", problem=problem)


def organisation_wrong(most: int) -> str:
    """Say what the name of an organisation may be."""
    return _("The organisation needs a name of at most {most} characters.", most=most)


def marks(mode: str, until: str | None) -> str:
    """Say what is done about marks."""
    if mode == "sign":
        return _("Marks: pictures are signed; the certificate is valid until {until}.", until=until)
    if mode == "write":
        return _("Marks: those that a picture lacks are written as text.")
    return _("Marks: pictures keep those of their services; none are added.")


def marks_wrong(problem: str) -> str:
    """Say why pictures cannot be signed."""
    return _("Marks: pictures cannot be signed: {problem}.", problem=problem)


def certificate_ends(until: str) -> str:
    """Say that the certificate expires soon."""
    return _(
        "Marks: the certificate expires on {until}. Pictures lose their signature then: put a new "
        "one into pictures.certificate.",
        until=until,
    )


def trusted(count: int) -> str:
    """Say how many certificates of known issuers there are."""
    return ngettext(
        "Marks: credentials below {count} certificate are of a known issuer.",
        "Marks: credentials below {count} certificates are of a known issuer.",
        count,
        count=number(count),
    )


def trust_wrong(problem: str) -> str:
    """Say why no issuer is known."""
    return _("Marks: no issuer is known: {problem}.", problem=problem)


def profile_keeps(profile: str) -> str:
    """Say that a profile asks for more than keeping marks."""
    return _(
        'Marks: pictures.profile is "{profile}", but pictures.marks = "keep" adds no marks where a '
        'service sends none. Set it to "write" or "sign".',
        profile=profile,
    )


def profile_without_producer() -> str:
    """Say that China's field wants to name who made a picture."""
    return _(
        "Marks: China's field names who made a picture. Set pictures.producer to the name or the "
        "code of your organisation."
    )
