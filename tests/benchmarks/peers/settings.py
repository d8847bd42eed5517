"""What the packages need and nothing else: no middleware, and connections that stay."""

# mypy: ignore-errors
# The packages are not where the portal's are, so their types cannot be looked up.

import json
import os

SECRET_KEY = "no secret: this serves a benchmark on the loopback interface"
ALLOWED_HOSTS = ["127.0.0.1"]
INSTALLED_APPS = [
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "rest_framework",
    "rest_framework.authtoken",
    "rest_framework_api_key",
    "knox",
    "oauth2_provider",
    "tests.benchmarks.peers",
]
MIDDLEWARE = []
ROOT_URLCONF = "tests.benchmarks.peers.views"
USE_TZ = True
USE_I18N = False
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
DATABASES = {
    "default": {
        "ENGINE": "django.db.backends.postgresql",
        **json.loads(os.environ["PEERS_DATABASE"]),
        "CONN_MAX_AGE": None,
    }
}
REST_FRAMEWORK = {
    "DEFAULT_AUTHENTICATION_CLASSES": [],
    "DEFAULT_PERMISSION_CLASSES": [],
    "DEFAULT_RENDERER_CLASSES": ["rest_framework.renderers.JSONRenderer"],
}
