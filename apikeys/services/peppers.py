"""The credentials' configuration, read from settings once per process."""

from functools import cache

from django.conf import settings

from apikeys.credentials import Peppers


@cache
def configured_peppers() -> Peppers:
    """The peppers of this installation."""
    return Peppers(settings.API_KEY_PEPPERS, settings.API_KEY_PEPPER)


def configured_prefix() -> str:
    """What client IDs of this environment start with."""
    prefix: str = settings.API_KEY_PREFIX
    return prefix
