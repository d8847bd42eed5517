"""From which addresses checks are taken: the gateways', as an operator lists them."""

from collections.abc import Callable, Sequence
from functools import lru_cache
from ipaddress import IPv4Network, IPv6Network, ip_address

from accounts.addresses import read_address

type Network = IPv4Network | IPv6Network


def among(networks: Sequence[Network]) -> Callable[[str | None], bool]:
    """Whether an address is in one of these networks; the few that ask are remembered."""

    @lru_cache(maxsize=1024)
    def is_among(peer: str | None) -> bool:
        known = read_address(peer or "")
        return known is not None and any(ip_address(known) in network for network in networks)

    return is_among
