"""Changing keys: create with its one-time reveal, edit, role, delete."""

from typing import Any

from django.conf import settings
from django.http import HttpResponse
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.cache import never_cache

from accounts.access import TenantRequest, tenant_page
from accounts.clock import database_now
from accounts.errors import Invalid, Refused
from accounts.pages.answers import CONFLICT, UNPROCESSABLE, page_methods
from accounts.pages.forms import VerbErrors
from accounts.roles import Permission, Role
from apikeys.errors import AccessNotEnabled, AlreadyCreated, KeyLimitReached
from apikeys.models import ApiKey
from apikeys.pages.account.answers import done, page_or_partial
from apikeys.pages.account.forms import (
    CreateKeyForm,
    DeleteKeyForm,
    EditKeyForm,
    EditKeyTermsForm,
    RoleForm,
)
from apikeys.pages.account.key_rows import KeyPresenter
from apikeys.pages.account.keys import find_key
from apikeys.pages.account.tenant_context import key_context
from apikeys.pages.words import exact, role_label
from apikeys.rest.routes import API_ROOT
from apikeys.services.key_fields import UNSET
from apikeys.services.key_names import default_name, free_name
from apikeys.services.keys import CreatedKey, assign_role, create_key, edit_key, revoke_key


@page_methods
@tenant_page(Permission.CREATE_KEYS)
@never_cache
def key_create(request: TenantRequest) -> HttpResponse:
    """The create form; its POST answers with the secret, this once and nowhere else.

    422 for a form to correct, 409 when the same form was sent before, or the limit or API
    access stands in the way.
    """
    now = database_now()
    if request.method != "POST":
        return _create_page(request, CreateKeyForm(now=now, initial=_proposal(request)))
    form = CreateKeyForm(request.POST, now=now)
    if not form.is_valid():
        return _create_page(request, form, UNPROCESSABLE)
    try:
        created = create_key(
            actor=request.actor,
            tenant=request.tenant,
            name=form.cleaned_data["name"],
            email=form.cleaned_data["email"],
            description=form.cleaned_data["description"],
            role=Role(form.cleaned_data["role"]),
            expires_at=form.chosen_expiration(),
            submission=form.cleaned_data["submission"],
            unique_name=True,
        )
    except Invalid as refusal:
        form.show(refusal)
        return _create_page(request, form, UNPROCESSABLE)
    except AlreadyCreated as refusal:
        return _already_created(request, refusal.key)
    except (KeyLimitReached, AccessNotEnabled):
        return _create_page(request, form, CONFLICT)
    return _reveal(request, created)


@page_methods
@tenant_page(Permission.CHANGE_KEYS)
@never_cache
def key_edit(request: TenantRequest, client_id: str) -> HttpResponse:
    """Name and description, for admins also email and expiration. 409 if it changed meanwhile."""
    key = find_key(request, client_id)
    if gone := _already_deleted(request, key):
        return gone
    form = _edit_form(request, key)
    if request.method != "POST":
        return _edit_page(request, key, form)
    if not form.is_valid():
        return _edit_page(request, key, form, UNPROCESSABLE)
    try:
        edited = edit_key(
            actor=request.actor,
            key=key,
            name=form.cleaned_data["name"],
            description=form.cleaned_data["description"],
            version=form.cleaned_data["version"],
            unique_name=True,
            **_edited_terms(form),
        )
    except Invalid as refusal:
        form.show(refusal)
        return _edit_page(request, key, form, UNPROCESSABLE)
    except Refused as refusal:
        form.add_error(None, refusal.message)
        return _edit_page(request, key, form, CONFLICT)
    said = f"{edited.name} was saved."
    if edited.expires_at and edited.expires_at != key.expires_at:
        said += f" It stops working {exact(edited.expires_at)}."  # clocks may be changed that day
    return done(request, said, _key_url(request, key))


@page_methods
@tenant_page(Permission.ASSIGN_KEY_ROLE)
@never_cache
def key_role(request: TenantRequest, client_id: str) -> HttpResponse:
    """Another role for the key; admin is asked for twice."""
    key = find_key(request, client_id)
    if gone := _already_deleted(request, key):
        return gone
    initial = {"role": key.role, "version": key.version}
    if request.method != "POST":
        return _role_page(request, key, RoleForm(initial=initial))
    form = RoleForm(request.POST, initial=initial)
    if not form.is_valid():
        return _role_page(request, key, form, UNPROCESSABLE)
    role = Role(form.cleaned_data["role"])
    try:
        assign_role(actor=request.actor, key=key, role=role, version=form.cleaned_data["version"])
    except Refused as refusal:
        form.add_error(None, refusal.message)
        return _role_page(request, key, form, CONFLICT)
    return done(request, f"{key.name} is now {role_label(role)}.", _key_url(request, key))


