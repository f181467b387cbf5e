"""Which addresses may be sent to: the internet, and what an administrator allows."""

import ipaddress
from collections.abc import Iterable

Address = ipaddress.IPv4Address | ipaddress.IPv6Address
Network = ipaddress.IPv4Network | ipaddress.IPv6Network

# Addresses of IPv6 in which one of IPv4 is hidden (RFC 6052, RFC 3056).
NAT64 = ipaddress.IPv6Network("64:ff9b::/96")
IPV4_BITS = 0xFFFFFFFF


def parse_network(text: str) -> Network:
    """Read ``10.20.0.0/16``, ``192.168.1.7`` or an IPv6 network.

    :raises ValueError: when it is none, or has bits set beyond its prefix.
    """
    return ipaddress.ip_network(text.strip())


def is_permitted(text: str, allowed: Iterable[Network]) -> bool:
    """Return whether a resolved address may be sent to.

    Private, loopback, link-local, multicast, reserved and unspecified addresses may
    not, unless one of the allowed networks holds them.

    :param text: as ``getaddrinfo`` returns it; a zone (``%eth0``) is ignored.
    """
    address = _unwrap(ipaddress.ip_address(text.partition("%")[0]))
    if any(
        address.version == network.version and address in network for network in allowed
    ):
        return True
    return address.is_global and not address.is_multicast


def _unwrap(address: Address) -> Address:
    if isinstance(address, ipaddress.IPv4Address):
        return address
    if address in NAT64:
        return ipaddress.IPv4Address(int(address) & IPV4_BITS)
    return address.ipv4_mapped or address.sixtofour or address
