"""A certificate to start with, what `check` says of marks, and marks of `generate`."""

# What the extra installs is not there for everybody who checks the types.
# pyright: reportMissingImports=false

from __future__ import annotations

import os
import stat
from pathlib import Path

import pytest

from bot.cli.check.check_lines import Finding, marks
from bot.config import load
from bot.domain.provenance import Credentials, SigningError, SigningProblem
from bot.pictures.marks.certificate import load as load_pair
from bot.pictures.marks.reader import marks_of
from bot.pictures.marks.signer import signed_bytes
from tests.cases import every_case
from tests.cli.console import run_easel
from tests.pictures.samples import encoded, scene
from tests.pictures.signed import NEEDS_C2PA, SERVER, chain_and_key, need_c2pa


def settings(folder: Path, text: str) -> Path:
    file = folder / "config.toml"
    file.write_text(text)
    return file


def init(config: Path, *arguments: str) -> tuple[int, str, str]:
    ended = run_easel("provenance", "init", "--config", str(config), *arguments)
    return ended.code, ended.out, ended.err


def test_init_makes_a_pair_that_signs_and_never_replaces_it(tmp_path: Path) -> None:
    need_c2pa()
    config = settings(tmp_path, "")
    code, out, _ = init(config, "--organisation", "Painters of Rome")
    assert code == 0
    folder = tmp_path / "data" / "provenance"
    assert sorted(os.listdir(folder)) == ["certificate.pem", "key.pem"]
    for name in os.listdir(folder):
        assert stat.S_IMODE((folder / name).stat().st_mode) == 0o600

    lines = out[out.index("[pictures]") :]
    fitting = load(settings(tmp_path, lines[: lines.index("\nNobody")]))
    pair = fitting.pictures.certificate, fitting.pictures.key.get_secret_value()
    signed = signed_bytes(encoded(scene(), "PNG"), load_pair(*pair), None)
    found = marks_of(signed)
    assert found.credentials is Credentials.VALID
    assert (found.issuer, found.issuer_known) == ("Painters of Rome", False)

    before = (folder / "key.pem").read_bytes()
    code, _, err = init(config)
    assert code == 2
    assert "key.pem" in err or "certificate.pem" in err
    assert (folder / "key.pem").read_bytes() == before


@pytest.mark.parametrize("organisation", ["", " ", "x" * 65])
def test_an_organisation_that_no_certificate_takes_is_refused(
    organisation: str, tmp_path: Path
) -> None:
    need_c2pa()
    config = settings(tmp_path, "")
    arguments = ("--organisation", organisation) if organisation.strip() else ()
    if not arguments:
        config = settings(tmp_path, '[pictures]\nproducer = " "\n')
    code, _, err = init(config, *arguments)
    assert (code, "64" in err) == (2, True)
    assert not (tmp_path / "data").exists()


def findings(folder: Path, text: str) -> list[Finding]:
    return marks(load(settings(folder, f"[pictures]\n{text}"), {}))


def test_check_signs_a_picture_to_see_whether_it_can(tmp_path: Path) -> None:
    need_c2pa()
    for name, pem in zip(("c.pem", "k.pem"), chain_and_key(), strict=True):
        (tmp_path / name).write_bytes(pem)
    for name, pem in zip(("old.pem", "old-k.pem"), chain_and_key(expired=True), strict=True):
        (tmp_path / name).write_bytes(pem)
    signing = 'marks = "sign"\n'
    (fine,) = findings(tmp_path, f'{signing}certificate = "c.pem"\nkey = "k.pem"')
    assert fine.well
    for text, word in (
        (signing, "provenance init"),
        (f'{signing}certificate = "gone.pem"\nkey = "k.pem"', "pictures.certificate"),
        (f'{signing}certificate = "c.pem"\nkey = "gone.pem"', "pictures.key"),
        (f'{signing}certificate = "c.pem"\nkey = "old-k.pem"', "not the key"),
        (f'{signing}certificate = "old.pem"\nkey = "old-k.pem"', "expired"),
        ('profile = "eu"', "keep"),
        ('profile = "china"\nmarks = "write"', "pictures.producer"),
    ):
        (found,) = findings(tmp_path, text)
        assert not found.well, text
        assert word in found.text, text
    assert all(one.well for one in findings(tmp_path, 'marks = "write"\nprofile = "eu"'))


def test_check_counts_the_issuers_that_are_known(tmp_path: Path) -> None:
    need_c2pa()
    (tmp_path / "known.pem").write_bytes(chain_and_key()[0])
    (tmp_path / "empty.pem").write_text("nothing")
    _, known = findings(tmp_path, 'trust_anchors = "known.pem"')
    assert known.well
    assert "below 2 certificates" in known.text
    for name in ("empty.pem", "gone.pem"):
        _, found = findings(tmp_path, f'trust_anchors = "{name}"')
        assert not found.well
        assert "pictures.trust_anchors cannot be read" in found.text


def test_a_missing_library_is_said_in_plain_words(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("c2pa", "cryptography"):
        monkeypatch.setitem(__import__("sys").modules, name, None)
    (found,) = findings(tmp_path, 'marks = "sign"\ncertificate = "c.pem"\nkey = "k.pem"')
    assert not found.well
    assert ".[provenance]" in found.text


@NEEDS_C2PA
@every_case("kind", ["rsa", "p384", "ed25519"])
def test_keys_of_other_kinds_sign_too(kind: str) -> None:
    from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa

    made = {
        "rsa": lambda: rsa.generate_private_key(65537, 2048),
        "p384": lambda: ec.generate_private_key(ec.SECP384R1()),
        "ed25519": ed25519.Ed25519PrivateKey.generate,
    }[kind]()
    chain, key = chain_and_key(leaf=made)
    pair = load_pair(chain.decode(), key.decode())
    assert marks_of(signed_bytes(encoded(scene(), "JPEG"), pair, None)).credentials is (
        Credentials.VALID
    )


def test_a_certificate_for_something_else_is_refused_in_plain_words() -> None:
    need_c2pa()
    chain, key = chain_and_key(purpose=SERVER)
    pair = load_pair(chain.decode(), key.decode())
    with pytest.raises(SigningError) as caught:
        signed_bytes(encoded(scene(), "PNG"), pair, None)
    assert caught.value.problem is SigningProblem.REFUSED


def test_a_key_in_a_secrets_file_is_the_pem_itself(tmp_path: Path) -> None:
    need_c2pa()
    chain, key = chain_and_key()
    secret = tmp_path / "secret"
    secret.write_bytes(key)
    certificate = tmp_path / "chain.pem"
    certificate.write_bytes(chain)
    given = load(
        None,
        {
            "EASEL_PICTURES__KEY_FILE": str(secret),
            "EASEL_PICTURES__CERTIFICATE": str(certificate),
            "EASEL_PICTURES__MARKS": "sign",
        },
    )
    assert "BEGIN" not in repr(given.pictures)
    (fine,) = marks(given)
    assert fine.well
