"""Signing in, a code by mail for it, and a link for a new password: allauth's, with our limits."""

from typing import Any

from allauth.account.forms import ResetPasswordForm
from allauth.account.views import LoginView, LogoutView, PasswordResetView
from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.urls import reverse_lazy

from accounts.addresses import site_of
from accounts.errors import Invalid, TooMany, TooManyAtOnce
from accounts.mail_caps import MailCap, charge_mail
from accounts.mailed_codes import mail_code
from accounts.numbers import in_words
from accounts.pages.answers import wait_said
from accounts.pages.forms import SignInForm
from accounts.rate_limits import RateLimit
from accounts.request_context import current
from accounts.services.invitations import clean_invited_email

RESET_CAP = MailCap(
    "reset",
    "links for a new password",
    sender=RateLimit("sender", 20, 3600),
    target=RateLimit("target", 3, 3600),
    more="The link in the last mail still works.",
)


class SignInView(LoginView):
    """The sign-in page. 429 with the wait where there were too many attempts."""

    form_class = SignInForm

    def form_invalid(self, form: SignInForm) -> HttpResponse:
        """The page again, with what was wrong."""
        answer: HttpResponse = super().form_invalid(form)
        return wait_said(answer, form.too_many)

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """With the wait in words, and whether a code from a mail can be typed."""
        context: dict[str, Any] = super().get_context_data(**kwargs)
        form: SignInForm = context["form"]
        crowded = context["crowded"] = isinstance(form.too_many, TooManyAtOnce)
        if form.too_many:
            context["wait"] = in_words(form.too_many.retry_after)
        context["asks_code"] = bool(form.data.get("code") or (form.too_many and not crowded))
        return context | kwargs


class SignInCodeView(SignInView):
    """Mail a code with which an attempt to sign in counts apart; then the sign-in page again."""

    def post(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        """Say the same whether or not somebody signs in with the email. 429 over the cap."""
        context: dict[str, Any] = {"asks_code": True}
        form = context["form"] = SignInForm(initial={"login": request.POST.get("login")})
        refusal = None
        try:
            email = clean_invited_email(request.POST.get("login", ""))
            mail_code(email, site_of(current().address or ""))
        except TooMany as too_many:
            refusal = too_many
            context["code_refused"] = too_many.message
        except Invalid as invalid:
            context["code_refused"] = invalid.message
        else:
            form.initial["login"] = context["code_mailed_to"] = email
        return wait_said(self.render_to_response(self.get_context_data(**context)), refusal)


class ResetView(PasswordResetView):
    """Asking for the link to a new password, as often as the caps allow."""

    success_url = reverse_lazy("account_reset_password_done")

    def form_valid(self, form: ResetPasswordForm) -> HttpResponse:
        """Count the mail for every address alike, or the answer would tell who has an account."""
        email = form.cleaned_data["email"].strip().lower()
        try:
            charge_mail(RESET_CAP, sender=site_of(current().address or ""), targets=[email])
        except TooMany as refusal:
            form.add_error(None, refusal.message)
            return wait_said(self.form_invalid(form), refusal)
        answer: HttpResponse = super().form_valid(form)
        return answer


class SignOutView(LogoutView):
    """Signing out. What the browser keeps of the pages is forgotten too, so Back shows nothing."""

    def post(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        """End the session, and clear the browser's cache (W3C Clear-Site-Data)."""
        answer: HttpResponse = super().post(request, *args, **kwargs)
        answer["Clear-Site-Data"] = '"cache", "storage"'
        return answer


# Each count stands by itself: a transaction around would keep its row from all other attempts.
sign_in = transaction.non_atomic_requests(SignInView.as_view())
sign_in_code = SignInCodeView.as_view()
reset = ResetView.as_view()
sign_out = SignOutView.as_view()
