#!/bin/bash
# c2pa-python 0.38.1 (c2pa-rs 0.91.3): a picture signed by a certificate for document signing or for
# C2PA claim signing (extended key usage; the C2PA specification allows the first in its certificate
# profile, its trust list asks for the second) is "Invalid" to a reader that was told nothing, which
# is what it says of a picture that was changed after signing. By e-mail protection the same picture
# is "Valid". `trust_config`, a list of object identifiers that is there for trust, decides it:
# with the purpose on it the picture is "Valid" although no issuer is trusted.
#
# Seen:
#   for e-mail:           Valid    ['signingCredential.untrusted']
#   for documents:        Invalid  ['signingCredential.untrusted', 'signingCredential.invalid']
#   for claims:           Invalid  ['signingCredential.untrusted', 'signingCredential.invalid']
#   with trust_config:    Valid, Valid, Valid
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install -qq --disable-pip-version-check 'c2pa-python==0.38.1' 'cryptography==50.0.2' 'pillow==13.0.0'
cd "$folder"
"$folder/venv/bin/python" - <<'PYTHON'
import datetime
import io
import json

import c2pa
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from cryptography.x509.oid import NameOID
from PIL import Image

PURPOSES = {
    "e-mail": "1.3.6.1.5.5.7.3.4",
    "documents": "1.3.6.1.5.5.7.3.36",
    "claims": "1.3.6.1.4.1.62558.2.1",
}
begin = datetime.datetime.now(datetime.timezone.utc) - datetime.timedelta(days=1)
root_key, leaf_key = (ec.generate_private_key(ec.SECP256R1()) for _ in range(2))


def certificate(common, key, purpose=None):
    organisation = x509.NameAttribute(NameOID.ORGANIZATION_NAME, "Finding")
    subject, issuer = (
        x509.Name([organisation, x509.NameAttribute(NameOID.COMMON_NAME, text)])
        for text in (common, "root")
    )
    usage = [bool(purpose), False, False, False, False, not purpose, not purpose, False, False]
    identifier = x509.AuthorityKeyIdentifier.from_issuer_public_key(root_key.public_key())
    builder = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(issuer)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(begin)
        .not_valid_after(begin + datetime.timedelta(days=30))
        .add_extension(x509.BasicConstraints(not purpose, None), True)
        .add_extension(x509.KeyUsage(*usage), True)
        .add_extension(identifier, False)
    )
    if purpose:
        usages = x509.ExtendedKeyUsage([x509.ObjectIdentifier(purpose)])
        builder = builder.add_extension(usages, False)
    return builder.sign(root_key, hashes.SHA256()).public_bytes(Encoding.PEM)


told = {"trust": {"trust_config": "\n".join(PURPOSES.values())}}
root = certificate("root", root_key)
key = leaf_key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
kind = "http:" + "//cv.iptc.org/newscodes/digitalsourcetype/digitalCapture"
manifest = {
    "claim_generator_info": [{"name": "finding", "version": "1"}],
    "assertions": [
        {
            "label": "c2pa.actions.v2",
            "data": {"actions": [{"action": "c2pa.created", "digitalSourceType": kind}]},
        }
    ],
}


def signed(purpose):
    plain = io.BytesIO()
    Image.new("RGB", (64, 64), "teal").save(plain, "PNG")
    plain.seek(0)
    chain = certificate("leaf", leaf_key, purpose) + root
    info = c2pa.C2paSignerInfo(alg=b"es256", sign_cert=chain, private_key=key, ta_url=None)
    out = io.BytesIO()
    context = c2pa.Context.from_dict({**told, "builder": {"thumbnail": {"enabled": False}}})
    with c2pa.Builder(manifest, context=context) as builder, c2pa.Signer.from_info(info) as signer:
        builder.sign(signer, "image/png", plain, out)
    return out.getvalue()


def read(data, settings=None):
    given = {"context": c2pa.Context.from_dict(settings)} if settings else {}
    with c2pa.Reader("image/png", io.BytesIO(data), **given) as reader:
        store = json.loads(reader.json())
        codes = [one["code"] for one in store.get("validation_status", [])]
        return reader.get_validation_state(), codes


pictures = {name: signed(purpose) for name, purpose in PURPOSES.items()}
untold = {name: read(data) for name, data in pictures.items()}
states = [read(data, told)[0] for data in pictures.values()]
for name, (state, codes) in untold.items():
    print(f"for {name + ':':17} {state:8} {codes}")
print(f"with trust_config:    {', '.join(states)}")
assert untold["e-mail"][0] == "Valid", untold
assert untold["documents"][0] == untold["claims"][0] == "Invalid", untold
assert states == ["Valid"] * 3, states
PYTHON
