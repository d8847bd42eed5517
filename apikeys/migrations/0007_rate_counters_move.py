"""The counters of requests stand in the storey `accounts` now. No table changes."""

from typing import ClassVar

from django.db import migrations


class Migration(migrations.Migration):
    dependencies: ClassVar = [
        ("accounts", "0005_rate_counters"),
        ("apikeys", "0006_use_by_day"),
    ]

    operations: ClassVar = [
        migrations.SeparateDatabaseAndState(
            state_operations=[migrations.DeleteModel(name="RateCounter")],
        ),
    ]
