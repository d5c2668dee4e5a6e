"""Pictures with marks for the tests: signed ones by a certificate of their own, and other ones."""

# What the extra installs is not there for everybody who checks the types.
# pyright: reportMissingImports=false

from __future__ import annotations

import datetime
import functools
import json
import zlib
from importlib.util import find_spec
from io import BytesIO
from typing import TYPE_CHECKING, Any

import pytest

from bot.pictures.formats import png
from tests.pictures.samples import png_chunk, with_chunk

if TYPE_CHECKING:
    from cryptography.x509 import Certificate, Name

ORGANISATION = "Painters of the tests"
PRODUCT = "Test painter"
SOURCE_TYPES = "http://cv.iptc.org/newscodes/digitalsourcetype/"
AI = "trainedAlgorithmicMedia"
# What a certificate is for.
EMAIL_PROTECTION, SERVER = "1.3.6.1.5.5.7.3.4", "1.3.6.1.5.5.7.3.1"
CLAIM_SIGNING, DOCUMENT_SIGNING = "1.3.6.1.4.1.62558.2.1", "1.3.6.1.5.5.7.3.36"
FIELD = {
    "Label": "1",
    "ContentProducer": "A service",
    "ProduceID": "picture-1",
    "ReservedCode1": "",
    "ContentPropagator": "A service",
    "PropagateID": "picture-1",
    "ReservedCode2": "",
}


NEEDS_C2PA = pytest.mark.skipif(
    find_spec("c2pa") is None,
    reason="c2pa-python is not installed: pip install -r requirements.provenance.lock",
)


def need_c2pa() -> Any:
    """Return the library, or skip with a reason."""
    try:
        import c2pa
    except ImportError:
        pytest.skip("c2pa-python is not installed: pip install -r requirements.provenance.lock")
    return c2pa


@functools.cache
def chain_and_key(
    expired: bool = False, *, leaf: Any = None, purpose: str = EMAIL_PROTECTION
) -> tuple[bytes, bytes]:
    """Make a root, a leaf of it, and return the chain and the leaf's key."""
    from cryptography import x509
    from cryptography.hazmat.primitives import hashes
    from cryptography.hazmat.primitives.asymmetric import ec
    from cryptography.hazmat.primitives.serialization import (
        Encoding,
        NoEncryption,
        PrivateFormat,
    )
    from cryptography.x509.oid import NameOID

    def name(common: str) -> Name:
        organisation = x509.NameAttribute(NameOID.ORGANIZATION_NAME, ORGANISATION)
        return x509.Name([organisation, x509.NameAttribute(NameOID.COMMON_NAME, common)])

    begin = datetime.datetime.now(datetime.UTC) - datetime.timedelta(days=20)
    days = 10 if expired else 100
    root_key = ec.generate_private_key(ec.SECP256R1())
    leaf_key = leaf or ec.generate_private_key(ec.SECP256R1())

    def made(common: str, key: Any, *extensions: tuple[Any, bool]) -> Certificate:
        builder = (
            x509.CertificateBuilder()
            .subject_name(name(common))
            .issuer_name(name("root"))
            .public_key(key.public_key())
            .serial_number(x509.random_serial_number())
            .not_valid_before(begin)
            .not_valid_after(begin + datetime.timedelta(days=days))
        )
        for extension, critical in extensions:
            builder = builder.add_extension(extension, critical)
        of_root = x509.AuthorityKeyIdentifier.from_issuer_public_key(root_key.public_key())
        return builder.add_extension(of_root, False).sign(root_key, hashes.SHA256())

    def usage(*, signs: bool) -> Any:
        return x509.KeyUsage(signs, False, False, False, False, not signs, not signs, False, False)

    root = made(
        "root", root_key, (x509.BasicConstraints(True, 0), True), (usage(signs=False), True)
    )
    signer = made(
        "leaf",
        leaf_key,
        (x509.BasicConstraints(False, None), True),
        (usage(signs=True), True),
        (x509.ExtendedKeyUsage([x509.ObjectIdentifier(purpose)]), False),
    )
    chain = signer.public_bytes(Encoding.PEM) + root.public_bytes(Encoding.PEM)
    return chain, leaf_key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())


def root_of(chain: bytes) -> str:
    """Return the last certificate of a chain."""
    begin = b"-----BEGIN"
    return (begin + chain.rpartition(begin)[2]).decode()


def known_issuer() -> str:
    """Return the certificate of who issued what `signed` signs with."""
    return root_of(chain_and_key(purpose=EMAIL_PROTECTION)[0])


def signed(data: bytes, mime: str, *, kind: str = AI, purpose: str = EMAIL_PROTECTION) -> bytes:
    """Return a picture with credentials, as a service gives them."""
    c2pa = need_c2pa()
    chain, key = chain_and_key(purpose=purpose)
    action = {"action": "c2pa.created", "digitalSourceType": SOURCE_TYPES + kind}
    manifest = {
        "claim_generator_info": [{"name": PRODUCT, "version": "1"}],
        "assertions": [{"label": "c2pa.actions.v2", "data": {"actions": [action]}}],
    }
    settings = {
        "builder": {"thumbnail": {"enabled": False}},
        "trust": {"trust_config": purpose},
    }
    context = c2pa.Context.from_dict(settings)
    info = c2pa.C2paSignerInfo(alg=b"es256", sign_cert=chain, private_key=key, ta_url=None)
    out = BytesIO()
    with c2pa.Signer.from_info(info) as signer:
        c2pa.Builder(manifest, context).sign(signer, mime, BytesIO(data), out)
    return out.getvalue()


def xmp(kind: str | None = AI, field: dict[str, str] | None = None) -> bytes:
    """Return an XMP packet as other programs write it."""
    kinds = "" if kind is None else f' I:DigitalSourceType="{SOURCE_TYPES}{kind}"'
    said = "" if field is None else f"<T:AIGC>{json.dumps(field)}</T:AIGC>"
    return (
        '<x:xmpmeta xmlns:x="adobe:ns:meta/">'
        '<rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#">'
        '<rdf:Description rdf:about="" xmlns:I="http://iptc.org/std/Iptc4xmpExt/2008-02-29/"'
        f' xmlns:T="http://www.tc260.org.cn/ns/AIGC/1.0/"{kinds}>{said}</rdf:Description>'
        "</rdf:RDF></x:xmpmeta>"
    ).encode()


def with_text(png: bytes, keyword: bytes, text: bytes, *, packed: bool = False) -> bytes:
    if packed:
        return with_chunk(png, b"iTXt", keyword + b"\0\1\0\0\0" + zlib.compress(text))
    return with_chunk(png, b"iTXt", keyword + b"\0\0\0\0\0" + text)


def broken(data: bytes) -> bytes:
    """Return a signed picture of which one pixel was changed behind the signature's back.

    A PNG's checksum is put right again, so that it is shown as it was.
    """
    if b"IDAT" not in data:
        at = data.index(b"VP8 ") + 60 if data.startswith(b"RIFF") else len(data) - 200
        return data[:at] + bytes([data[at] ^ 1]) + data[at + 1 :]
    pixels = [one for one in png.chunks(data) if one.kind == b"IDAT"]
    payload = bytearray(zlib.decompress(b"".join(data[one.start : one.end] for one in pixels)))
    payload[5] ^= 1
    packed = png_chunk(b"IDAT", zlib.compress(bytes(payload)))
    return data[: pixels[0].start - 8] + packed + data[pixels[-1].end + 4 :]
