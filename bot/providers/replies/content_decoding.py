"""Undoes a reply's compression, whatever its headers say of it. No I/O.

A relay may announce gzip over plain JSON, or compress and not say so; the picture behind it was
paid either way. So the bytes decide, and the header is only the first guess. How much comes out is
bounded, so that a small reply cannot fill the memory.
"""

from __future__ import annotations

import importlib
import zlib
from collections.abc import Callable, Iterator
from typing import Any, Protocol

from backports import zstd

# It brings no types.
_brotli: Any = importlib.import_module("brotli")

_PIECE_BYTES = 256 * 1024
# A body that was compressed twice is seen; more layers are no service's.
_MOST_LAYERS = 3
_TEXT_BYTES = 64
_BYTE_ORDER_MARKS = (b"\xef\xbb\xbf", b"\xff\xfe", b"\xfe\xff")


class TooLargeError(Exception):
    """More came out than is allowed."""


class _Decoder(Protocol):
    """Takes compressed bytes and gives plain ones, piece by piece; raises for other bytes."""

    def pieces(self, body: bytes) -> Iterator[bytes]: ...


class _Zlib:
    """gzip, zlib and raw deflate; several members one after another are one text."""

    def __init__(self, window_bits: int) -> None:
        self._window_bits = window_bits

    def pieces(self, body: bytes) -> Iterator[bytes]:
        while body:
            unpacker = zlib.decompressobj(self._window_bits)
            while not unpacker.eof:
                piece = unpacker.decompress(body, _PIECE_BYTES)
                body = unpacker.unconsumed_tail
                yield piece
                if not body and not piece:
                    return
            body = unpacker.unused_data.lstrip(b"\0")


class _Brotli:
    def pieces(self, body: bytes) -> Iterator[bytes]:
        unpacker = _brotli.Decompressor()
        yield unpacker.process(body, output_buffer_limit=_PIECE_BYTES)
        while not unpacker.is_finished():
            piece = unpacker.process(b"", output_buffer_limit=_PIECE_BYTES)
            if not piece:
                return
            yield piece


class _Zstd:
    def pieces(self, body: bytes) -> Iterator[bytes]:
        while body:
            unpacker = zstd.ZstdDecompressor()
            yield unpacker.decompress(body, _PIECE_BYTES)
            while not unpacker.eof:
                piece = unpacker.decompress(b"", _PIECE_BYTES)
                if not piece:
                    return
                yield piece
            body = unpacker.unused_data


_GZIP = _Zlib(16 + zlib.MAX_WBITS)
_DEFLATE = _Zlib(zlib.MAX_WBITS)
_RAW_DEFLATE = _Zlib(-zlib.MAX_WBITS)
_BROTLI = _Brotli()
_ZSTD = _Zstd()

_BY_NAME: dict[str, tuple[_Decoder, ...]] = {
    "gzip": (_GZIP,),
    "x-gzip": (_GZIP,),
    "deflate": (_DEFLATE, _RAW_DEFLATE),
    "br": (_BROTLI,),
    "zstd": (_ZSTD,),
}
_BY_MAGIC: tuple[tuple[bytes, _Decoder], ...] = (
    (b"\x1f\x8b", _GZIP),
    (b"\x28\xb5\x2f\xfd", _ZSTD),
)
_ERRORS = (zlib.error, _brotli.error, zstd.ZstdError, EOFError)


def unpacked(
    body: bytes, encoding: str, *, cap_bytes: int, plain: Callable[[bytes], bool] | None = None
) -> bytes:
    """Return what a body holds; the body itself where nothing else can be made of it.

    `encoding` is the Content-Encoding header. `plain` tells by its first bytes that a body needs no
    more decoding: text where it is not given. Raises TooLargeError.
    """
    plain = plain or looks_like_text
    found = _plain(body, encoding, cap_bytes, plain, _MOST_LAYERS)
    return body if found is None else found


def _plain(
    body: bytes, encoding: str, cap_bytes: int, plain: Callable[[bytes], bool], layers: int
) -> bytes | None:
    if not body or plain(body):
        return body
    if not layers:
        return None
    for decoder in _candidates(body, encoding):
        inside = _decoded(decoder, body, cap_bytes)
        if inside and (found := _plain(inside, encoding, cap_bytes, plain, layers - 1)):
            return found
    return None


def looks_like_text(body: bytes) -> bool:
    """Whether a body begins like JSON, events or HTML, and not like something compressed."""
    head = body[:_TEXT_BYTES]
    if head.startswith(_BYTE_ORDER_MARKS):
        return True
    try:
        text = head.decode()
    except UnicodeDecodeError as error:
        # The cut may go through a letter.
        if len(body) <= _TEXT_BYTES or error.start < _TEXT_BYTES - 4:
            return False
        text = head[: error.start].decode()
    return all(letter.isprintable() or letter in "\t\r\n" for letter in text)


def _candidates(body: bytes, encoding: str) -> Iterator[_Decoder]:
    """Yield what may undo the outermost layer: by the first bytes, as announced, then all."""
    yield from (decoder for magic, decoder in _BY_MAGIC if body.startswith(magic))
    names = [name.strip().lower() for name in encoding.split(",")]
    for name in reversed(names):
        yield from _BY_NAME.get(name, ())
    yield from (_DEFLATE, _BROTLI, _RAW_DEFLATE)


def _decoded(decoder: _Decoder, body: bytes, cap_bytes: int) -> bytes:
    """Return all that comes out before an end, a cut or a damaged place."""
    found = bytearray()
    try:
        for piece in decoder.pieces(body):
            found += piece
            if len(found) > cap_bytes:
                raise TooLargeError
    except _ERRORS:
        pass
    return bytes(found)
