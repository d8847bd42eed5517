"""Counters of requests, and answers to requests with an Idempotency-Key."""

from typing import ClassVar

import django.db.models.deletion
from django.db import migrations, models
from django.db.models.functions import Now


class Migration(migrations.Migration):
    dependencies: ClassVar = [
        ("apikeys", "0004_tenant_summaries"),
    ]

    operations: ClassVar = [
        migrations.CreateModel(
            name="RateCounter",
            fields=[
                ("subject", models.CharField(max_length=100, primary_key=True, serialize=False)),
                ("window_start", models.DateTimeField()),
                ("count", models.PositiveIntegerField()),
            ],
            options={
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(("subject", ""), _negated=True),
                        name="rate_subject_given",
                    )
                ],
            },
        ),
        # Counting must not wait for the disk; what a crash forgets is a minute's count. Rows are
        # updated all the time and no index holds what changes, so pages keep room for updates.
        migrations.RunSQL(
            "ALTER TABLE apikeys_ratecounter SET UNLOGGED;"
            "ALTER TABLE apikeys_ratecounter SET (fillfactor = 50)",
            reverse_sql=migrations.RunSQL.noop,
        ),
        migrations.CreateModel(
            name="IdempotencyRecord",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("route", models.CharField(max_length=64)),
                ("digest", models.BinaryField(max_length=32)),
                ("body_mac", models.BinaryField(max_length=32)),
                ("answer", models.TextField()),
                ("headers", models.JSONField()),
                ("recorded_at", models.DateTimeField(db_default=Now())),
                (
                    "api_key",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="apikeys.apikey",
                    ),
                ),
            ],
            options={
                "indexes": [models.Index(fields=["recorded_at"], name="idempotency_by_time")],
                "constraints": [
                    models.UniqueConstraint(
                        fields=("api_key", "route", "digest"), name="idempotency_one_answer"
                    )
                ],
            },
        ),
    ]
