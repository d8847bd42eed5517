"""The forms of the key pages. They parse; what a field may hold is the verbs' rule."""

import secrets
from datetime import UTC, datetime
from typing import Any

from django import forms
from django.utils import timezone

from accounts.pages.forms import RoleFields, VerbErrors
from apikeys.models import ApiKey
from apikeys.pages.account.expirations import CUSTOM, NEVER, expiration_choices, offered_expiration
from apikeys.rules import DESCRIPTION_MAX, EMAIL_MAX, NAME_MAX, REASON_MAX, SUBMISSION_MAX

EMAIL_HELP = "Who is asked about this key, also after you have left. Used for notices about it."
CONFIRM_ADMIN = "Yes, this key may do everything, including creating and deleting keys"


class KeyRoleFields(RoleFields):
    """What a key may do."""

    holder = "the key"
    confirm_label = CONFIRM_ADMIN


class LocalTimeField(forms.DateTimeField):
    """A day and time in the person's zone, on the days too on which clocks are changed.

    Of an hour that comes twice the first is taken. A time that is left out when clocks are put
    forward is taken as an hour later, as they then show.
    """

    def to_python(self, value: Any) -> datetime | None:
        """The time with its zone."""
        try:
            found: datetime | None = super().to_python(value)
        except forms.ValidationError as error:
            if error.code != "ambiguous_timezone" or not error.params:
                raise
            typed: datetime = error.params["datetime"]
            try:
                return typed.replace(tzinfo=timezone.get_current_timezone()).astimezone(UTC)
            except OverflowError:
                message = self.error_messages["invalid"]
                raise forms.ValidationError(message, code="invalid") from None
        return found

    def has_changed(self, initial: Any, data: Any) -> bool:
        """Whether another text was sent than was shown, which can stand for two times."""
        shown = self.widget.format_value(self.prepare_value(initial))
        return (shown or "") != (data or "").strip()


class ExpiryFields(forms.Form):
    """The expiration picker; `chosen_expiration` is its answer."""

    expires = forms.ChoiceField(
        label="When does the key stop working?",
        widget=forms.RadioSelect,
        initial=NEVER,
        error_messages={"required": "Choose when the key stops working."},
    )
    expires_at = LocalTimeField(
        label="Day and time",
        required=False,
        widget=forms.DateTimeInput(attrs={"type": "datetime-local"}, format="%Y-%m-%dT%H:%M"),
        input_formats=["%Y-%m-%dT%H:%M", "%Y-%m-%dT%H:%M:%S", "%Y-%m-%d %H:%M"],
        error_messages={"invalid": "Enter a day and a time, for example 2027-01-31 10:00."},
    )

    def __init__(self, *args: Any, now: datetime, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.now = now
        self.fields["expires"].choices = expiration_choices(now)  # type: ignore[attr-defined]
        self.fields[
            "expires_at"
        ].help_text = f"In your time zone, {timezone.get_current_timezone_name()}."

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or self.cleaned_data
        if (
            cleaned.get("expires") == CUSTOM
            and not cleaned.get("expires_at")
            and "expires_at" not in self.errors
        ):
            self.add_error("expires_at", "Enter the day and time at which the key stops.")
        if cleaned.get("expires") != CUSTOM and "expires_at" in self.errors:
            del self.errors["expires_at"]  # not chosen, so what stands there does not matter
        return cleaned

    def chosen_expiration(self) -> datetime | None:
        """The chosen time; None for never."""
        choice = self.cleaned_data["expires"]
        if choice == NEVER:
            return None
        if choice == CUSTOM:
            at: datetime = self.cleaned_data["expires_at"]
            return at
        return offered_expiration(int(choice), self.now)


def _text(label: str, limit: int, **options: Any) -> forms.CharField:
    """A text whose length the verb checks, since it says how many characters there are."""
    widget = options.pop("widget", forms.TextInput)
    rows = {"rows": 3} if widget is forms.Textarea else {}
    return forms.CharField(
        label=label,
        widget=widget(attrs={"data-limit": limit, **rows}),
        strip=False,
        error_messages={"required": f"Enter a {label.lower()}."},
        **options,
    )


def _email() -> forms.CharField:
    return forms.CharField(
        label="Responsible person or team",
        help_text=EMAIL_HELP,
        widget=forms.EmailInput(attrs={"maxlength": EMAIL_MAX, "autocomplete": "email"}),
        error_messages={
            "required": "Enter the email of the person or team responsible for this key."
        },
    )


class CreateKeyForm(KeyRoleFields, ExpiryFields, VerbErrors):
    """A new key. `submission` names this form, so that sending it twice makes one key."""

    field_order = ("email", "name", "description", "role", "confirm_admin", "expires")

    submission = forms.CharField(widget=forms.HiddenInput, min_length=20, max_length=SUBMISSION_MAX)
    name = _text("Name", NAME_MAX, help_text="What uses the key, for example Payroll.")
    email = _email()
    description = _text("Description", DESCRIPTION_MAX, required=False, widget=forms.Textarea)

    verb_fields = {"expiration": "expires_at"}  # noqa: RUF012  # constant

    @staticmethod
    def new_submission() -> str:
        """A name for one rendering of the form."""
        return secrets.token_urlsafe(24)


class EditKeyForm(VerbErrors):
    """Name and description of a key, for whoever may change keys."""

    version = forms.IntegerField(widget=forms.HiddenInput)
    name = _text("Name", NAME_MAX)
    description = _text("Description", DESCRIPTION_MAX, required=False, widget=forms.Textarea)

    verb_fields = {"expiration": "expires_at"}  # noqa: RUF012  # constant

    @staticmethod
    def initial_of(key: ApiKey) -> dict[str, Any]:
        """The key as the form shows it first."""
        return {
            "version": key.version,
            "name": key.name,
            "description": key.description,
            "email": key.email,
            "expires": NEVER if key.expires_at is None else CUSTOM,
            # To the minute, as the field shows it: what nobody touched must not count as changed.
            "expires_at": key.expires_at and key.expires_at.replace(second=0, microsecond=0),
        }


class EditKeyTermsForm(ExpiryFields, EditKeyForm):
    """The same with email and expiration, for whoever may change a key's terms."""

    field_order = ("name", "email", "description", "expires")

    email = _email()

    def expiration_changed(self) -> bool:
        """Whether the person chose another time than the key has."""
        return not {"expires", "expires_at"}.isdisjoint(self.changed_data)

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean()
        if not self.expiration_changed():
            self.errors.pop("expires_at", None)  # what nobody touched is not judged
        return cleaned


class RoleForm(KeyRoleFields):
    """Another role for a key."""

    version = forms.IntegerField(widget=forms.HiddenInput)


class DeleteKeyForm(VerbErrors):
    """Deleting a key, with a word about why for the history."""

    reason = forms.CharField(
        label="Reason", required=False, max_length=200, help_text="For the history of the key."
    )


class RequestAccessForm(VerbErrors):
    """Asking for API access, in a sentence or two."""

    reason = _text(
        "Reason",
        REASON_MAX,
        widget=forms.Textarea,
        help_text="What do your programs need to do? One or two sentences are enough.",
    )
