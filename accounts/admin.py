"""Tenants, people and what they did, for operators under /ops/."""

from collections.abc import Callable
from typing import Any, cast

from django.contrib import admin, messages
from django.db.models import QuerySet
from django.http import HttpRequest

from accounts.actor import ActorType, StaffActor
from accounts.change_limits import count_change
from accounts.errors import Refused, TooMany
from accounts.models import (
    AuditEvent,
    Invitation,
    Membership,
    OutboxMail,
    StaffRole,
    Tenant,
    User,
)
from accounts.ops import ReadOnlyAdmin, ops
from accounts.services import people


@admin.register(Tenant, site=ops)
class TenantAdmin(ReadOnlyAdmin):
    """Accounts and partner organisations."""

    fields = ("public_id", "name", "kind", "contact_email", "relationship_manager", "created_at")
    list_display = ("name", "public_id", "kind", "relationship_manager", "created_at")
    list_filter = ("kind",)
    list_select_related = ("relationship_manager",)
    search_fields = ("=public_id", "name", "=contact_email")


@admin.register(User, site=ops)
class UserAdmin(ReadOnlyAdmin):
    """People. The actions are the verbs of people, with their rules and events."""

    fields = (
        *("public_id", "email", "name", "time_zone", "staff_role", "is_active"),
        *("created_at", "last_login"),
    )
    list_display = ("email", "name", "staff_role", "is_active", "created_at", "last_login")
    list_filter = ("staff_role", "is_active")
    search_fields = ("=public_id", "email", "name")
    actions = (
        "make_relationship_manager",
        "remove_staff_role",
        "disable",
        "enable",
    )

    @admin.action(description="Make relationship manager")
    def make_relationship_manager(self, request: HttpRequest, chosen: QuerySet[User]) -> None:
        """Give the staff role; an operator becomes one too, unless they are the last."""
        role = StaffRole.RELATIONSHIP_MANAGER
        self._each(request, chosen, people.set_staff_role, staff_role=role)

    @admin.action(description="Remove staff role")
    def remove_staff_role(self, request: HttpRequest, chosen: QuerySet[User]) -> None:
        """Their accounts' requests go to the operators until another manager is named."""
        self._each(request, chosen, people.set_staff_role, staff_role=None)

    @admin.action(description="Disable: end sessions, stop memberships")
    def disable(self, request: HttpRequest, chosen: QuerySet[User]) -> None:
        """Keys stay."""
        self._each(request, chosen, people.disable_person, stops=True)

    @admin.action(description="Enable")
    def enable(self, request: HttpRequest, chosen: QuerySet[User]) -> None:
        """With the memberships they had."""
        self._each(request, chosen, people.enable_person)

    def _each(
        self,
        request: HttpRequest,
        chosen: QuerySet[User],
        verb: Callable[..., User],
        *,
        stops: bool = False,
        **arguments: Any,
    ) -> None:
        """Do it for each, and say for whom it was refused and why.

        Each is a change of the operator's, unless it stops something: that is never delayed.
        """
        operator = cast(User, request.user)
        actor = StaffActor(operator)
        done = 0
        for person in chosen.order_by("pk"):
            try:
                if not stops:
                    count_change(operator)
                verb(actor=actor, person=person, **arguments)
            except TooMany as refusal:
                self.message_user(request, f"From {person} on: {refusal.message}", messages.ERROR)
                break
            except Refused as refusal:
                self.message_user(request, f"{person}: {refusal.message}", messages.ERROR)
            else:
                done += 1
        if done:
            self.message_user(request, f"Done for {done} of the people chosen.", messages.SUCCESS)


@admin.register(Membership, site=ops)
class MembershipAdmin(ReadOnlyAdmin):
    """Who is, or was, a member of what."""

    fields = ("tenant", "user", "role", "created_at", "ended_at")
    list_display = ("user", "tenant", "role", "created_at", "ended_at")
    list_filter = ("role", ("ended_at", admin.EmptyFieldListFilter))
    list_select_related = ("tenant", "user")
    search_fields = ("=tenant__public_id", "=user__email", "tenant__name")


@admin.register(Invitation, site=ops)
class InvitationAdmin(ReadOnlyAdmin):
    """Invitations, without the hash of their link."""

    fields = (
        *("tenant", "email", "role", "created_at", "expires_at"),
        *("invited_by_label", "invited_by_user", "accepted_at", "accepted_by", "cancelled_at"),
    )
    list_display = ("email", "tenant", "role", "created_at", "accepted_at", "cancelled_at")
    list_filter = (
        "role",
        ("accepted_at", admin.EmptyFieldListFilter),
        ("cancelled_at", admin.EmptyFieldListFilter),
    )
    list_select_related = ("tenant",)
    search_fields = ("=tenant__public_id", "=email")


class ActorTypeFilter(admin.SimpleListFilter):
    """Who acted: a person, a key or the platform. Nothing has to be read to list these."""

    title = "actor type"
    parameter_name = "actor_type"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        """Every type, by the word that the column shows."""
        return [(str(each), str(each)) for each in ActorType]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        """The events of the chosen type."""
        chosen = self.value()
        return queryset.filter(actor_type=chosen) if chosen else queryset


@admin.register(AuditEvent, site=ops)
class AuditEventAdmin(ReadOnlyAdmin):
    """What was done and refused, also outside of any tenant."""

    fields = (
        *("at", "event", "outcome", "tenant", "actor_type", "actor_id", "actor_label"),
        *("target_type", "target_id", "target_label", "data", "address"),
        *("request_id", "caller_request_id"),
    )
    list_display = ("at", "event", "outcome", "tenant", "actor_label", "target_label", "address")
    list_filter = ("outcome", ActorTypeFilter, ("tenant", admin.EmptyFieldListFilter))
    list_select_related = ("tenant",)
    search_fields = (
        "=tenant__public_id",
        "=target_id",
        "=actor_id",
        "=event",
        "=request_id",
        "=caller_request_id",
    )


@admin.register(OutboxMail, site=ops)
class OutboxMailAdmin(ReadOnlyAdmin):
    """Mails and their fate, never their words: those hold links that sign somebody in."""

    fields = (
        "to",
        "subject",
        "message_id",
        "created_at",
        "due_at",
        "attempts",
        "sent_at",
        "last_error",
    )
    list_display = ("to", "subject", "created_at", "due_at", "attempts", "sent_at", "last_error")
    list_filter = (
        ("sent_at", admin.EmptyFieldListFilter),
        ("last_error", admin.EmptyFieldListFilter),
    )
    search_fields = ("=to", "=message_id")
