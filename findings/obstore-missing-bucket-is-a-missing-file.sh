#!/bin/sh
# obstore 0.12.1: a bucket that does not exist is FileNotFoundError when an object is put or got, the
# same as an object that does not exist and as a local file that does not exist. Listing the same
# bucket is a GenericError. So `except FileNotFoundError` around a get takes a wrong bucket for an
# empty one; only the text tells (`NoSuchBucket`).
#
# Seen:
#   get an absent object: FileNotFoundError
#   get from an absent bucket: FileNotFoundError, and says NoSuchBucket
#   put into an absent bucket: FileNotFoundError, and says NoSuchBucket
#   put an absent local file: FileNotFoundError
#   list an absent bucket: GenericError, and says NoSuchBucket
set -eu
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"

python3 -m venv env && env/bin/python -m pip install --quiet 'obstore==0.12.1'
cat >look.py <<'EOP'
import threading
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path

import obstore
from obstore.store import S3Store


class Store(BaseHTTPRequestHandler):
    """S3's answers for one bucket without any object."""

    def answer(self):
        self.rfile.read(int(self.headers.get("Content-Length", 0)))
        code = "NoSuchKey" if self.path.startswith("/there/") else "NoSuchBucket"
        body = f"<Error><Code>{code}</Code></Error>".encode()
        self.send_response(404)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    do_GET = do_PUT = answer

    def log_message(self, *_):
        pass


server = HTTPServer(("127.0.0.1", 0), Store)
threading.Thread(target=server.serve_forever, daemon=True).start()


def bucket(name):
    return S3Store(
        name,
        endpoint=f"http://127.0.0.1:{server.server_port}",
        access_key_id="a",
        secret_access_key="b",
        client_options={"allow_http": True},
    )


def told(name, act):
    try:
        act()
    except Exception as error:
        says = ", and says NoSuchBucket" if "NoSuchBucket" in str(error) else ""
        print(f"{name}: {type(error).__name__}{says}")


told("get an absent object", lambda: obstore.get(bucket("there"), "a"))
told("get from an absent bucket", lambda: obstore.get(bucket("gone"), "a"))
told("put into an absent bucket", lambda: obstore.put(bucket("gone"), "a", b"a"))
told("put an absent local file", lambda: obstore.put(bucket("there"), "a", Path("absent")))
told("list an absent bucket", lambda: list(obstore.list(bucket("gone"))))
EOP
env/bin/python look.py | tee seen.txt
diff - seen.txt <<'EOS'
get an absent object: FileNotFoundError
get from an absent bucket: FileNotFoundError, and says NoSuchBucket
put into an absent bucket: FileNotFoundError, and says NoSuchBucket
put an absent local file: FileNotFoundError
list an absent bucket: GenericError, and says NoSuchBucket
EOS
