#!/bin/sh
# discord.py 2.7.1: `max_ratelimit_timeout` says how long a request may wait for a rate limit before
# RateLimited is raised. Answers to interactions go through the webhook adapter, which does not know
# it: it sleeps for whatever `retry_after` says, though the token of an interaction ends after three
# seconds. Both requests below get the same reply, 429 with 400 seconds, from a server on loopback.
#
# Seen:
#   a message: RateLimited
#   an answer to an interaction: slept for 400.0 seconds
set -eu
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"

python3 -m venv env && env/bin/python -m pip install --quiet 'discord.py==2.7.1'
cat >look.py <<'EOP'
import asyncio
import json

import aiohttp
import discord
from aiohttp import web
from discord.http import HTTPClient, Route
from discord.webhook.async_ import AsyncWebhookAdapter, interaction_response_params

SECONDS = 400.0


class SleptError(Exception):
    pass


async def limited(_):
    body = {"message": "You are being rate limited.", "retry_after": SECONDS, "global": False}
    headers = {"Via": "1.1 google", "Content-Type": "application/json"}
    return web.Response(body=json.dumps(body).encode(), status=429, headers=headers)


async def main():
    app = web.Application()
    app.router.add_route("*", "/{path:.*}", limited)
    runner = web.AppRunner(app)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    Route.BASE = f"http://127.0.0.1:{runner.addresses[0][1]}"
    real_sleep = asyncio.sleep

    async def sleep(seconds, *rest):
        if seconds >= SECONDS:
            raise SleptError
        await real_sleep(seconds, *rest)

    asyncio.sleep = sleep
    async with aiohttp.ClientSession() as session:
        http = HTTPClient(asyncio.get_running_loop(), max_ratelimit_timeout=30.0)
        http._HTTPClient__session = session
        http._global_over = asyncio.Event()
        http._global_over.set()
        try:
            await http.request(Route("GET", "/channels/{channel_id}", channel_id=1))
        except discord.RateLimited as error:
            print("a message:", type(error).__name__)
        try:
            await AsyncWebhookAdapter().create_interaction_response(
                1, "token", session=session, params=interaction_response_params(5)
            )
        except SleptError:
            print("an answer to an interaction: slept for", SECONDS, "seconds")
    await runner.cleanup()


asyncio.run(main())
EOP
env/bin/python look.py 2>errors.txt | tee seen.txt || cat errors.txt
diff - seen.txt <<'EOS'
a message: RateLimited
an answer to an interaction: slept for 400.0 seconds
EOS
