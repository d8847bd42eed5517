"""How a key and a tenant's API access stand. A built-in of all templates: nobody loads it."""

from django import template
from django.utils.html import format_html
from django.utils.safestring import SafeString

from accounts.templatetags.markup import icon
from apikeys.models import AccessState, KeyStatus

register = template.Library()

_ICONS = {
    str(KeyStatus.ACTIVE.value): "ok",
    str(KeyStatus.EXPIRED.value): "clock",
    str(KeyStatus.REVOKED.value): "blocked",
    str(AccessState.NONE.value): "lock",
    str(AccessState.REQUESTED.value): "clock",
    str(AccessState.ENABLED.value): "ok",
    str(AccessState.SUSPENDED.value): "blocked",
}


@register.simple_tag
def status(state: str, label: str, size: str = "small") -> SafeString:
    """The status of a key or the state of API access: icon, word and colour."""
    return format_html(
        '<span class="status status--{}">{}{}</span>', state, icon(_ICONS[state], size), label
    )
