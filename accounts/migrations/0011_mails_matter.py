"""A mail says what must still be true when it is sent."""

from typing import ClassVar

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies: ClassVar = [("accounts", "0010_refusals_by_actor")]

    operations: ClassVar = [
        migrations.AddField(
            model_name="outboxmail",
            name="matter",
            field=models.CharField(blank=True, db_default="", default="", max_length=128),
        )
    ]
