"""Who stopped a tenant: whether an operator suspended it, and the limit that an operator set.

Both columns have a default in the database, so processes of the version before go on writing rows.
What is suspended already is looked at in the next migration, which holds no lock that checks of
keys wait for.
"""

from typing import ClassVar

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies: ClassVar = [
        ("apikeys", "0007_rate_counters_move"),
    ]

    operations: ClassVar = [
        migrations.AddField(
            model_name="apiaccess",
            name="suspended_by_operator",
            field=models.BooleanField(default=False, db_default=False),
        ),
        migrations.AddField(
            model_name="apiaccess",
            name="operator_limit",
            field=models.SmallIntegerField(null=True, blank=True),
        ),
    ]
