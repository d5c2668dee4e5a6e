"""A bare aiohttp script that makes the upstream calls and uploads the same bytes: the floor.

    python -m tests.bench.floor API_ADDRESS DISCORD_API TOKEN CHANNELS AT_ONCE

Prints `ready`; each line on stdin is a number of pictures to make at once. Ends with stdin.
"""

from __future__ import annotations

import asyncio
import json
import sys

import aiohttp

from tests.bench.lean_apis import GENERATIONS
from tests.bench.lean_discord import FIRST_CHANNEL_ID


async def main(apis: str, discord_api: str, token: str, channels: str, at_once: str) -> None:
    slots = asyncio.Semaphore(int(at_once))
    async with aiohttp.ClientSession(connector=aiohttp.TCPConnector(limit=0)) as session:

        async def make(number: int) -> None:
            submission = {
                "model": "doubao-seedream-4-5-251128",
                "prompt": f"a lighthouse at dusk, number {number}",
                "size": "2K",
                "response_format": "url",
            }
            async with slots, session.post(f"{apis}{GENERATIONS}", json=submission) as response:
                address = (await response.json())["data"][0]["url"]
            async with session.get(address) as response:
                picture = await response.read()
            form = aiohttp.FormData()
            files = [{"id": 0, "filename": "lighthouse.png"}]
            form.add_field("payload_json", json.dumps({"content": "", "attachments": files}))
            form.add_field("files[0]", picture, filename="lighthouse.png", content_type="image/png")
            channel_id = FIRST_CHANNEL_ID + number % int(channels)
            async with session.post(
                f"{discord_api}/channels/{channel_id}/messages",
                data=form,
                headers={"Authorization": f"Bot {token}"},
            ) as response:
                await response.read()

        print("ready", flush=True)
        while line := await asyncio.to_thread(sys.stdin.readline):
            await asyncio.gather(*(make(number) for number in range(int(line))))


if __name__ == "__main__":
    asyncio.run(main(*sys.argv[1:]))
