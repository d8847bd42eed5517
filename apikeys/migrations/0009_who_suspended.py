"""Find out from the audit trail which suspensions are an operator's.

A suspension is a relationship manager's where the last event says so of a person who is one now;
every other one is taken for an operator's. That errs on the safe side: an operator can always
restore, and a manager is told whom to ask.

An operator who suspends through a process of the version before, after this has run, is not marked.
`MARK` can be run again for that: it takes nothing away.
"""

from typing import ClassVar

from django.db import migrations

MARK = """
UPDATE apikeys_apiaccess AS access SET suspended_by_operator = true
WHERE access.state = 'suspended' AND NOT EXISTS (
    SELECT 1 FROM accounts_user person
    WHERE person.staff_role = 'relationship_manager' AND person.public_id = (
        SELECT event.actor_id FROM accounts_auditevent event
        WHERE event.tenant_id = access.tenant_id AND event.event = 'access.suspended'
          AND event.outcome = 'done' AND event.actor_type = 'user'
        ORDER BY event.id DESC LIMIT 1
    )
)
"""


class Migration(migrations.Migration):
    dependencies: ClassVar = [
        ("accounts", "0005_rate_counters"),
        ("apikeys", "0008_stopped_by_operator"),
    ]

    operations: ClassVar = [
        migrations.RunSQL(MARK, migrations.RunSQL.noop),
    ]
