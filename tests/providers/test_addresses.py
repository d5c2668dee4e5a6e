"""Which addresses are public, and which texts are addresses at all."""

from __future__ import annotations

import socket

import pytest
from yarl import URL

from bot.providers.http.address_guard import (
    ForbiddenAddressError,
    guarded_sockets,
    is_public,
    is_web_port,
    origin_of,
    web_address,
)
from tests.cases import every_case

PUBLIC = [
    "1.1.1.1",
    "8.8.8.8",
    "93.184.216.34",
    "172.15.255.255",
    "172.32.0.1",
    "192.0.1.1",
    "192.167.255.255",
    "223.255.255.255",
    "2606:4700:4700::1111",
    "2a00:1450:4001:800::200e",
    "2001:4860:4860::8888",
    "::ffff:8.8.8.8",
    "::ffff:808:808",
    "64:ff9b::8.8.8.8",
]
PRIVATE = [
    "0.0.0.0",  # noqa: S104 -- nothing is bound
    "0.1.2.3",
    "10.0.0.1",
    "100.64.0.1",
    "100.127.255.255",
    "127.0.0.1",
    "127.255.255.254",
    "169.254.169.254",
    "172.16.0.1",
    "172.31.255.255",
    "192.0.0.1",
    "192.0.0.8",
    "192.0.0.170",
    "192.0.2.1",
    "192.88.99.1",
    "192.168.0.1",
    "198.18.0.1",
    "198.19.255.255",
    "198.51.100.1",
    "203.0.113.1",
    "224.0.0.1",
    "239.255.255.250",
    "240.0.0.1",
    "255.255.255.255",
    "::",
    "::1",
    "::127.0.0.1",
    "::8.8.8.8",
    "::ffff:127.0.0.1",
    "::ffff:7f00:1",
    "::ffff:10.0.0.1",
    "::ffff:169.254.169.254",
    "::ffff:0:127.0.0.1",
    "64:ff9b::127.0.0.1",
    "64:ff9b::a9fe:a9fe",
    "64:ff9b::10.0.0.1",
    "64:ff9b:1::8.8.8.8",
    "100::1",
    "2001::1",
    "2001:0:4136:e378:8000:63bf:3fff:fdd2",
    "2001:2::1",
    "2001:10::1",
    "2001:db8::1",
    "2002:7f00:1::",
    "2002:808:808::1",
    "3fff::1",
    "5f00::1",
    "fc00::1",
    "fd12:3456:789a::1",
    "fe80::1",
    "fe80::1%eth0",
    "fec0::1",
    "feff::1",
    "ff02::1",
    "ff0e::1",
    "localhost",
    "",
]


@every_case("address", PUBLIC)
def test_public_addresses_pass(address: str) -> None:
    assert is_public(address)


@every_case("address", PRIVATE)
def test_every_other_address_is_refused(address: str) -> None:
    assert not is_public(address)


def test_the_socket_factory_refuses_before_a_socket_exists() -> None:
    make = guarded_sockets(is_public)
    with pytest.raises(ForbiddenAddressError):
        make((socket.AF_INET, socket.SOCK_STREAM, 0, "", ("127.0.0.1", 80)))
    with make((socket.AF_INET, socket.SOCK_STREAM, 0, "", ("1.1.1.1", 80))) as made:
        assert made.family is socket.AF_INET


@every_case(
    "text",
    [
        "ftp://example.org/a.png",
        "file:///etc/passwd",
        "data:image/png;base64,AAAA",
        "javascript:alert(1)",
        "//example.org/a.png",
        "example.org/a.png",
        "http://",
        "http:///a.png",
        "http://user@example.org/",
        "http://user:word@example.org/",
        "http://:word@example.org/",
        "http://127.0.0.1:80@example.org/",
        "http://example.org:99999/",
        "http://example.org:x/",
        "http://[::1/",
        "",
    ],
)
def test_what_is_no_plain_web_address_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match=r".*"):
        web_address(text)


@pytest.mark.parametrize(
    "text",
    [
        "https://cdn.discordapp.com/attachments/1/2/a%20b.png?ex=6a&is=69&hm=ab%2Fc&",
        "https://img.example.org/a.png?X-Sig=a%2Bb%3D&e=1+2",
        "http://img.example.org/%E5%9B%BE.png",
    ],
)
def test_an_address_is_kept_to_the_letter(text: str) -> None:
    assert str(web_address(text)) == text


def test_letters_that_cannot_be_sent_are_quoted() -> None:
    assert str(web_address(" https://a.example/图 1.png ")) == (
        "https://a.example/%E5%9B%BE%201.png"
    )


@pytest.mark.parametrize(
    ("port", "fine"), [(80, True), (443, True), (8443, True), (25, False), (22, False), (0, False)]
)
def test_ports_of_other_services_are_not_asked(port: int, fine: bool) -> None:
    assert is_web_port(URL(f"http://a.example:{port}/")) is fine


def test_an_origin_is_scheme_host_and_port() -> None:
    assert origin_of("https://API.example.org/v1") == ("https", "api.example.org", 443)
    assert origin_of("http://127.0.0.1:8765/routescope") == ("http", "127.0.0.1", 8765)