@page_methods
@tenant_page(Permission.REVOKE_KEYS, stops=True)
@never_cache
def key_delete(request: TenantRequest, client_id: str) -> HttpResponse:
    """Ask, then end the key for good. Deleting a deleted key changes nothing."""
    key = find_key(request, client_id)
    if gone := _already_deleted(request, key):
        return gone
    if request.method != "POST":
        return _delete_page(request, key, DeleteKeyForm())
    form = DeleteKeyForm(request.POST)
    if not form.is_valid():
        return _delete_page(request, key, form, UNPROCESSABLE)
    revoke_key(actor=request.actor, key=key, reason=form.cleaned_data["reason"])
    text = f"{key.name} was deleted. No request with it passes any more."
    return done(request, text, reverse("key_list", args=[request.tenant.public_id]))


def _already_deleted(request: TenantRequest, key: ApiKey) -> HttpResponse | None:
    """The key's page in place of a form that could no longer do anything."""
    if key.revoked_at is None:
        return None
    return done(request, f"{key.name} was deleted already.", _key_url(request, key))


def _proposal(request: TenantRequest) -> dict[str, Any]:
    name = default_name(timezone.localtime(database_now()))
    return {
        "submission": CreateKeyForm.new_submission(),
        "name": free_name(request.tenant, name),
        "email": request.actor.user.email,
    }


def _create_page(request: TenantRequest, form: CreateKeyForm, status: int = 200) -> HttpResponse:
    context = key_context(request)
    context |= {"form": form, "cancel_url": context["urls"]["list"]}
    return page_or_partial(request, "apikeys/key_create.html", "key-form", context, status)


def _already_created(request: TenantRequest, key: ApiKey) -> HttpResponse:
    context = key_context(request)
    context["key"] = KeyPresenter(request.actor, request.tenant, database_now()).row(key)
    return page_or_partial(
        request, "apikeys/key_already_created.html", "key-exists", context, CONFLICT
    )


def _reveal(request: TenantRequest, created: CreatedKey) -> HttpResponse:
    """The one answer that holds the secret; rendered before the commit, so that none is lost."""
    key = created.key
    context = key_context(request)
    context["urls"]["discard"] = f"{_key_url(request, key)}delete/"
    self_url = f"{settings.PORTAL_URL}{API_ROOT}api-key/self"
    environment = settings.ENVIRONMENT_NAME.lower().replace(" ", "-")
    context |= {
        "key": KeyPresenter(request.actor, request.tenant, database_now()).row(key),
        "client_secret": created.secret.text,
        "env_file": (
            f"CLIENT_ID={key.client_id}\n"
            f"CLIENT_SECRET={created.secret.text}\n"
            f"ACCOUNT_ID={request.tenant.public_id}\n"
        ),
        "env_file_name": f"{key.client_id}-{environment}.env",
        "curl": f'curl -H "api-key: $CLIENT_SECRET" {self_url}',
    }
    return page_or_partial(request, "apikeys/key_reveal.html", "key-reveal", context)


def _edit_form(request: TenantRequest, key: ApiKey) -> EditKeyForm:
    data = request.POST if request.method == "POST" else None
    initial = EditKeyForm.initial_of(key)
    if request.actor.may(Permission.CHANGE_KEY_TERMS, request.tenant):
        return EditKeyTermsForm(data, initial=initial, now=database_now())
    return EditKeyForm(data, initial=initial)


def _edited_terms(form: VerbErrors) -> dict[str, Any]:
    """Email and expiration where the form has them; an untouched expiration stays as it is."""
    if not isinstance(form, EditKeyTermsForm):
        return {}
    expires_at = form.chosen_expiration() if form.expiration_changed() else UNSET
    return {"email": form.cleaned_data["email"], "expires_at": expires_at}


def _edit_page(
    request: TenantRequest, key: ApiKey, form: EditKeyForm, status: int = 200
) -> HttpResponse:
    return _key_page(request, key, form, "apikeys/key_edit.html", "key-form", status)


def _role_page(
    request: TenantRequest, key: ApiKey, form: RoleForm, status: int = 200
) -> HttpResponse:
    return _key_page(request, key, form, "apikeys/key_role.html", "role-form", status)


def _delete_page(
    request: TenantRequest, key: ApiKey, form: DeleteKeyForm, status: int = 200
) -> HttpResponse:
    return _key_page(request, key, form, "apikeys/key_delete.html", "delete-form", status)


def _key_page(  # noqa: PLR0913, PLR0917  # the three pages above differ in just these
    request: TenantRequest, key: ApiKey, form: Any, template: str, partial: str, status: int
) -> HttpResponse:
    row = KeyPresenter(request.actor, request.tenant, database_now()).row(key)
    context = key_context(request) | {
        "key": row,
        "used_recently": row.used_recently,
        "form": form,
        "cancel_url": row.url,
    }
    return page_or_partial(request, template, partial, context, status)


def _key_url(request: TenantRequest, key: ApiKey) -> str:
    return reverse("key_detail", args=[request.tenant.public_id, key.client_id])
