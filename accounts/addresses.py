"""Client addresses: how they are read, and what counts as one place where limits are kept."""

from functools import lru_cache
from ipaddress import IPv6Address, IPv6Network, ip_address


@lru_cache(maxsize=4096)
def read_address(text: str) -> str | None:
    """The IP address of a peer, or one that a proxy names, in its usual form; else None.

    A port, brackets, quotes and a zone may come with it, as in RFC 7239: 203.0.113.9:51234,
    "[2001:db8::1]:443", fe80::1%eth0. An IPv4 address in IPv6's form is one of IPv4.
    """
    text = text.strip().strip('"')
    if text.startswith("["):
        text = text[1:].partition("]")[0]
    elif text.count(":") == 1:
        text = text.partition(":")[0]
    try:
        address = ip_address(text.partition("%")[0])
    except ValueError:
        return None
    return str(getattr(address, "ipv4_mapped", None) or address)


def site_of(address: str) -> str:
    """The place that an address belongs to: an IPv4 address itself, of an IPv6 address the /64.

    A single client has all addresses of its /64, and can use another one for each request. What
    cannot be read as an address is returned as it is.
    """
    return _of_ipv6(address) if ":" in address else address


@lru_cache(maxsize=4096)
def _of_ipv6(address: str) -> str:
    known = read_address(address) or address
    try:
        return str(IPv6Network((int(IPv6Address(known)) >> 64 << 64, 64)))
    except ValueError:
        return known
