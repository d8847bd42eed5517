"""The forms of the portfolio. They parse; what a field may hold is the verbs' rule."""

from typing import Any

from django import forms
from django.conf import settings
from django.core import signing
from django.core.exceptions import ValidationError

from accounts.actor import StaffActor
from accounts.deciders import members_of
from accounts.models import StaffRole, Tenant, TenantKind, User
from accounts.models.tenants import TENANT_NAME_MAX
from accounts.pages.forms import VerbErrors
from accounts.public_ids import new_tenant_id
from accounts.roles import Permission
from apikeys.models import ApiAccess
from apikeys.rules import EMAIL_MAX, REASON_MAX
from apikeys.services.api_access import managers_limit

_SALT = "apikeys.pages.portfolio.forms.onboard"


def _sentences(label: str, *, help_text: str = "", required: bool = True) -> forms.CharField:
    """A text of a few sentences, whose length the verb checks."""
    return forms.CharField(
        label=label,
        help_text=help_text,
        required=required,
        widget=forms.Textarea(attrs={"rows": 3, "data-limit": REASON_MAX}),
        error_messages={"required": "Say it in one sentence."},
    )


class ApproveForm(VerbErrors):
    """A word beside an approval."""

    text = _sentences("A word to the account", help_text="The admins read it.", required=False)


class DeclineForm(VerbErrors):
    """Why a request is declined."""

    text = _sentences("Reason", help_text="The account’s admins read it. They may ask again.")


class SuspendForm(VerbErrors):
    """The two texts of a suspension."""

    client_text = _sentences(
        "What the client reads",
        help_text="Shown on the account’s pages and mailed to its admins.",
    )
    internal_note = _sentences(
        "Internal note", help_text="For platform staff alone; the client never sees it."
    )


class RestoreForm(VerbErrors):
    """Why access is restored."""

    reason = _sentences("Reason", help_text="For the account’s activity, which its admins read.")


class RevokeAllForm(VerbErrors):
    """Ending every key: the tenant's name typed, and why."""

    confirmation = forms.CharField(
        label="Type the account’s name to confirm",
        strip=False,
        widget=forms.TextInput(attrs={"autocomplete": "off", "spellcheck": "false"}),
        error_messages={"required": "Type the account’s name."},
    )
    reason = _sentences("Reason", help_text="For the history of each key.")


class DeleteOneKeyForm(VerbErrors):
    """Why staff delete a key of an account; the account reads it."""

    reason = forms.CharField(
        label="Reason",
        max_length=REASON_MAX,
        help_text="For the history of the key, which the account’s admins read.",
        error_messages={"required": "Say why, in one sentence."},
    )


class LimitForm(VerbErrors):
    """How many active keys a tenant may have; above the ceiling operators say why."""

    limit = forms.IntegerField(
        label="Active keys at most",
        error_messages={"required": "Enter a number.", "invalid": "Enter a whole number."},
    )
    reason = _sentences("Reason", required=False)

    def __init__(
        self, *args: Any, actor: StaffActor, tenant: Tenant, access: ApiAccess, **kwargs: Any
    ) -> None:
        super().__init__(*args, **kwargs)
        self.initial["limit"] = access.key_limit
        ceiling, highest = settings.KEY_LIMIT_CEILING, managers_limit(access)
        help_text = f"From 1 to {highest}."
        if actor.may(Permission.EXCEED_KEY_LIMIT, tenant):
            help_text = f"From 1 to {ceiling}; more with a reason."
        else:
            del self.fields["reason"]
            if highest < ceiling:
                help_text += " An operator set that; only operators go above it."
        self.fields["limit"].help_text = help_text


class ManagerChoice(forms.ModelChoiceField):  # type: ignore[type-arg]  # not generic at runtime
    """Relationship managers, by name and email."""

    def label_from_instance(self, obj: User) -> str:
        return f"{obj.display_name}, {obj.email}"


class HandOverForm(VerbErrors):
    """Who is to be the tenant's relationship manager."""

    manager = ManagerChoice(
        label="New relationship manager",
        queryset=User.objects.none(),
        to_field_name="public_id",
        empty_label="Choose a person",
        error_messages={
            "required": "Choose an active relationship manager.",
            "invalid_choice": "Choose an active relationship manager.",
        },
    )

    def __init__(self, *args: Any, tenant: Tenant, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        managers = User.objects.filter(staff_role=StaffRole.RELATIONSHIP_MANAGER, is_active=True)
        others = managers.exclude(portfolio=tenant).exclude(members_of(tenant))
        self.fields["manager"].queryset = others.order_by("name", "email")  # type: ignore[attr-defined]


def _admin_email(help_text: str) -> forms.CharField:
    return forms.CharField(
        label="Email of the first admin",
        help_text=help_text,
        widget=forms.EmailInput(attrs={"maxlength": EMAIL_MAX, "autocomplete": "off"}),
        error_messages={"required": "Enter the email of the person who is to be the first admin."},
    )


class InviteAdminForm(VerbErrors):
    """Inviting an admin to a tenant that has none."""

    email = _admin_email("They get an invitation by mail, valid for 7 days.")


class OnboardForm(VerbErrors):
    """A new tenant and its first admin. The form chooses the tenant's id, so that sending it
    twice opens one tenant; signed, since ids are ours to choose."""

    public_id = forms.CharField(
        widget=forms.HiddenInput,
        error_messages={"required": "Open the form again and send it from there."},
    )
    name = forms.CharField(
        label="Name",
        help_text="As the customer calls itself; it stands on every page of the account.",
        strip=False,
        widget=forms.TextInput(attrs={"maxlength": TENANT_NAME_MAX, "autocomplete": "off"}),
        error_messages={"required": "Enter the account’s name."},
    )
    kind = forms.ChoiceField(label="Kind", choices=TenantKind.choices)
    admin_email = _admin_email(
        "They get an invitation by mail, valid for 7 days, and invite everybody else."
    )

    @staticmethod
    def new_public_id() -> str:
        """A tenant id for one rendering of this form, signed."""
        return signing.dumps(new_tenant_id(), salt=_SALT)

    def clean_public_id(self) -> str:
        """The id that `new_public_id` signed."""
        try:
            public_id: str = signing.loads(self.cleaned_data["public_id"], salt=_SALT)
        except signing.BadSignature:
            raise ValidationError("Open the form again and send it from there.") from None
        return public_id
