"""Markup that stands on nearly every page. A built-in of all templates: nobody loads it."""

from django import template
from django.templatetags.static import static
from django.utils.html import format_html
from django.utils.safestring import SafeString

register = template.Library()


@register.simple_tag
def icon(name: str, size: str = "", tone: str = "") -> SafeString:
    """A drawing of the sprite beside words that say the same; "small" or "large", in a tone."""
    classes = "icon"
    if size:
        classes += f" icon--{size}"
    if tone:
        classes += f" tone-{tone}"
    return format_html(
        '<svg class="{}" aria-hidden="true"><use href="{}#{}" /></svg>',
        classes,
        static("icons.svg"),
        name,
    )


@register.simple_tag
def dialog_link(url: str) -> SafeString:
    """The attributes of a link that opens in the dialog, and as a page without the script."""
    return format_html('href="{0}" hx-get="{0}" hx-target="#dialog-content"', url)
