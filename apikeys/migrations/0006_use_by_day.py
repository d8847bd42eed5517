"""How often each key was used, day by day, and the nonces of signed requests."""

from typing import ClassVar

import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies: ClassVar = [
        ("apikeys", "0005_rate_limits_and_idempotency"),
    ]

    operations: ClassVar = [
        migrations.CreateModel(
            name="KeyUseDay",
            fields=[
                (
                    "pk",
                    models.CompositePrimaryKey(
                        "key_id",
                        "day",
                        blank=True,
                        editable=False,
                        primary_key=True,
                        serialize=False,
                    ),
                ),
                ("day", models.DateField()),
                ("accepted", models.PositiveBigIntegerField()),
                ("refused", models.PositiveBigIntegerField()),
                (
                    "key",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="use_days",
                        to="apikeys.apikey",
                    ),
                ),
            ],
            options={
                "indexes": [models.Index(fields=["day"], name="use_day_by_day")],
            },
        ),
        migrations.CreateModel(
            name="UsedNonce",
            fields=[
                (
                    "pk",
                    models.CompositePrimaryKey(
                        "key_id",
                        "digest",
                        blank=True,
                        editable=False,
                        primary_key=True,
                        serialize=False,
                    ),
                ),
                ("digest", models.BinaryField(max_length=32)),
                ("used_at", models.DateTimeField()),
                (
                    "key",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="apikeys.apikey",
                    ),
                ),
            ],
            options={
                "indexes": [models.Index(fields=["used_at"], name="used_nonce_by_time")],
            },
        ),
    ]
