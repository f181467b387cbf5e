"""Which addresses may be sent to: the internet, and what an administrator allows."""

import ipaddress
from collections.abc import Iterable

Address = ipaddress.IPv4Address | ipaddress.IPv6Address
Network = ipaddress.IPv4Network | ipaddress.IPv6Network

# Addresses of IPv6 in which one of IPv4 is hidden (RFC 6052, RFC 3056).
NAT64 = ipaddress.IPv6Network("64:ff9b::/96")
IPV4_BITS = 0xFFFFFFFF
# All of IPv6 that IANA gives out to networks outside; the rest is IPv4 translated
# (RFC 2765), a network's own NAT64 (RFC 8215), site-local, segment routing ….
GLOBAL_UNICAST = ipaddress.IPv6Network("2000::/3")
# Inside, whatever ``ipaddress`` says of them: the assignments of protocols (RFC 6890),
# the relays of 6to4 (RFC 7526) and documentation (RFC 9637).
INSIDE = tuple(
    ipaddress.ip_network(text)
    for text in ("192.0.0.0/24", "192.88.99.0/24", "3fff::/20")
)


def parse_network(text: str) -> Network:
    """Read ``10.20.0.0/16``, ``192.168.1.7`` or an IPv6 network.

    :raises ValueError: when it is none, or has bits set beyond its prefix.
    """
    return ipaddress.ip_network(text.strip())


def is_permitted(text: str, allowed: Iterable[Network], *, plain: bool = False) -> bool:
    """Return whether a resolved address may be sent to.

    Private, loopback, link-local, multicast, reserved and unspecified addresses may
    not, unless one of the allowed networks holds them.

    :param plain: without TLS, which is for allowed networks only.
    :param text: as ``getaddrinfo`` returns it; a zone (``%eth0``) is ignored.
    """
    address = _unwrap(ipaddress.ip_address(text.partition("%")[0]))
    if _is_in(address, allowed):
        return True
    if plain or _is_in(address, INSIDE):
        return False
    if address.version == GLOBAL_UNICAST.version and address not in GLOBAL_UNICAST:
        return False
    return address.is_global and not address.is_multicast


def _is_in(address: Address, networks: Iterable[Network]) -> bool:
    return any(
        address.version == network.version and address in network for network in networks
    )


def _unwrap(address: Address) -> Address:
    if isinstance(address, ipaddress.IPv4Address):
        return address
    if address in NAT64:
        return ipaddress.IPv4Address(int(address) & IPV4_BITS)
    return address.ipv4_mapped or address.sixtofour or address
