"""Addresses inside are refused, in every spelling, unless they are allowed."""

import pytest

from tests.unit.libs import load_lib

addresses = load_lib("integration_core", "addresses")

INSIDE = [
    "127.0.0.1",
    "127.8.9.10",
    "0.0.0.0",
    "10.1.2.3",
    "172.16.0.1",
    "172.31.255.255",
    "192.168.1.1",
    "169.254.169.254",
    "100.64.0.1",
    "192.0.2.1",
    "224.0.0.1",
    "239.255.255.250",
    "255.255.255.255",
    "::",
    "::1",
    "fe80::1%eth0",
    "fd00::1",
    "ff02::1",
    "::ffff:10.1.2.3",
    "::ffff:127.0.0.1",
    "64:ff9b::a01:203",
    "64:ff9b::7f00:1",
    "2002:7f00:1::",
    "::8.8.8.8",
    "::808:808",
    "64:ff9b:1::808:808",
    "fec0::1",
    "192.0.0.9",
    "::ffff:192.0.0.10",
    "2002:c000:9::",
    "::ffff:0:127.0.0.1",
    "::ffff:0:8.8.8.8",
    "5f00::1",
    "4000::1",
    "192.88.99.1",
    "3fff::1",
]
OUTSIDE = ["8.8.8.8", "172.32.0.1", "2606:4700::1111", "::ffff:8.8.8.8", "64:ff9b::808:808"]


@pytest.mark.parametrize("address", INSIDE)
def test_inside_is_refused(address):
    assert not addresses.is_permitted(address, ())


@pytest.mark.parametrize("address", OUTSIDE)
def test_outside_is_permitted(address):
    assert addresses.is_permitted(address, ())


def test_an_allowed_network_permits_itself_and_nothing_beside_it():
    allowed = [addresses.parse_network("10.1.0.0/16"), addresses.parse_network("::1")]
    assert addresses.is_permitted("10.1.2.3", allowed)
    assert addresses.is_permitted("::ffff:10.1.2.3", allowed)
    assert addresses.is_permitted("::1", allowed)
    assert not addresses.is_permitted("10.2.0.1", allowed)
    assert not addresses.is_permitted("127.0.0.1", allowed)


@pytest.mark.parametrize("text", ["", "10.1.2.3/8", "10.0.0.0/33", "plant"])
def test_what_is_no_network_is_refused(text):
    with pytest.raises(ValueError, match="IPv4|host bits"):
        addresses.parse_network(text)


def test_without_tls_only_allowed_networks_are_spoken_to():
    allowed = [addresses.parse_network("10.1.0.0/16")]
    assert addresses.is_permitted("10.1.2.3", allowed, plain=True)
    assert not addresses.is_permitted("8.8.8.8", allowed, plain=True)
    assert not addresses.is_permitted("10.2.0.1", allowed, plain=True)
