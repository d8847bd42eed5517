"""``python -m tests.benchmarks.peers.prepare COUNT``: make so many credentials of each kind.

Prints them in JSON: by peer, the path of its view and the one header of each request.
"""

# ruff: noqa: PLC0415 - models need Django set up
# mypy: ignore-errors
# The packages are not where the portal's are, so their types cannot be looked up.

import json
import secrets
import sys
from datetime import timedelta
from hashlib import sha256

import django
from django.core.management import call_command


def _make(count):
    from django.contrib.auth.models import User
    from django.utils import timezone
    from knox.models import AuthToken
    from oauth2_provider.models import AccessToken, Application
    from rest_framework.authtoken.models import Token
    from rest_framework_api_key.models import APIKey

    from tests.benchmarks.peers.models import Key

    users = User.objects.bulk_create([User(username=f"user {n}") for n in range(count)])
    keys = [secrets.token_urlsafe(32) for _ in users]
    Key.objects.bulk_create(
        [Key(digest=sha256(key.encode()).hexdigest(), tenant_id=f"acct_{key[:9]}") for key in keys]
    )
    tokens = Token.objects.bulk_create(
        [Token(user=user, key=Token.generate_key()) for user in users]
    )
    application = Application.objects.create(
        client_type="confidential", authorization_grant_type="client-credentials"
    )
    soon = timezone.now() + timedelta(days=1)
    oauth = [
        AccessToken.objects.create(
            user=user, application=application, token=secrets.token_urlsafe(32), expires=soon
        )
        for user in users
    ]
    api_keys = [APIKey.objects.create_key(name=user.username)[1] for user in users]
    knox = [AuthToken.objects.create(user)[1] for user in users]
    return {
        "django-ninja, own look-up": ("/ninja/check", [("api-key", key) for key in keys]),
        "djangorestframework-api-key": ("/api-key", _authorization("Api-Key", api_keys)),
        "DRF TokenAuthentication": ("/token", _authorization("Token", [t.key for t in tokens])),
        "django-rest-knox": ("/knox", _authorization("Token", knox)),
        "django-oauth-toolkit": ("/oauth", _authorization("Bearer", [t.token for t in oauth])),
    }


def _authorization(scheme, values):
    return [("Authorization", f"{scheme} {value}") for value in values]


if __name__ == "__main__":
    django.setup()
    call_command("migrate", run_syncdb=True, verbosity=0)
    sys.stdout.write(json.dumps(_make(int(sys.argv[1]))))
