"""Signs pictures with c2pa. Runs in a worker that decodes nothing, and uses no network.

The worker is another one than those that read what members send, so that no file of theirs is ever
in a process with the key.
"""

# What the extra installs is not there for everybody who checks the types.
# pyright: reportMissingImports=false

from __future__ import annotations

import zlib
from io import BytesIO
from pathlib import Path
from typing import Any

from bot.domain.file_types import HEAD_BYTES, picture_type
from bot.domain.provenance import (
    TRAINED_ALGORITHMIC_MEDIA,
    Credentials,
    PostedMark,
    SigningError,
    SigningProblem,
)
from bot.pictures.formats import png
from bot.pictures.marks.certificate import SigningKey, load
from bot.pictures.marks.containers import find
from bot.pictures.marks.credentials import SETTINGS, check
from bot.pictures.marks.outgoing import described
from bot.pictures.marks.texts import SOURCE_TYPES
from bot.pictures.picture_values import MarkedFile
from bot.pictures.whole_file import write

_PARENT = "parent"


def sign(
    _max_pixels: int,
    source: Path,
    target: Path,
    original: Path | None,
    limit_bytes: int,
    certificate: str,
    key: str,
) -> MarkedFile:
    """Sign a file that has no credentials; raises SigningError.

    The `original` that it was made from becomes its parent, where that has whole credentials and
    there is room for them.
    """
    signing_key = load(certificate, key)
    data = source.read_bytes()
    parent = None if original is None else _whole(original.read_bytes())
    signed = signed_bytes(data, signing_key, parent)
    if len(signed) > limit_bytes and parent is not None:
        signed = signed_bytes(data, signing_key, None)
    if len(signed) > limit_bytes:
        raise SigningError(SigningProblem.NO_ROOM)
    write(target, signed)
    return described(signed, credentials=PostedMark.SIGNED)


def _whole(original: bytes) -> bytes | None:
    mime = _type(original)
    if not find(original, mime).credentials:
        return None
    return original if check(original, mime).credentials is Credentials.VALID else None


def signed_bytes(data: bytes, signing_key: SigningKey, parent: bytes | None) -> bytes:
    """Return a picture with credentials that c2pa itself finds valid; raises SigningError."""
    try:
        import c2pa
    except ImportError:
        raise SigningError(SigningProblem.NOT_INSTALLED) from None
    mime, signed = _type(data), BytesIO()
    information = c2pa.C2paSignerInfo(
        alg=signing_key.algorithm.encode(),
        sign_cert=signing_key.chain,
        private_key=signing_key.key,
        ta_url=None,
    )
    try:
        context = c2pa.Context.from_dict(dict(SETTINGS))
        builder = c2pa.Builder(_manifest(parent is not None), context)
        if parent is not None:
            ingredient = {"title": "original", "relationship": "parentOf", "label": _PARENT}
            builder.add_ingredient(ingredient, _type(parent), BytesIO(parent))
        with c2pa.Signer.from_info(information) as signer:
            builder.sign(signer, mime, BytesIO(data), signed)
    except c2pa.C2paError as error:
        raise SigningError(SigningProblem.REFUSED, str(error)) from None
    done = signed.getvalue()
    if check(done, mime).credentials is not Credentials.VALID:
        raise SigningError(SigningProblem.REFUSED)
    return done


def try_out(certificate: str, key: str) -> SigningKey:
    """Sign a picture of one pixel; return what it was signed with, or raise SigningError."""
    signing_key = load(certificate, key)
    head = b"\x89PNG\r\n\x1a\n" + png.framed(
        b"IHDR", bytes((0, 0, 0, 1, 0, 0, 0, 1, 8, 0, 0, 0, 0))
    )
    pixel = png.framed(b"IDAT", zlib.compress(b"\0\0"))
    signed_bytes(head + pixel + png.framed(b"IEND", b""), signing_key, None)
    return signing_key


def _manifest(has_parent: bool) -> dict[str, Any]:
    source_type = SOURCE_TYPES + TRAINED_ALGORITHMIC_MEDIA
    actions: list[dict[str, Any]] = [{"action": "c2pa.created", "digitalSourceType": source_type}]
    if has_parent:
        opened = {"action": "c2pa.opened", "parameters": {"ingredientIds": [_PARENT]}}
        actions = [opened, {"action": "c2pa.transcoded", "digitalSourceType": source_type}]
    return {
        "claim_generator_info": [{"name": "Easel"}],
        "assertions": [{"label": "c2pa.actions.v2", "data": {"actions": actions}}],
    }


def _type(data: bytes) -> str:
    return picture_type(data[:HEAD_BYTES]) or ""
