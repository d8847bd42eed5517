"""Expirations of programs that say the largest time they know are "never", which they mean.

Such times cannot be shown in every time zone, and those after the year 9999 cannot even be read:
their keys passed the gateway, and nobody could list or delete them. Each repaired key has an event.
"""

from typing import ClassVar

from django.contrib.postgres.operations import ValidateConstraint
from django.db import migrations

REPAIR = """
WITH repaired AS (
    UPDATE apikeys_apikey AS key SET expires_at = NULL, version = key.version + 1
    FROM (SELECT id, expires_at FROM apikeys_apikey
          WHERE expires_at > statement_timestamp() + interval '36525 days' FOR UPDATE) AS old
    WHERE key.id = old.id
    RETURNING key.tenant_id, key.client_id, key.name,
              least(old.expires_at, timestamptz '9999-12-31 23:59:59+00') AS was
)
INSERT INTO accounts_auditevent (
    tenant_id, at, event, outcome, actor_type, actor_id, actor_label,
    target_type, target_id, target_label, data, request_id, caller_request_id
)
SELECT tenant_id, clock_timestamp(), 'key.edited', 'done', 'system', 'migrate', 'platform',
       'api_key', client_id, name,
       jsonb_build_object('changes', jsonb_build_object('expires_at', jsonb_build_object(
           'from', to_char(was AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS"+00:00"'), 'to', NULL
       ))),
       '', ''
FROM repaired;
"""
SUMMARIES = """
UPDATE apikeys_tenantsummary SET next_expiry_at = NULL
WHERE next_expiry_at > statement_timestamp() + interval '36525 days';
"""


class Migration(migrations.Migration):
    dependencies: ClassVar = [
        ("accounts", "0007_callers_request_id"),
        ("apikeys", "0010_readable_expirations"),
    ]

    operations: ClassVar = [
        migrations.RunSQL([REPAIR, SUMMARIES], migrations.RunSQL.noop),
        ValidateConstraint("apikey", "key_expires_in_readable_time"),
    ]
