"""Reads and writes the marks that are texts: IPTC's source type and China's field, both in XMP.

See docs/spec/marks.md section 2. Knows texts only, not the files that they stand in.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from typing import cast
from xml.etree import ElementTree
from xml.sax.saxutils import escape, quoteattr

from bot.domain.provenance import TRAINED_ALGORITHMIC_MEDIA

SOURCE_TYPES = "http://cv.iptc.org/newscodes/digitalsourcetype/"
_RDF = "http://www.w3.org/1999/02/22-rdf-syntax-ns#"
_IPTC_EXTENSION = "http://iptc.org/std/Iptc4xmpExt/2008-02-29/"
_TC260 = "http://www.tc260.org.cn/ns/AIGC/1.0"
_SOURCE_TYPE_NAMES = ("DigitalSourceType", "DigitalSourcefileType")
# The keys of the field (GB 45438-2025, annex E), in its order.
AIGC_KEYS = (
    "Label",
    "ContentProducer",
    "ProduceID",
    "ReservedCode1",
    "ContentPropagator",
    "PropagateID",
    "ReservedCode2",
)
_LONGEST_VALUE, _LONGEST_TYPE = 1000, 80


def source_type(packets: Sequence[bytes]) -> str | None:
    """Return the name of the digital source type that an XMP packet states."""
    for name, text in _properties(packets):
        if name in [f"{{{_IPTC_EXTENSION}}}{one}" for one in _SOURCE_TYPE_NAMES]:
            return type_name(text)
    return None


def type_name(address: str) -> str | None:
    """Return the last part of a source type's address, which names it."""
    name = address.strip().rpartition("/")[2]
    return name[:_LONGEST_TYPE] if name.isascii() and name.isidentifier() else None


def aigc(packets: Sequence[bytes], texts: Sequence[bytes]) -> Mapping[str, str] | None:
    """Return China's field, from XMP or from a text of its own; None where there is none."""
    for name, text in _properties(packets):
        namespace, _, local = name.removeprefix("{").partition("}")
        if namespace.rstrip("/") == _TC260 and local == "AIGC" and (read := _field(text)):
            return read
    for text in texts:
        if read := _field(text.decode("utf-8", "replace")):
            return read
    return None


def packet(kind: str | None, field: Mapping[str, str] | None) -> bytes:
    """Write an XMP packet with a source type and China's field, each where there is one."""
    attribute = child = ""
    if kind is not None:
        address = quoteattr(SOURCE_TYPES + kind)
        attribute = (
            f' xmlns:Iptc4xmpExt="{_IPTC_EXTENSION}" Iptc4xmpExt:DigitalSourceType={address}'
        )
    if field is not None:
        attribute += f' xmlns:TC260="{_TC260}/"'
        child = f"<TC260:AIGC>{escape(json.dumps(dict(field), ensure_ascii=False))}</TC260:AIGC>"
    return (
        '<?xpacket begin="\ufeff" id="W5M0MpCehiHzreSzNTczkc9d"?>'
        f'<x:xmpmeta xmlns:x="adobe:ns:meta/"><rdf:RDF xmlns:rdf="{_RDF}">'
        f'<rdf:Description rdf:about=""{attribute}>{child}</rdf:Description>'
        '</rdf:RDF></x:xmpmeta><?xpacket end="r"?>'
    ).encode()


def made_by_ai(producer: str, content_id: str) -> Mapping[str, str]:
    """Return China's field for what a producer made by AI."""
    values = ("1", producer, content_id, "", producer, content_id, "")
    return dict(zip(AIGC_KEYS, values, strict=True))


def _properties(packets: Sequence[bytes]) -> Iterator[tuple[str, str]]:
    """Yield name and text of every property, be it written as attribute or as element."""
    for text in packets:
        # Neither has a place in XMP, and both can make a small text a large one.
        if b"<!DOCTYPE" in text or b"<!ENTITY" in text:
            continue
        try:
            root = ElementTree.fromstring(text.strip(b"\0 \r\n\t"))  # noqa: S314 (no entities)
        except (ElementTree.ParseError, ValueError, LookupError):
            continue
        for element in root.iter():
            yield element.tag, element.text or element.get(f"{{{_RDF}}}resource", "")
            yield from element.attrib.items()


def _field(text: str) -> Mapping[str, str] | None:
    """Return the values of the field's JSON, which may stand in an object of its own."""
    try:
        read: object = json.loads(text)
    except (ValueError, RecursionError):
        return None
    if isinstance(read, dict) and isinstance(cast("dict[str, object]", read).get("AIGC"), dict):
        read = cast("dict[str, object]", read)["AIGC"]
    if not isinstance(read, dict):
        return None
    values = cast("dict[str, object]", read)
    known = {
        key: str(values[key])[:_LONGEST_VALUE]
        for key in AIGC_KEYS
        if isinstance(values.get(key), str | int)
    }
    return known or None


DEFAULT_TYPE = TRAINED_ALGORITHMIC_MEDIA
