"""From which addresses checks are taken: the gateways', as an operator lists them."""

from collections.abc import Callable, Sequence
from functools import lru_cache
from ipaddress import IPv4Network, IPv6Network, ip_address

type Network = IPv4Network | IPv6Network


def among(networks: Sequence[Network]) -> Callable[[str | None], bool]:
    """Whether an address is in one of these networks; the few that ask are remembered."""

    @lru_cache(maxsize=1024)
    def is_among(peer: str | None) -> bool:
        try:
            address = ip_address(peer or "")
        except ValueError:
            return False
        # Who listens on "::" sees IPv4 peers as IPv6 ones.
        address = getattr(address, "ipv4_mapped", None) or address
        return any(address in network for network in networks)

    return is_among
