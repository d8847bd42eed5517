"""Another password, with the old one or by a mailed link: on allauth's pages, without a lock."""

from typing import TYPE_CHECKING, Any

from allauth.account.views import PasswordChangeView, PasswordResetFromKeyView
from django.db import transaction
from django.forms import Form
from django.http import HttpResponse

from accounts.errors import TooManyAtOnce
from accounts.pages.answers import wait_said

if TYPE_CHECKING:
    from django.views.generic import FormView

    AnyFormView = FormView[Form]
else:
    AnyFormView = object


class _HashesAPassword(AnyFormView):
    """A page that answers 429, and has changed nothing, where a password is not looked at."""

    def form_valid(self, form: Form) -> HttpResponse:
        """Change the password, and what follows from it, in one transaction."""
        try:
            with transaction.atomic():  # the password is hashed first, before anything is locked
                return super().form_valid(form)
        except TooManyAtOnce as refusal:
            form.add_error(None, refusal.message)
            return wait_said(super().form_invalid(form), refusal)

    def form_invalid(self, form: Form) -> HttpResponse:
        """The page again, with what was wrong."""
        return wait_said(super().form_invalid(form), getattr(form, "too_many", None))


class ChangeView(_HashesAPassword, PasswordChangeView):
    """Another password, for somebody who knows the old one."""


class NewPasswordView(_HashesAPassword, PasswordResetFromKeyView):
    """A new password by a mailed link, which works until there is one."""


change: Any = transaction.non_atomic_requests(ChangeView.as_view())
reset_from_key: Any = transaction.non_atomic_requests(NewPasswordView.as_view())
