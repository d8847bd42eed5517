"""Changing keys: create with its one-time reveal, edit, role, delete."""

from collections.abc import Callable
from typing import Any

from django.conf import settings
from django.http import HttpResponse
from django.utils import timezone
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.views.decorators.cache import never_cache

from accounts.access import TenantRequest, tenant_page
from accounts.clock import database_now
from accounts.errors import Invalid
from accounts.pages.acts import Act, Fact, ask, posted
from accounts.pages.answers import CONFLICT, UNPROCESSABLE, page_methods
from accounts.pages.forms import VerbErrors
from accounts.pages.frame import guide_link, tenant_frame, tenant_url
from accounts.roles import Permission, Role
from apikeys.errors import AccessNotEnabled, AlreadyCreated, KeyLimitReached
from apikeys.models import ApiKey, KeyStatus
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
    form = _edit_form(request, key)

    def edit(data: dict[str, Any]) -> HttpResponse:
        edited = edit_key(
            actor=request.actor,
            key=key,
            name=data["name"],
            description=data["description"],
            version=data["version"],
            unique_name=True,
            **_edited_terms(form),
        )
        said = f"{edited.name} was saved."
        if edited.expires_at and edited.expires_at != key.expires_at:
            said += f" It stops working {exact(edited.expires_at)}."  # clocks may change that day
        return done(request, said, _key_url(request, key))

    expired = key.status_at(database_now()) == KeyStatus.EXPIRED
    act = Act(
        title="Edit key",
        tab=f"Edit {key.name}",
        submit="Save changes",
        lead=format_html("{}, {}", _strong(key.name), _code(key.client_id)),
        warning_title="This key has expired.",
        warning="A new expiration makes it work again at once, with the same client secret."
        if expired
        else "",
    )
    return _ask(request, key, act, form, edit)


@page_methods
@tenant_page(Permission.ASSIGN_KEY_ROLE)
@never_cache
def key_role(request: TenantRequest, client_id: str) -> HttpResponse:
    """Another role for the key; admin is asked for twice."""
    key = find_key(request, client_id)

    def assign(data: dict[str, Any]) -> HttpResponse:
        role = Role(data["role"])
        assign_role(actor=request.actor, key=key, role=role, version=data["version"])
        return done(request, f"{key.name} is now {role_label(role)}.", _key_url(request, key))

    act = Act(
        title="Change role",
        tab=f"Change role of {key.name}",
        submit="Change role",
        lead=format_html(
            "{}, {}, is {} now. The new role counts from the next request on.",
            _strong(key.name),
            _code(key.client_id),
            role_label(key.role),
        ),
    )
    form = RoleForm(**posted(request), initial={"role": key.role, "version": key.version})
    return _ask(request, key, act, form, assign)


@page_methods
@tenant_page(Permission.REVOKE_KEYS, stops=True)
@never_cache
def key_delete(request: TenantRequest, client_id: str) -> HttpResponse:
    """Ask, then end the key for good. Deleting a deleted key changes nothing."""
    key = find_key(request, client_id)

    def delete(data: dict[str, Any]) -> HttpResponse:
        revoke_key(actor=request.actor, key=key, reason=data["reason"])
        text = f"{key.name} was deleted. No request with it passes any more."
        return done(request, text, tenant_url(request, "key_list"))

    row = KeyPresenter(request.actor, request.tenant, database_now()).row(key)
    used_from = f" from {row.last_used_from}" if row.last_used_from else ""
    facts: list[Fact] = [
        ("Key", _strong(key.name)),
        ("Client ID", _code(key.client_id)),
        ("Account", request.tenant.name),
        ("Environment", settings.ENVIRONMENT_NAME),
    ]
    if not row.used_recently:
        facts.append(("Last used", row.last_used_exact))
    act = Act(
        title="Delete this key?",
        tab=f"Delete {key.name}",
        submit="Delete key",
        danger=True,
        keep="Keep it",
        facts=facts,
        warning_title="A program still uses this key.",
        warning=f"Last used {row.last_used}{used_from} ({row.last_used_exact}). "
        "Its next request will be refused."
        if row.used_recently
        else "",
        sentences=[
            format_html(
                "Deleting stops the key for good; it stays in the history. It cannot be brought "
                "back. Help: {}, {}.",
                guide_link(request.tenant, "replace-a-key", "replacing a key"),
                guide_link(request.tenant, "leaked-key", "a leaked key"),
            )
        ],
    )
    return _ask(request, key, act, DeleteKeyForm(**posted(request)), delete)


def _ask(
    request: TenantRequest,
    key: ApiKey,
    act: Act,
    form: VerbErrors,
    perform: Callable[[dict[str, Any]], HttpResponse],
) -> HttpResponse:
    """Ask about the key; where it is deleted already, show it in place of the form."""
    url = _key_url(request, key)
    if key.revoked_at is not None:
        return done(request, f"{key.name} was deleted already.", url)
    return ask(request, act, form, perform, tenant_frame(request, "keys") | {"cancel_url": url})


def _strong(text: str) -> SafeString:
    return format_html("<strong>{}</strong>", text)


def _code(text: str) -> SafeString:
    return format_html('<code translate="no">{}</code>', text)


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
    initial = EditKeyForm.initial_of(key)
    if request.actor.may(Permission.CHANGE_KEY_TERMS, request.tenant):
        return EditKeyTermsForm(**posted(request), initial=initial, now=database_now())
    return EditKeyForm(**posted(request), initial=initial)


def _edited_terms(form: VerbErrors) -> dict[str, Any]:
    """Email and expiration where the form has them; an untouched expiration stays as it is."""
    if not isinstance(form, EditKeyTermsForm):
        return {}
    expires_at = form.chosen_expiration() if form.expiration_changed() else UNSET
    return {"email": form.cleaned_data["email"], "expires_at": expires_at}


def _key_url(request: TenantRequest, key: ApiKey) -> str:
    return tenant_url(request, "key_detail", key.client_id)
