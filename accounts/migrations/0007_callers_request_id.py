"""Audit events keep the request's id that the caller gave, beside ours."""

from typing import ClassVar

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies: ClassVar = [("accounts", "0006_email_changes")]

    operations: ClassVar = [
        migrations.AddField(
            model_name="auditevent",
            name="caller_request_id",
            field=models.CharField(blank=True, db_default="", default="", max_length=64),
        )
    ]
