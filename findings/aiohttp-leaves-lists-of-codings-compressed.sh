#!/bin/sh
# aiohttp 3.14.5: the client undoes a Content-Encoding that is one of its own names. A list of codings
# and `x-gzip`, both valid (RFC 9110, sections 8.4 and 8.4.1.3), are passed over without an error:
# `read()` returns the compressed bytes. The other way round, plain text that is labelled gzip ends in
# ClientPayloadError, and what came cannot be read afterwards, although the status was 200.
#
# Seen:
#   gzip: decoded
#   x-gzip: still compressed
#   gzip, gzip: still compressed
#   identity, gzip: still compressed
#   gzip, but plain: 200, ClientPayloadError, then ClientPayloadError
#   gzip, but plain, without auto_decompress: decoded
set -eu
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"

python3 -m venv env && env/bin/python -m pip install --quiet 'aiohttp==3.14.5'
cat >look.py <<'EOP'
import asyncio
import gzip

import aiohttp
from aiohttp import web

TEXT = b'{"data": "words"}'
ONCE = gzip.compress(TEXT)


async def told(name, coding, body, **options):
    async def answer(_):
        return web.Response(body=body, headers={"Content-Encoding": coding})

    app = web.Application()
    app.router.add_get("/", answer)
    runner = web.AppRunner(app)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    url = f"http://127.0.0.1:{runner.addresses[0][1]}"
    async with aiohttp.ClientSession(**options) as session, session.get(url) as reply:
        try:
            print(f"{name}:", "decoded" if await reply.read() == TEXT else "still compressed")
        except aiohttp.ClientPayloadError as error:
            print(f"{name}: {reply.status}, {type(error).__name__}", end=", then ")
            try:
                print(await reply.content.read())
            except aiohttp.ClientPayloadError as again:
                print(type(again).__name__)
    await runner.cleanup()


async def main():
    await told("gzip", "gzip", ONCE)
    await told("x-gzip", "x-gzip", ONCE)
    await told("gzip, gzip", "gzip, gzip", gzip.compress(ONCE))
    await told("identity, gzip", "identity, gzip", ONCE)
    await told("gzip, but plain", "gzip", TEXT)
    await told("gzip, but plain, without auto_decompress", "gzip", TEXT, auto_decompress=False)


asyncio.run(main())
EOP
env/bin/python look.py | tee seen.txt
diff - seen.txt <<'EOS'
gzip: decoded
x-gzip: still compressed
gzip, gzip: still compressed
identity, gzip: still compressed
gzip, but plain: 200, ClientPayloadError, then ClientPayloadError
gzip, but plain, without auto_decompress: decoded
EOS
