"""A summary per tenant, and one for each tenant that is there."""

import datetime
from typing import ClassVar

import django.db.models.deletion
from django.db import migrations, models
from django.db.models.functions import Coalesce, Now

FAR_PAST = datetime.datetime(1970, 1, 1, tzinfo=datetime.UTC)
FAR_FUTURE = datetime.datetime(9999, 1, 1, tzinfo=datetime.UTC)

# As old as can be, so that the next sweep (`manage.py refresh_summaries`, which the worker runs)
# takes them first; the count of active keys, by which pages warn, is right at once.
FILL = """
INSERT INTO apikeys_tenantsummary
    (tenant_id, active_keys, at_limit, expiring_keys, unused_keys, as_of)
SELECT access.tenant_id, keys.active, keys.active >= access.key_limit, 0, 0, 'epoch'
FROM apikeys_apiaccess access
CROSS JOIN LATERAL (
    SELECT count(*) AS active FROM apikeys_apikey key
    WHERE key.tenant_id = access.tenant_id AND key.revoked_at IS NULL
      AND (key.expires_at IS NULL OR key.expires_at > statement_timestamp())
) AS keys
"""


class Migration(migrations.Migration):
    dependencies: ClassVar = [
        ("accounts", "0004_tenant_search"),
        ("apikeys", "0003_platform_keys"),
    ]

    operations: ClassVar = [
        migrations.CreateModel(
            name="TenantSummary",
            fields=[
                (
                    "tenant",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.PROTECT,
                        primary_key=True,
                        related_name="summary",
                        serialize=False,
                        to="accounts.tenant",
                    ),
                ),
                ("active_keys", models.PositiveIntegerField(default=0)),
                ("at_limit", models.BooleanField(default=False)),
                ("next_expiry_at", models.DateTimeField(null=True)),
                ("expiring_keys", models.PositiveIntegerField(default=0)),
                ("unused_keys", models.PositiveIntegerField(default=0)),
                ("last_use_at", models.DateTimeField(null=True)),
                ("as_of", models.DateTimeField(db_default=Now())),
            ],
            options={
                "indexes": [
                    models.Index(fields=["active_keys", "tenant"], name="summary_by_active"),
                    models.Index(
                        Coalesce(
                            "next_expiry_at", models.Value(FAR_FUTURE, models.DateTimeField())
                        ),
                        models.F("tenant"),
                        name="summary_by_next_expiry",
                    ),
                    models.Index(
                        Coalesce("last_use_at", models.Value(FAR_PAST, models.DateTimeField())),
                        models.F("tenant"),
                        name="summary_by_last_use",
                    ),
                    models.Index(
                        condition=models.Q(("at_limit", True)),
                        fields=["tenant"],
                        name="summary_at_limit",
                    ),
                    models.Index(
                        condition=models.Q(("expiring_keys__gt", 0)),
                        fields=["tenant"],
                        name="summary_expiring",
                    ),
                    models.Index(
                        condition=models.Q(("unused_keys__gt", 0)),
                        fields=["tenant"],
                        name="summary_unused",
                    ),
                ],
            },
        ),
        migrations.RunSQL(FILL, migrations.RunSQL.noop),
    ]
