#!/bin/sh
# openrouter 1.3.84: `images.generate` repeats its POST after every 5xx, by default for up to an hour,
# and says nothing of it. Among them are 502 and 524, after which nobody knows whether a picture was
# made and charged; the API has no idempotency key. Only `retries=None` in each call, or
# `retry_config=None` in the client, sends it once.
#
# Seen:
#   default, after 524 524 524: 4 POSTs, a picture
#   default, after 502 524: 3 POSTs, a picture
#   retry_config=None, after 524: 1 POST, EdgeNetworkTimeoutResponseError
set -eu
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"

python3 -m venv env && env/bin/python -m pip install --quiet 'openrouter==1.3.84'
cat >look.py <<'EOP'
import base64
import json
import threading
from http.server import BaseHTTPRequestHandler, HTTPServer

from openrouter import OpenRouter

left, posts = [], []


class Service(BaseHTTPRequestHandler):
    def do_POST(self):
        self.rfile.read(int(self.headers["Content-Length"]))
        posts.append(self.path)
        trouble = left.pop(0) if left else 200
        body = {"created": 1, "data": [{"b64_json": base64.b64encode(b"picture").decode()}]}
        if trouble != 200:
            body = {"error": {"code": trouble, "message": "unknown"}}
        text = json.dumps(body).encode()
        self.send_response(trouble)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(text)))
        self.end_headers()
        self.wfile.write(text)

    def log_message(self, *_):
        pass


server = HTTPServer(("127.0.0.1", 0), Service)
threading.Thread(target=server.serve_forever, daemon=True).start()
url = f"http://127.0.0.1:{server.server_port}"


def told(name, troubles, **options):
    posts.clear()
    left[:] = troubles
    after = " ".join(map(str, troubles))
    try:
        OpenRouter(api_key="k", server_url=url, **options).images.generate(model="m", prompt="p")
        end = "a picture"
    except Exception as error:
        end = type(error).__name__
    print(f"{name}, after {after}: {len(posts)} POST{'s' * (len(posts) > 1)}, {end}")
    return len(posts)


found = [
    told("default", [524, 524, 524]),
    told("default", [502, 524]),
    told("retry_config=None", [524], retry_config=None),
]
raise SystemExit(found != [4, 3, 1])
EOP
env/bin/python look.py
