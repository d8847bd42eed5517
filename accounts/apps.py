"""The storey of tenants, people, roles and audit."""

from typing import Any

from django.apps import AppConfig
from django.db.models.signals import post_migrate


class AccountsConfig(AppConfig):
    """Keeps the groups in step with the role table after each migration."""

    name = "accounts"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        post_migrate.connect(mirror_roles, sender=self, dispatch_uid="mirror_roles")


def mirror_roles(sender: AppConfig, using: str, **_: Any) -> None:
    """Make the groups viewer, GL and admin hold exactly the permissions of their role.

    A projection of `accounts.roles` for reading in Django's admin; no person is ever put in
    one. Seeds live here and not in a migration, since a flush wipes data migrations.
    """
    from django.contrib.auth.management import create_permissions  # noqa: PLC0415  # apps ready
    from django.contrib.auth.models import Group, Permission  # noqa: PLC0415  # apps ready

    from accounts.roles import ROLE_PERMISSIONS  # noqa: PLC0415  # beside its only use

    create_permissions(sender, verbosity=0, using=using)
    for role, permissions in ROLE_PERMISSIONS.items():
        group, _created = Group.objects.using(using).get_or_create(name=str(role))
        group.permissions.set(
            Permission.objects.using(using).filter(
                content_type__app_label="accounts",
                codename__in=[str(permission) for permission in permissions],
            )
        )
