"""The guides' pictures, taken from the running portal by `make pictures`.

Each is taken four times: for wide screens and phones, in light and in dark.
"""

import struct
from dataclasses import dataclass
from functools import cached_property

from django.conf import settings

from accounts.models import TenantKind

FOLDER = settings.BASE_DIR / "static" / "help"
PHONE, DARK = "-phone", "-dark"
"""What the names of the files for small screens and for dark pages end with."""
SIZE_AT = slice(16, 24)
"""Where a PNG says how wide and high it is (RFC 2083, 4.1.1)."""

_MEDIA = {
    f"{PHONE}{DARK}": "(width < 40rem) and (prefers-color-scheme: dark)",
    PHONE: "(width < 40rem)",
    DARK: "(prefers-color-scheme: dark)",
    "": "",
}
"""When a page shows which file: the first that holds."""


@dataclass(frozen=True, slots=True)
class Source:
    """One file of a picture; its size keeps the place free while it loads."""

    media: str
    file: str
    width: int
    height: int


@dataclass(frozen=True)
class Picture:
    """A part of a page, as the portal showed it."""

    name: str

    @cached_property
    def sources(self) -> list[Source]:
        """The files in the order of choice; the last serves where none before it does."""
        return [self._source(media, f"{self.name}{suffix}.png") for suffix, media in _MEDIA.items()]

    def _source(self, media: str, file: str) -> Source:
        with (FOLDER / file).open("rb") as png:
            width, height = struct.unpack(">II", png.read(SIZE_AT.stop)[SIZE_AT])
        return Source(media, f"help/{file}", width, height)


def _by_variable(*names: str) -> dict[str, Picture]:
    return {name.replace("-", "_"): Picture(name) for name in names}


OF_ALL_TENANTS = _by_variable(
    "request-access", "role-picker", "reveal", "key-list", "key-delete", "announcement", "limit"
)
"""What looks the same for an account and a partner organisation."""
_OF_A_KIND = ("members", "suspended")
"""What names the kind of tenant, and so is taken once for each."""
_OF_TENANTS = {
    kind: OF_ALL_TENANTS | {name: Picture(f"{kind.value}-{name}") for name in _OF_A_KIND}
    for kind in TenantKind
}
MANAGER_PICTURES = _by_variable(
    "portfolio", "onboard", "requests", "staff-key-delete", "suspend", "restore"
)


def tenant_pictures(kind: TenantKind) -> dict[str, Picture]:
    """The pictures of the guide for this kind of tenant, by the name templates use."""
    return _OF_TENANTS[kind]


def every_picture() -> list[Picture]:
    """All of them, each once."""
    everywhere = [*_OF_TENANTS.values(), MANAGER_PICTURES]
    return sorted(
        {picture for some in everywhere for picture in some.values()},
        key=lambda picture: picture.name,
    )
