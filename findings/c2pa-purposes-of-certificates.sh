#!/bin/bash
# c2pa-python 0.38.1 (c2pa-rs 0.91.3): without a setting `trust.trust_config` the reader takes
# certificates for e-mail protection alone of those that C2PA names for signing claims. An unchanged
# picture that was signed by one for claim signing (c2pa-kp-claimSigning, which C2PA's trust list asks
# for) or for document signing is "Invalid", the same word as for a picture that was changed; only
# the code `signingCredential.invalid` tells them apart. With the purposes listed all are "Valid".
#
# Seen:
#   emailProtection:  Valid ['signingCredential.untrusted'], listed: Valid ['signingCredential.untrusted']
#   claimSigning:     Invalid ['signingCredential.invalid', 'signingCredential.untrusted'], listed: Valid ['signingCredential.untrusted']
#   documentSigning:  Invalid ['signingCredential.invalid', 'signingCredential.untrusted'], listed: Valid ['signingCredential.untrusted']
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
    "emailProtection": "1.3.6.1.5.5.7.3.4",
    "claimSigning": "1.3.6.1.4.1.62558.2.1",
    "documentSigning": "1.3.6.1.5.5.7.3.36",
}
LISTED = {"trust_config": "\n".join(PURPOSES.values())}
begin = datetime.datetime.now(datetime.timezone.utc) - datetime.timedelta(days=1)
root_key, leaf_key = (ec.generate_private_key(ec.SECP256R1()) for _ in range(2))


def name(common):
    organisation = x509.NameAttribute(NameOID.ORGANIZATION_NAME, "Finding")
    return x509.Name([organisation, x509.NameAttribute(NameOID.COMMON_NAME, common)])


def certificate(common, key, purpose=None):
    root = purpose is None
    usage = [not root, False, False, False, False, root, root, False, False]
    of_root = x509.AuthorityKeyIdentifier.from_issuer_public_key(root_key.public_key())
    builder = (
        x509.CertificateBuilder()
        .subject_name(name(common))
        .issuer_name(name("root"))
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(begin)
        .not_valid_after(begin + datetime.timedelta(days=30))
        .add_extension(x509.BasicConstraints(root, None), True)
        .add_extension(x509.KeyUsage(*usage), True)
        .add_extension(of_root, False)
    )
    if purpose:
        usages = x509.ExtendedKeyUsage([x509.ObjectIdentifier(purpose)])
        builder = builder.add_extension(usages, False)
    return builder.sign(root_key, hashes.SHA256()).public_bytes(Encoding.PEM)


def signed(purpose):
    picture, out = io.BytesIO(), io.BytesIO()
    Image.new("RGB", (64, 64), "teal").save(picture, "PNG")
    picture.seek(0)
    chain = certificate("leaf", leaf_key, purpose) + certificate("root", root_key)
    key = leaf_key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    action = {
        "action": "c2pa.created",
        "digitalSourceType": "http:" + "//cv.iptc.org/newscodes/digitalsourcetype/digitalCreation",
    }
    assertion = {"label": "c2pa.actions.v2", "data": {"actions": [action]}}
    manifest = {"claim_generator_info": [{"name": "Finding"}], "assertions": [assertion]}
    info = c2pa.C2paSignerInfo(alg=b"es256", sign_cert=chain, private_key=key, ta_url=None)
    with c2pa.Signer.from_info(info) as signer:
        builder = c2pa.Builder(manifest, c2pa.Context.from_dict({"trust": LISTED}))
        builder.sign(signer, "image/png", picture, out)
    return out.getvalue()


def said(data, **settings):
    context = c2pa.Context.from_dict(
        {"verify": {"remote_manifest_fetch": False, "verify_trust": True}, **settings}
    )
    with c2pa.Reader("image/png", io.BytesIO(data), context=context) as reader:
        codes = {one["code"] for one in json.loads(reader.json()).get("validation_status", [])}
        return f"{reader.get_validation_state()} {sorted(codes)}"


found = {}
for purpose, identifier in PURPOSES.items():
    data = signed(identifier)
    found[purpose] = said(data), said(data, trust=LISTED)
    print(f"{purpose + ':':17} {found[purpose][0]}, listed: {found[purpose][1]}")
untrusted = "Valid ['signingCredential.untrusted']"
invalid = "Invalid ['signingCredential.invalid', 'signingCredential.untrusted']"
seen = {
    "emailProtection": (untrusted, untrusted),
    "claimSigning": (invalid, untrusted),
    "documentSigning": (invalid, untrusted),
}
raise SystemExit(found != seen)
PYTHON
