#!/bin/sh
# volcengine-ark-runtime 5.0.54 (and byteplus-python-sdk-v2 3.0.63 likewise): a streamed set goes on
# after `image_generation.partial_failed`, the event of one withheld picture. The SDK raises at it and
# ends the stream: the pictures after it, which are charged, and the usage are never seen.
#
# Seen:
#   the service sent: picture, failure, picture, picture, completed
#   the SDK gave: picture, then ArkAPIError "withheld"
#   iterating on gives: nothing
set -eu
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"

python3 -m venv env && env/bin/python -m pip install --quiet 'volcengine-ark-runtime==5.0.54'
cat >look.py <<'EOP'
import json
import threading
from http.server import BaseHTTPRequestHandler, HTTPServer

from volcenginesdkarkruntime import Ark
from volcenginesdkarkruntime._exceptions import ArkAPIError

NAMES = {"partial_succeeded": "picture", "partial_failed": "failure", "completed": "completed"}


def event(name, **fields):
    return {"type": f"image_generation.{name}", "model": "m", "created": 1, **fields}


EVENTS = [
    event("partial_succeeded", image_index=0, url="http://127.0.0.1/0.png", size="2048x2048"),
    event("partial_failed", image_index=1, error={"code": "Withheld", "message": "withheld"}),
    event("partial_succeeded", image_index=2, url="http://127.0.0.1/2.png", size="2048x2048"),
    event("partial_succeeded", image_index=3, url="http://127.0.0.1/3.png", size="2048x2048"),
    event("completed", usage={"generated_images": 3}),
]


def called(one):
    return NAMES[one.rpartition(".")[2]]


class Service(BaseHTTPRequestHandler):
    def do_POST(self):
        self.rfile.read(int(self.headers["Content-Length"]))
        self.send_response(200)
        self.send_header("Content-Type", "text/event-stream")
        self.end_headers()
        for one in EVENTS:
            self.wfile.write(f"event: {one['type']}\ndata: {json.dumps(one)}\n\n".encode())
        self.wfile.write(b"data: [DONE]\n\n")

    def log_message(self, *_):
        pass


server = HTTPServer(("127.0.0.1", 0), Service)
threading.Thread(target=server.serve_forever, daemon=True).start()
print("the service sent:", ", ".join(called(one["type"]) for one in EVENTS))

client = Ark(api_key="k", base_url=f"http://127.0.0.1:{server.server_port}/api/v3", max_retries=0)
stream = client.images.generate(model="m", prompt="p", stream=True)
given, end = [], "nothing"
try:
    given.extend(called(one.type) for one in stream)
except ArkAPIError as error:
    end = f'{type(error).__name__} "{error.message}"'
print(f"the SDK gave: {', '.join(given)}, then {end}" if given else f"the SDK gave: {end}")
further = [called(one.type) for one in stream]
print("iterating on gives:", ", ".join(further) or "nothing")
raise SystemExit(end == "nothing" or bool(further))
EOP
env/bin/python look.py
