"""The forms about people. They parse; what a field may hold is the verbs' rule."""

from typing import Any

from allauth.account.adapter import get_adapter
from allauth.account.forms import ChangePasswordForm, LoginForm
from django import forms
from django.contrib.auth.password_validation import (
    password_validators_help_texts,
    validate_password,
)
from django.core.exceptions import ValidationError

from accounts.errors import Invalid, TooMany, TooManyAtOnce
from accounts.known_devices import device_of
from accounts.models import User
from accounts.own_password import is_own_password
from accounts.pages.words import role_choices
from accounts.request_context import current
from accounts.roles import Role
from accounts.sign_in_limits import begin_attempt
from accounts.text_rules import EMAIL_MAX, one_line, required_line

PERSON_NAME_MAX = 100


class SignInForm(LoginForm):
    """Email and password; with the code of a mail where too many have guessed."""

    code = forms.CharField(
        label="Code from the mail",
        help_text="8 letters and digits. Leave it empty if you did not ask for one.",
        required=False,
        max_length=32,
        widget=forms.TextInput(
            attrs={"autocomplete": "one-time-code", "autocapitalize": "characters"}
        ),
    )
    too_many: TooMany | None = None
    """Why the password was not looked at, if it was not."""

    def clean_login(self) -> str:
        """The email, written as emails are stored."""
        email: str = self.cleaned_data["login"]
        return one_line(email).lower()

    def clean(self) -> dict[str, Any]:
        """Look at the password, unless there were too many attempts; a success does not count."""
        cleaned: dict[str, Any] = self.cleaned_data
        if self.errors:
            return cleaned
        email = cleaned["login"]
        user = User.objects.filter(email=email).first()
        try:
            attempt = begin_attempt(
                email=email,
                user=user,
                address=current().address or "",
                device=device_of(self.request, user),
                code=cleaned["code"],
            )
        except TooMany as refusal:
            self.too_many = refusal
            raise ValidationError(refusal.message) from None
        except Invalid as refusal:
            raise ValidationError(refusal.errors) from None
        try:
            cleaned = super().clean()
        except TooManyAtOnce as refusal:
            attempt.take_back()
            self.too_many = refusal
            raise ValidationError(refusal.message) from None
        if self.user != user:  # it is an address that they added, and not the one of their sign-in
            raise get_adapter().validation_error("email_password_mismatch")
        attempt.take_back()
        return cleaned


class AsksOwnPassword:
    """What asks a signed-in person for their own password, and lets nobody guess it."""

    user: User
    too_many: TooMany | None = None
    """Why the password was not looked at, if it was not."""

    def own_password(self, password: str) -> str:
        """The password, which is the person's. Raises `ValidationError`."""
        try:
            right = is_own_password(self.user, password)
        except TooMany as refusal:
            self.too_many = refusal
            raise ValidationError(refusal.message) from None
        if not right:
            raise ValidationError("This is not your password.")
        return password


class OwnPasswordForm(AsksOwnPassword, forms.Form):
    """What only the person may do: asks for their password."""

    password = forms.CharField(
        label="Your password",
        strip=False,
        widget=forms.PasswordInput(attrs={"autocomplete": "current-password"}),
        error_messages={"required": "Enter your password."},
    )

    def __init__(self, *args: Any, user: User, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.user = user

    def clean_password(self) -> str:
        """The password, which is the person's."""
        return self.own_password(self.cleaned_data["password"])


class NewPasswordForm(AsksOwnPassword, ChangePasswordForm):
    """allauth's form for another password."""

    def clean_oldpassword(self) -> str:
        """The old password, which is the person's."""
        return self.own_password(self.cleaned_data["oldpassword"])


class VerbErrors(forms.Form):
    """A form that can show what a verb said about its fields."""

    verb_fields: dict[str, str] = {}  # noqa: RUF012  # constant per class
    """The verbs' field names that are called differently here."""

    def show(self, refusal: Invalid) -> None:
        """Put each sentence at its field, or above the form if it has none."""
        for field, message in refusal.errors.items():
            here = self.verb_fields.get(field, field)
            self.add_error(here if here in self.fields else None, message)


class NothingForm(VerbErrors):
    """A confirmation without a field."""


class RoleFields(VerbErrors):
    """The role picker; admin is asked for twice, also without JavaScript."""

    holder = "this person"
    """Who or what gets the role, within a sentence."""
    confirm_label = (
        "Yes, this person may do everything, including creating and deleting keys "
        "and removing members"
    )

    role = forms.ChoiceField(widget=forms.RadioSelect, initial=Role.VIEWER)
    confirm_admin = forms.BooleanField(required=False)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        role = self.fields["role"]
        role.label = f"What may {self.holder} do?"
        role.choices = role_choices()  # type: ignore[attr-defined]
        role.error_messages["required"] = f"Choose what {self.holder} may do."
        self.fields["confirm_admin"].label = self.confirm_label

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or self.cleaned_data
        if cleaned.get("role") == Role.ADMIN and not cleaned.get("confirm_admin"):
            self.add_error("confirm_admin", f"Confirm that {self.holder} may do everything.")
        return cleaned


class InviteForm(RoleFields):
    """Somebody to invite, with the role they get."""

    field_order = ("email", "role", "confirm_admin")

    email = forms.CharField(
        label="Email",
        help_text="The invitation goes there, and only this address can accept it.",
        widget=forms.EmailInput(attrs={"maxlength": EMAIL_MAX, "autocomplete": "off"}),
        error_messages={"required": "Enter the email of the person to invite."},
    )


class MemberRoleForm(RoleFields):
    """Another role for a member."""


class NewPersonForm(VerbErrors):
    """A name and a password, for somebody who was invited and has no sign-in yet."""

    name = forms.CharField(
        label="Your name",
        help_text="Other members see it.",
        widget=forms.TextInput(attrs={"autocomplete": "name", "maxlength": PERSON_NAME_MAX}),
        error_messages={"required": "Enter your name."},
    )
    password = forms.CharField(
        label="Choose a password",
        strip=False,
        widget=forms.PasswordInput(attrs={"autocomplete": "new-password"}),
        error_messages={"required": "Choose a password."},
    )

    def __init__(self, *args: Any, email: str, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.email = email
        self.fields["password"].help_text = " ".join(password_validators_help_texts())

    def clean_name(self) -> str:
        """The name without outer white space, by the rules of all texts that people read."""
        try:
            name: str = self.cleaned_data["name"]
            return required_line("name", name, PERSON_NAME_MAX, "Enter your name.")
        except Invalid as refusal:
            raise ValidationError(refusal.message) from None

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or self.cleaned_data
        if password := cleaned.get("password"):
            person = User(email=self.email, name=cleaned.get("name", ""))
            try:
                validate_password(password, person)
            except ValidationError as error:
                self.add_error("password", error)
        return cleaned


class EmailChangeForm(OwnPasswordForm, VerbErrors):
    """Another email to sign in with."""

    field_order = ("email", "password")

    email = forms.CharField(
        label="New email",
        help_text="We send a link there. Your sign-in changes when you open it.",
        widget=forms.EmailInput(attrs={"maxlength": EMAIL_MAX, "autocomplete": "email"}),
        error_messages={"required": "Enter the email that you want to sign in with."},
    )
