"""The email that a person signs in with: asking for another, confirming it, undoing it."""

from allauth.account.forms import default_token_generator
from allauth.account.utils import user_pk_to_url_str
from django.contrib.auth import logout
from django.contrib.auth.decorators import login_not_required
from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.cache import never_cache

from accounts.access import person
from accounts.actor import PersonActor
from accounts.errors import EmailChangeGone, Invalid, TooMany
from accounts.models import User
from accounts.models.email_changes import UNDO_WITHIN
from accounts.pages.answers import UNPROCESSABLE, SeeOther, done_elsewhere, page_methods, wait_said
from accounts.pages.forms import EmailChangeForm
from accounts.services.sign_in_email import (
    ask_email_change,
    change_to_confirm,
    change_to_undo,
    confirm_email_change,
    undo_email_change,
    waiting_change,
)

GONE = 410


@transaction.non_atomic_requests  # nothing waits for the password to be hashed
@page_methods
@never_cache
def sign_in_email(request: HttpRequest) -> HttpResponse:
    """Ask for another sign-in email, with the password. It changes once that is confirmed."""
    actor = person(request)
    form = EmailChangeForm(request.POST or None, user=actor.user)
    if request.method != "POST":
        return _ask(request, form)
    if not form.is_valid():
        return wait_said(_ask(request, form, UNPROCESSABLE), form.too_many)
    email = form.cleaned_data["email"]
    try:
        change = ask_email_change(actor=actor, person=actor.user, new_email=email)
    except Invalid as refusal:
        form.show(refusal)
        return _ask(request, form, UNPROCESSABLE)
    except TooMany as refusal:
        form.add_error(None, refusal.message)
        return wait_said(_ask(request, form), refusal)
    text = f"We sent a link to {change.new_email}. Open it within an hour."
    return done_elsewhere(request, text, reverse("account_email"))


def _ask(request: HttpRequest, form: EmailChangeForm, status: int = 200) -> HttpResponse:
    context = {"form": form, "waiting": waiting_change(form.user), "days": UNDO_WITHIN.days}
    return render(request, "accounts/sign_in_email.html", context, status=status)


@login_not_required
@page_methods
@never_cache
def sign_in_email_confirm(request: HttpRequest, token: str) -> HttpResponse:
    """Show a change of the sign-in email at its new address; only a POST makes it.

    410 when the link was used, replaced or is older than an hour.
    """
    change = change_to_confirm(token)
    if change is None:
        return _gone(request)
    if request.method != "POST":
        return _shown(request, "accounts/sign_in_email_confirm.html", {"change": change})
    try:
        confirm_email_change(actor=PersonActor(change.user), person=change.user, change=change)
    except EmailChangeGone:
        return _gone(request)
    text = f"From now on you sign in with {change.new_email}."
    return done_elsewhere(request, text, reverse("home"))


@login_not_required
@page_methods
@never_cache
def sign_in_email_undo(request: HttpRequest, token: str) -> HttpResponse:
    """Show a change at the old address; a POST undoes it and ends all sign-ins.

    It leads to choosing a new password. 410 when the link was used or the time to undo is over.
    """
    change = change_to_undo(token)
    if change is None:
        return _gone(request)
    if request.method != "POST":
        return _shown(request, "accounts/sign_in_email_undo.html", {"change": change})
    try:
        user = undo_email_change(actor=PersonActor(change.user), person=change.user, change=change)
    except EmailChangeGone:
        return _gone(request)
    logout(request)
    return SeeOther(_new_password_url(user))


def _new_password_url(user: User) -> str:
    """Where whoever has proved to read the person's mailbox chooses a new password."""
    key = default_token_generator.make_token(user)
    return reverse("account_reset_password_from_key", args=[user_pk_to_url_str(user), key])


def _shown(request: HttpRequest, template: str, context: dict[str, object]) -> HttpResponse:
    """A page whose address holds a token, which no other page may learn from a Referer."""
    answer = render(request, template, context)
    answer["Referrer-Policy"] = "strict-origin"
    return answer


def _gone(request: HttpRequest) -> HttpResponse:
    return render(request, "accounts/sign_in_email_gone.html", status=GONE)
