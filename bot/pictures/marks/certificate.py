"""The operator's certificate for content credentials: read, judged, and made for a start.

Loads `cryptography`, which the extra `provenance` brings: only in a worker that signs, and at the
command line.
"""

# What the extra installs is not there for everybody who checks the types.
# pyright: reportMissingImports=false

from __future__ import annotations

import datetime
import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

from bot.domain.provenance import SigningError, SigningProblem

if TYPE_CHECKING:
    from cryptography.x509 import Certificate, Name

_PEM = "-----BEGIN"
_YEARS_OF_ROOT, _DAYS_OF_LEAF = 10, 365
# A clock that is a little behind must not find a new certificate too young.
_EARLIER = datetime.timedelta(hours=1)


@dataclass(frozen=True, slots=True, kw_only=True)
class SigningKey:
    """What c2pa signs with: the chain and the key as PEM, and the name of the algorithm."""

    chain: bytes
    key: bytes
    algorithm: str
    expires_at: datetime.datetime


def load(certificate: str, key: str) -> SigningKey:
    """Read certificate chain and key, each a path or PEM itself; raises SigningError."""
    try:
        from cryptography import x509
        from cryptography.hazmat.primitives.serialization import load_pem_private_key
    except ImportError:
        raise SigningError(SigningProblem.NOT_INSTALLED) from None
    if not certificate or not key:
        raise SigningError(SigningProblem.NO_CERTIFICATE)
    chain = _pem(certificate, SigningProblem.CERTIFICATE_UNREADABLE)
    private = _pem(key, SigningProblem.KEY_UNREADABLE)
    try:
        leaf = x509.load_pem_x509_certificates(chain)[0]
    except ValueError:
        raise SigningError(SigningProblem.CERTIFICATE_UNREADABLE) from None
    try:
        loaded = load_pem_private_key(private, None)
    except (ValueError, TypeError):  # also one with a password
        raise SigningError(SigningProblem.KEY_UNREADABLE) from None
    if loaded.public_key() != leaf.public_key():
        raise SigningError(SigningProblem.OTHER_KEY)
    now = datetime.datetime.now(datetime.UTC)
    if now > leaf.not_valid_after_utc:
        raise SigningError(SigningProblem.EXPIRED)
    if now < leaf.not_valid_before_utc:
        raise SigningError(SigningProblem.NOT_YET_VALID)
    return SigningKey(
        chain=chain,
        key=private,
        algorithm=_algorithm(loaded),
        expires_at=leaf.not_valid_after_utc,
    )


def pem_of(value: str) -> str:
    """Return PEM of a path or of PEM itself; empty where there is none to be read."""
    try:
        return _pem(value, SigningProblem.TRUST_UNREADABLE).decode() if value else ""
    except (SigningError, UnicodeDecodeError):
        return ""


def trusted(value: str) -> int:
    """Count the certificates of known issuers; raises SigningError for none."""
    try:
        from cryptography import x509
    except ImportError:
        raise SigningError(SigningProblem.NOT_INSTALLED) from None
    try:
        return len(x509.load_pem_x509_certificates(pem_of(value).encode()))
    except ValueError:
        raise SigningError(SigningProblem.TRUST_UNREADABLE) from None


def _pem(value: str, unreadable: SigningProblem) -> bytes:
    if value.lstrip().startswith(_PEM):
        return value.encode()
    try:
        return Path(value).read_bytes()
    except (OSError, ValueError):
        raise SigningError(unreadable) from None


def _algorithm(key: object) -> str:
    """Name the algorithm of C2PA for a key."""
    from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa

    if isinstance(key, ec.EllipticCurvePrivateKey):
        known: Mapping[int, str] = {256: "es256", 384: "es384", 521: "es512"}
        if name := known.get(cast("Any", key).curve.key_size):
            return name
    if isinstance(key, ed25519.Ed25519PrivateKey):
        return "ed25519"
    if isinstance(key, rsa.RSAPrivateKey):
        return "ps256"
    raise SigningError(SigningProblem.REFUSED)


def make(folder: Path, organisation: str) -> tuple[Path, Path]:
    """Make a root and a leaf of it; return the files of the chain and of the leaf's key.

    What is there is never replaced: FileExistsError. The root's key is kept nowhere: who has
    it could sign in the operator's name, and a new pair is made as easily.
    """
    from cryptography import x509
    from cryptography.hazmat.primitives import hashes
    from cryptography.hazmat.primitives.asymmetric import ec
    from cryptography.hazmat.primitives.serialization import (
        Encoding,
        NoEncryption,
        PrivateFormat,
    )
    from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

    def name(common: str) -> Name:
        attributes = ((NameOID.ORGANIZATION_NAME, organisation), (NameOID.COMMON_NAME, common))
        return x509.Name([x509.NameAttribute(oid, value) for oid, value in attributes])

    root_name, leaf_name = name("Easel root"), name("Easel")
    root_key, leaf_key = (ec.generate_private_key(ec.SECP256R1()) for _ in range(2))
    begin = datetime.datetime.now(datetime.UTC) - _EARLIER

    def certificate(subject: Name, key: ec.EllipticCurvePrivateKey, *, root: bool) -> Certificate:
        days = 365 * _YEARS_OF_ROOT if root else _DAYS_OF_LEAF
        usage = x509.KeyUsage(
            digital_signature=not root,
            content_commitment=False,
            key_encipherment=False,
            data_encipherment=False,
            key_agreement=False,
            key_cert_sign=root,
            crl_sign=root,
            encipher_only=False,
            decipher_only=False,
        )
        constraints = x509.BasicConstraints(ca=root, path_length=0 if root else None)
        builder = (
            x509.CertificateBuilder()
            .subject_name(subject)
            .issuer_name(root_name)
            .public_key(key.public_key())
            .serial_number(x509.random_serial_number())
            .not_valid_before(begin)
            .not_valid_after(begin + datetime.timedelta(days=days))
            .add_extension(constraints, critical=True)
            .add_extension(usage, critical=True)
            .add_extension(
                x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False
            )
            .add_extension(
                x509.AuthorityKeyIdentifier.from_issuer_public_key(root_key.public_key()),
                critical=False,
            )
        )
        if not root:
            # C2PA's profile of certificates asks a signer for one of a few purposes.
            purpose = x509.ExtendedKeyUsage([ExtendedKeyUsageOID.EMAIL_PROTECTION])
            builder = builder.add_extension(purpose, critical=False)
        return builder.sign(root_key, hashes.SHA256())

    chain = (
        certificate(leaf_name, leaf_key, root=False),
        certificate(root_name, root_key, root=True),
    )
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    files = folder / "certificate.pem", folder / "key.pem"
    for file in files:
        if file.exists():
            raise FileExistsError(file)
    private = leaf_key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    _write_new(files[1], private)
    _write_new(files[0], b"".join(one.public_bytes(Encoding.PEM) for one in chain))
    return files


def _write_new(file: Path, data: bytes) -> None:
    descriptor = os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "wb") as opened:
        opened.write(data)
