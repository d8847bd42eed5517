"""Changes of sign-in emails, in place of allauth's page on which a session could replace its owner."""

from typing import ClassVar

import django.db.models.deletion
import django.db.models.functions.datetime
import django.db.models.functions.text
from django.conf import settings
from django.db import migrations, models

import accounts.public_ids

# No page of ours ever gave a person a second address: whoever added one did it by that page.
FORGET_ADDED_ADDRESSES = """
    DELETE FROM account_emailaddress AS address USING accounts_user AS person
    WHERE person.id = address.user_id AND address.email <> person.email
"""


class Migration(migrations.Migration):
    dependencies: ClassVar = [
        ("account", "0009_emailaddress_unique_primary_email"),
        ("accounts", "0005_rate_counters"),
    ]

    operations: ClassVar = [
        migrations.CreateModel(
            name="EmailChange",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "public_id",
                    models.CharField(
                        default=accounts.public_ids.new_email_change_id,
                        editable=False,
                        max_length=24,
                        unique=True,
                    ),
                ),
                ("old_email", models.EmailField(max_length=254)),
                ("new_email", models.EmailField(max_length=254)),
                ("sign_in", models.CharField(editable=False, max_length=64)),
                (
                    "asked_at",
                    models.DateTimeField(
                        db_default=django.db.models.functions.datetime.Now(), editable=False
                    ),
                ),
                ("confirmed_at", models.DateTimeField(null=True)),
                ("undone_at", models.DateTimeField(null=True)),
                (
                    "user",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="email_changes",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
            ],
            options={
                "indexes": [models.Index(fields=["old_email"], name="email_change_by_old_email")],
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(
                            ("new_email", django.db.models.functions.text.Lower("new_email"))
                        ),
                        name="email_change_new_email_lowercase",
                    )
                ],
            },
        ),
        migrations.RunSQL(FORGET_ADDED_ADDRESSES, reverse_sql=migrations.RunSQL.noop),
    ]
