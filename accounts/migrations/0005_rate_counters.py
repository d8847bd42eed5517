"""The counters of requests serve sign-in too: their model stands in this storey. No table changes."""

from typing import ClassVar

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies: ClassVar = [
        ("accounts", "0004_tenant_search"),
        ("apikeys", "0006_use_by_day"),
    ]

    operations: ClassVar = [
        migrations.SeparateDatabaseAndState(
            state_operations=[
                migrations.CreateModel(
                    name="RateCounter",
                    fields=[
                        (
                            "subject",
                            models.CharField(max_length=100, primary_key=True, serialize=False),
                        ),
                        ("window_start", models.DateTimeField()),
                        ("count", models.PositiveIntegerField()),
                    ],
                    options={
                        "db_table": "apikeys_ratecounter",
                        "constraints": [
                            models.CheckConstraint(
                                condition=models.Q(("subject", ""), _negated=True),
                                name="rate_subject_given",
                            )
                        ],
                    },
                ),
            ],
        ),
    ]
