"""The words of two permissions: pages say that keys are deleted."""

from typing import ClassVar

from django.db import migrations


class Migration(migrations.Migration):
    dependencies: ClassVar = [
        ("accounts", "0008_invitation_public_id"),
    ]

    operations: ClassVar = [
        migrations.AlterModelOptions(
            name="tenant",
            options={
                "ordering": ["name", "pk"],
                "permissions": [
                    ("read_keys", "Read the account, key names, client IDs, roles and dates"),
                    ("change_keys", "Change a key's name and description"),
                    ("read_users", "Read a key's email and creator, members and the audit trail"),
                    ("create_keys", "Create keys"),
                    ("assign_key_role", "Assign a key's role"),
                    ("change_key_terms", "Change a key's email and expiration"),
                    ("revoke_keys", "Delete keys"),
                    ("request_access", "Request API access"),
                    ("manage_members", "Invite members, change their role and remove them"),
                    (
                        "decide_access",
                        "Approve or decline API access, and enable it without a request",
                    ),
                    ("suspend_access", "Suspend and restore API access"),
                    ("revoke_all_keys", "Delete all keys of an account at once"),
                    (
                        "set_key_limit",
                        "Set how many active keys an account may have, up to the ceiling",
                    ),
                    ("exceed_key_limit", "Set that limit above the ceiling"),
                    ("invite_first_admin", "Invite an admin to an account that has none"),
                    ("hand_over_tenants", "Hand an account to another relationship manager"),
                ],
            },
        ),
    ]
