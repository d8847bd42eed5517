"""No key expires beyond the year 3000. What is stored already is repaired by the next migration."""

from datetime import UTC, datetime
from typing import ClassVar

from django.contrib.postgres.operations import AddConstraintNotValid
from django.db import migrations, models
from django.db.models import Q


class Migration(migrations.Migration):
    dependencies: ClassVar = [
        ("apikeys", "0009_who_suspended"),
    ]

    operations: ClassVar = [
        AddConstraintNotValid(
            model_name="apikey",
            constraint=models.CheckConstraint(
                condition=Q(expires_at=None) | Q(expires_at__lt=datetime(3000, 1, 1, tzinfo=UTC)),
                name="key_expires_in_readable_time",
            ),
        ),
    ]
