"""Which addresses may be fetched: the guard against private networks.

See docs/spec/image-apis.md section 8.

Names are not judged, only the addresses they lead to: the connector asks for every single one.
"""

from __future__ import annotations

import errno
import ipaddress
import re
import socket
from collections.abc import Callable
from typing import Any

from yarl import URL

Origin = tuple[str, str, int]

NOT_PUBLIC = "the address is not public"

# On Python 3.11 `is_global` lets all of these pass (docs/spec/image-apis.md section 8).
_REFUSED = tuple(
    map(
        ipaddress.ip_network,
        (
            "0.0.0.0/8",
            "100.64.0.0/10",
            "192.0.0.0/24",
            "192.88.99.0/24",  # relays to 6to4
            "198.18.0.0/15",
            "224.0.0.0/3",  # multicast, reserved, broadcast
            "::/96",  # IPv4-compatible, unspecified, loopback
            "::ffff:0:0:0/96",  # IPv4-translated
            "64:ff9b:1::/48",
            "100::/64",
            "2001::/23",  # Teredo, ORCHID, benchmarks
            "2001:db8::/32",
            "2002::/16",  # 6to4 embeds any IPv4 address
            "3fff::/20",
            "5f00::/16",
            "fc00::/7",
            "fe80::/9",  # link-local and the former site-local
            "ff00::/8",
        ),
    )
)
_NAT64 = ipaddress.ip_network("64:ff9b::/96")
_PLAIN = re.compile(r"[\x21-\x7e]+")


class ForbiddenAddressError(OSError):
    """A connection to an address that is not public was about to be made."""

    def __init__(self) -> None:
        # One text for all: aiohttp reports the attempts of one name together.
        super().__init__(errno.EACCES, NOT_PUBLIC)


def is_public(address: str) -> bool:
    """Whether an IP address, as the system prints it, belongs to the public internet."""
    try:
        ip = ipaddress.ip_address(address)
    except ValueError:
        return False
    if isinstance(ip, ipaddress.IPv6Address):
        if ip.ipv4_mapped is not None:
            ip = ip.ipv4_mapped
        elif ip in _NAT64:
            ip = ipaddress.IPv4Address(int(ip) & 0xFFFFFFFF)
    return ip.is_global and not any(ip in network for network in _REFUSED)


AddressInfo = tuple[int, int, int, str, tuple[Any, ...]]


def guarded_sockets(public: Callable[[str], bool]) -> Callable[[AddressInfo], socket.socket]:
    """Return a socket factory for a connector that refuses every other address.

    A connector consults no resolver for addresses written as numbers; this sees them all.
    """

    def make(info: AddressInfo) -> socket.socket:
        family, kind, protocol, _, address = info
        if not public(str(address[0])):
            raise ForbiddenAddressError
        return socket.socket(family, kind, protocol)

    return make


def web_address(text: str) -> URL:
    """Read an http(s) address, to be requested exactly as it is written.

    Raises ValueError for anything else, and for credentials in it.
    """
    text = text.strip()
    # What needs no quoting keeps its every character: signatures cover the query.
    url = URL(text, encoded=_PLAIN.fullmatch(text) is not None)
    if url.scheme not in ("http", "https") or not url.host:
        raise ValueError("not an http(s) address")
    if url.raw_user is not None or url.raw_password is not None:
        raise ValueError("an address with credentials")
    return url


def is_web_port(url: URL) -> bool:
    """Whether a port may be asked of strangers: 80, 443 and 1024 up, not mail, SSH and the like."""
    return url.port is not None and (url.port >= 1024 or url.port in (80, 443))


def origin_of(url: URL | str) -> Origin:
    """Return scheme, host and port, which is what trust is given to."""
    url = URL(url) if isinstance(url, str) else url
    return url.scheme, (url.host or "").lower(), url.port or 0
