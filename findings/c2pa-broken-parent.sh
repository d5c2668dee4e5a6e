#!/bin/bash
# c2pa-python 0.38.1 (c2pa-rs 0.91.3): a file that was made of an ingredient with *broken* credentials
# is itself "Valid", and the flat list `validation_status` of the reader does not mention it. That
# the parent's pixels were changed after signing is said only inside of the ingredient
# (`validation_results` of the manifest's `ingredients`). So software that signs an edited picture
# anew has to validate the original first, or lends a good signature to a forged past.
#
# Seen:
#   original, changed after signing: Invalid ['assertion.dataHash.mismatch', 'signingCredential.untrusted']
#   signed anew with it as parent:   Valid ['signingCredential.untrusted']
#   in its ingredient:               ['assertion.dataHash.mismatch', 'signingCredential.untrusted']
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
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID
from PIL import Image

begin = datetime.datetime.now(datetime.timezone.utc) - datetime.timedelta(days=1)


def name(common):
    organisation = x509.NameAttribute(NameOID.ORGANIZATION_NAME, "Finding")
    return x509.Name([organisation, x509.NameAttribute(NameOID.COMMON_NAME, common)])


def certificate(common, key, signer, *, root):
    usage = [not root, False, False, False, False, root, root, False, False]
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
        .add_extension(x509.AuthorityKeyIdentifier.from_issuer_public_key(signer.public_key()), False)
    )
    if not root:
        purpose = x509.ExtendedKeyUsage([ExtendedKeyUsageOID.EMAIL_PROTECTION])
        builder = builder.add_extension(purpose, False)
    return builder.sign(signer, hashes.SHA256()).public_bytes(Encoding.PEM)


root, leaf = (ec.generate_private_key(ec.SECP256R1()) for _ in range(2))
chain = certificate("leaf", leaf, root, root=False) + certificate("root", root, root, root=True)
key = leaf.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
context = c2pa.Context.from_dict({"builder": {"thumbnail": {"enabled": False}}})


def sign(data, parent=None):
    kind = "http:" + "//cv.iptc.org/newscodes/digitalsourcetype/digitalCapture"
    actions = [{"action": "c2pa.created", "digitalSourceType": kind}]
    if parent is not None:
        opened = {"action": "c2pa.opened", "parameters": {"ingredientIds": ["parent"]}}
        actions = [opened, {"action": "c2pa.transcoded"}]
    assertion = {"label": "c2pa.actions.v2", "data": {"actions": actions}}
    builder = c2pa.Builder({"claim_generator_info": [{"name": "Finding"}], "assertions": [assertion]}, context)
    if parent is not None:
        ingredient = {"title": "original", "relationship": "parentOf", "label": "parent"}
        builder.add_ingredient(ingredient, "image/jpeg", io.BytesIO(parent))
    out = io.BytesIO()
    info = c2pa.C2paSignerInfo(alg=b"es256", sign_cert=chain, private_key=key, ta_url=None)
    with c2pa.Signer.from_info(info) as signer:
        builder.sign(signer, "image/jpeg", io.BytesIO(data), out)
    return out.getvalue()


def read(data):
    with c2pa.Reader("image/jpeg", io.BytesIO(data), context=context) as reader:
        store = json.loads(reader.json())
        return store, reader.get_validation_state(), codes(store.get("validation_status", []))


def codes(statuses):
    return sorted(status["code"] for status in statuses)


buffer = io.BytesIO()
Image.effect_noise((64, 64), 60).convert("RGB").save(buffer, "JPEG")
plain = buffer.getvalue()
original = bytearray(sign(plain))
original[-50] ^= 1  # within the scan, far behind the credentials
_, before, of_original = read(bytes(original))
store, after, of_result = read(sign(plain, bytes(original)))
(ingredient,) = store["manifests"][store["active_manifest"]]["ingredients"]
inside = codes(ingredient["validation_results"]["activeManifest"]["failure"])
print("original, changed after signing:", before, of_original)
print("signed anew with it as parent:  ", after, of_result)
print("in its ingredient:              ", inside)
assert (before, after) == ("Invalid", "Valid")
assert "assertion.dataHash.mismatch" in of_original
assert "assertion.dataHash.mismatch" not in of_result
assert "assertion.dataHash.mismatch" in inside
PYTHON
