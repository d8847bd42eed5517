"""Names of keys as `accounts.text_rules` stores them today, like those of accounts and people."""

from importlib import import_module
from typing import ClassVar

from django.db import migrations

names = import_module("accounts.migrations.0013_clean_names")


class Migration(migrations.Migration):
    dependencies: ClassVar = [
        ("accounts", "0013_clean_names"),
        ("apikeys", "0013_summary_sweep"),
    ]

    operations: ClassVar = [
        migrations.RunSQL(
            [
                names.LONG,
                names.cleaning("apikeys_apikey", "name"),
                names.cleaning("apikeys_platformkey", "name"),
            ],
            migrations.RunSQL.noop,
        )
    ]
