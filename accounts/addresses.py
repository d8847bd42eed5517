"""Client addresses: what counts as one place where limits are kept."""

from functools import lru_cache
from ipaddress import IPv6Address, IPv6Network


def site_of(address: str) -> str:
    """The place that an address belongs to: an IPv4 address itself, of an IPv6 address the /64.

    A single client has all addresses of its /64, and can use another one for each request. What
    cannot be read as an address is returned as it is.
    """
    return _of_ipv6(address) if ":" in address else address


@lru_cache(maxsize=4096)
def _of_ipv6(address: str) -> str:
    try:
        parsed = IPv6Address(address.partition("%")[0])
    except ValueError:
        return address
    if parsed.ipv4_mapped is not None:
        return str(parsed.ipv4_mapped)
    return str(IPv6Network((int(parsed) >> 64 << 64, 64)))
