"""A connection to a server on loopback that a test can cut, silence and mend."""

from __future__ import annotations

import asyncio
import contextlib


class Line:
    """Passes on what is sent; its port stays the same."""

    def __init__(self, target: int) -> None:
        self._target = target
        self._server: asyncio.Server | None = None
        self._writers: set[asyncio.StreamWriter] = set()
        self._silent = False
        self.port = 0

    async def mend(self) -> None:
        """Take connections, if it was cut; those that were silent are lost."""
        if self._silent:
            self._drop()
            self._silent = False
        if self._server is not None:
            return
        self._server = await asyncio.start_server(self._serve, "127.0.0.1", self.port)
        self.port = self._server.sockets[0].getsockname()[1]

    async def cut(self) -> None:
        """Drop every connection and refuse new ones."""
        if self._server is not None:
            self._server.close()
            self._server = None
        self._drop()

    def silence(self) -> None:
        """Take what is sent, and new connections, and pass nothing on: no error, no answer."""
        self._silent = True

    def _drop(self) -> None:
        for writer in list(self._writers):
            writer.transport.abort()

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        there, back = await asyncio.open_connection("127.0.0.1", self._target)
        self._writers |= {writer, back}
        await asyncio.gather(self._copy(reader, back), self._copy(there, writer))
        self._writers -= {writer, back}

    async def _copy(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with contextlib.suppress(OSError):
            while data := await reader.read(65_536):
                if self._silent:
                    continue
                writer.write(data)
                await writer.drain()
        writer.close()
