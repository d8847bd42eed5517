"""``python -m tests.benchmarks.rival.prepare TENANT …``: make the tables and keys; prints them.

First a key that opens everything, then one of each tenant.
"""

# mypy: ignore-errors
# The packages are not where the portal's are, so their types cannot be looked up.

import sys

import django
from django.core.management import call_command

if __name__ == "__main__":
    django.setup()
    call_command("migrate", run_syncdb=True, verbosity=0)
    from rest_framework_api_key.models import APIKey  # needs Django set up

    from tests.benchmarks.rival.models import Caller

    keys = [APIKey.objects.create_key(name="caller")]
    for tenant in sys.argv[1:]:
        named = {"name": "caller", "tenant_id": tenant, "role": "admin", "access": "enabled"}
        keys.append(Caller.objects.create_key(**named))
    sys.stdout.write("\n".join(text for _, text in keys))
