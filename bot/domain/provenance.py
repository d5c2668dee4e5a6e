"""What a picture says of where it comes from: content credentials and marks of AI.

See docs/spec/marks.md. Marks that nobody sees, such as a watermark in the pixels, are not looked
for: whether there is one is never known.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum

from bot.domain.translatable import N_, Sentence


class Credentials(StrEnum):
    """What is known of a picture's content credentials (C2PA)."""

    NONE = "none"
    VALID = "valid"  # signed, and neither they nor the picture were changed since
    BROKEN = "broken"  # signed, and something was changed since
    UNREADABLE = "unreadable"  # there, and make no sense to a reader
    UNCHECKED = "unchecked"  # there, and nothing is installed here to check them with


class AiMade(StrEnum):
    """Whether a picture says that it was made by AI."""

    YES = "yes"
    NO = "no"
    NOT_SAID = "not_said"


class MarkMode(StrEnum):
    """What is done about the marks of results (setting `pictures.marks`)."""

    KEEP = "keep"  # nothing is written, and nothing gets lost
    WRITE = "write"  # what is missing is written as text
    SIGN = "sign"  # credentials by the operator's certificate


class LegalProfile(StrEnum):
    """Whose law the operator wants to follow (setting `pictures.profile`)."""

    NONE = "none"
    EU = "eu"
    CHINA = "china"


class SigningProblem(Sentence):
    """Why pictures cannot be signed, and how the operator fixes it."""

    NOT_INSTALLED = N_("c2pa-python is not installed; run `pip install '.[provenance]'`")
    NO_CERTIFICATE = N_(
        "pictures.certificate and pictures.key are not set; `easel provenance init` makes both "
        "for a start"
    )
    CERTIFICATE_UNREADABLE = N_(
        "pictures.certificate cannot be read as a chain of certificates in PEM; check the path, "
        "its permissions and the file"
    )
    KEY_UNREADABLE = N_(
        "pictures.key cannot be read as a private key in PEM without a password; check the path, "
        "its permissions and the file"
    )
    OTHER_KEY = N_("pictures.key is not the key of the first certificate in pictures.certificate")
    EXPIRED = N_("the certificate in pictures.certificate has expired; put a new one there")
    NOT_YET_VALID = N_(
        "the certificate in pictures.certificate is not valid yet; check the clock of this machine"
    )
    REFUSED = N_(
        "c2pa refuses the certificate in pictures.certificate: it must be one for signing "
        "(digitalSignature, and emailProtection or documentSigning), name an organisation, and "
        "come with the certificates above it"
    )
    NO_ROOM = N_("a picture with its signature is larger than the channel takes")
    TRUST_UNREADABLE = N_(
        "pictures.trust_anchors cannot be read as certificates in PEM; check the path, its "
        "permissions and the file"
    )
    WORKER = N_("the process that signs ended or took too long; the log has more")


class SigningError(Exception):
    """A picture was not signed."""

    def __init__(self, problem: SigningProblem, detail: str = "") -> None:
        super().__init__(problem, detail)
        self.problem = problem
        self.detail = detail[:200]


class PostedMark(StrEnum):
    """A mark of a file that was posted, as it is stored with the picture."""

    KEPT = "kept"  # credentials of the service; not one byte was changed
    VALID = "valid"  # beside `kept`, where they were checked
    BROKEN = "broken"
    TRUSTED = "trusted"  # beside `valid` or `signed`: a list of the operator names their issuer
    SIGNED = "signed"  # credentials by this bot's certificate
    IPTC = "iptc"  # the digital source type in XMP
    AIGC = "aigc"  # the field that China's labelling asks for


def stored_marks(marks: Iterable[PostedMark]) -> str:
    """Write marks as they are stored, in one order; empty for none."""
    found = set(marks)
    return " ".join(mark for mark in PostedMark if mark in found)


def marks_stored(text: str | None) -> tuple[PostedMark, ...] | None:
    """Read stored marks; None for a picture of which nothing was stored."""
    if text is None:
        return None
    known = set(text.split())
    return tuple(mark for mark in PostedMark if mark in known)


# Names of IPTC's vocabulary of digital source types, the last part of its addresses.
TRAINED_ALGORITHMIC_MEDIA = "trainedAlgorithmicMedia"
_MADE_BY_AI = frozenset(
    {TRAINED_ALGORITHMIC_MEDIA, "compositeWithTrainedAlgorithmicMedia", "compositeSynthetic"}
)
_MADE_WITHOUT = frozenset(
    {
        "digitalCapture",
        "computationalCapture",
        "compositeCapture",
        "negativeFilm",
        "positiveFilm",
        "print",
        "humanEdits",
        "digitalCreation",
    }
)
# Of the field AIGC (GB 45438-2025, annex E): "is", beside "may be" and "is suspected to be".
AIGC_IS_AI = "1"


@dataclass(frozen=True, slots=True, kw_only=True)
class Marks:
    """The marks of one picture.

    `issuer` is the organisation in the certificate that signed, and `issuer_known` says whether a
    list of trusted ones names it: without one nobody is known. `products` are what wrote the
    credentials, the newest first. `source_type` is a name of IPTC's vocabulary. `aigc` is the
    field that China's labelling asks for, as it stands in the file.
    """

    credentials: Credentials = Credentials.NONE
    issuer: str | None = None
    issuer_known: bool = False
    products: tuple[str, ...] = ()
    source_type: str | None = None
    aigc: Mapping[str, str] | None = None

    @property
    def present(self) -> bool:
        """Whether there is any mark."""
        return (
            self.credentials is not Credentials.NONE
            or self.source_type is not None
            or self.aigc is not None
        )

    @property
    def ai_made(self) -> AiMade:
        """What the marks say; that no AI was used is believed of whole credentials only."""
        says_ai = self.aigc is not None and self.aigc.get("Label") == AIGC_IS_AI
        if says_ai or self.source_type in _MADE_BY_AI:
            return AiMade.YES
        if self.source_type in _MADE_WITHOUT and self.credentials is Credentials.VALID:
            return AiMade.NO
        return AiMade.NOT_SAID
