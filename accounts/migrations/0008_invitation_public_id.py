"""Invitations have a public id of their own, by which their pages find them.

The database gives one to each invitation that stands, and to those of a process of the version
before.
"""

from typing import ClassVar

from django.contrib.postgres.functions import RandomUUID
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies: ClassVar = [("accounts", "0007_callers_request_id")]

    operations: ClassVar = [
        migrations.AddField(
            model_name="invitation",
            name="public_id",
            field=models.UUIDField(db_default=RandomUUID(), editable=False, unique=True),
        ),
    ]
