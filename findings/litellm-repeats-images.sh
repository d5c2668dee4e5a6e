#!/bin/sh
# litellm 1.106.12: `image_generation` for `openai/...` sends its POST up to three times after a 500,
# 503 or 524, also with `max_retries=0` and `num_retries=0`, which hold for `completion`. The client
# below it is made with two retries of its own: the parameter does not reach it. So does the proxy,
# whatever its `num_retries` and `max_retries` say, and each of the three may be charged.
# `x-should-retry: false` in the answer stops it.
#
# Seen:
#   completion, max_retries=0: 1 POST
#   image_generation, max_retries=0: 3 POSTs
#   image_generation, max_retries=0, x-should-retry false: 1 POST
set -eu
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"

python3 -m venv env && env/bin/python -m pip install --quiet 'litellm==1.106.12'
cat >look.py <<'EOP'
import json
import threading
from http.server import BaseHTTPRequestHandler, HTTPServer

import litellm

litellm.suppress_debug_info = True
headers, posts = {}, []


class Service(BaseHTTPRequestHandler):
    def do_POST(self):
        self.rfile.read(int(self.headers["Content-Length"]))
        posts.append(self.path)
        text = json.dumps({"error": {"message": "timed out", "type": "server_error"}}).encode()
        self.send_response(524)
        for name, value in {"Content-Type": "application/json", **headers}.items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(text)))
        self.end_headers()
        self.wfile.write(text)

    def log_message(self, *_):
        pass


server = HTTPServer(("127.0.0.1", 0), Service)
threading.Thread(target=server.serve_forever, daemon=True).start()
options = {
    "api_base": f"http://127.0.0.1:{server.server_port}/v1",
    "api_key": "k",
    "max_retries": 0,
    "num_retries": 0,
}


def told(name, call):
    posts.clear()
    try:
        call()
    except Exception:
        pass
    print(f"{name}: {len(posts)} POST{'s' * (len(posts) > 1)}")
    return len(posts)


def chat():
    litellm.completion("openai/m", messages=[{"role": "user", "content": "x"}], **options)


def draw():
    litellm.image_generation(prompt="x", model="openai/gpt-image-2", **options)


found = [told("completion, max_retries=0", chat), told("image_generation, max_retries=0", draw)]
headers["x-should-retry"] = "false"
found.append(told("image_generation, max_retries=0, x-should-retry false", draw))
raise SystemExit(found != [1, 3, 1])
EOP
LITELLM_LOCAL_MODEL_COST_MAP=True env/bin/python look.py
