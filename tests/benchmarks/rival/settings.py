"""What `django-admin startproject` writes, with the packages' own defaults and JSON alone."""

# mypy: ignore-errors
# The packages are not where the portal's are, so their types cannot be looked up.

import json
import os

SECRET_KEY = "no secret: this serves a benchmark on the loopback interface"
ALLOWED_HOSTS = ["127.0.0.1"]
RIVAL = os.environ["RIVAL"]
"""`shipped`, `same` or `bare`: what the packages give, what the portal does, one view alone."""

INSTALLED_APPS = [
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "rest_framework",
    "rest_framework_api_key",
    "tests.benchmarks.rival",
]
STARTPROJECT = [
    "django.middleware.security.SecurityMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
]
MIDDLEWARE = {
    "bare": [],
    "shipped": STARTPROJECT,
    "same": ["tests.benchmarks.rival.duties.log_request", *STARTPROJECT],
}[RIVAL]
ROOT_URLCONF = f"tests.benchmarks.rival.{'bare' if RIVAL == 'bare' else 'urls'}"
WSGI_APPLICATION = "tests.benchmarks.rival.wsgi.application"
USE_TZ = True
USE_I18N = False
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
DATABASES = {
    "default": {
        "ENGINE": "django.db.backends.postgresql",
        **json.loads(os.environ["RIVAL_DATABASE"]),
        "CONN_MAX_AGE": None,  # as the portal's
        "CONN_HEALTH_CHECKS": True,
    }
}
REST_FRAMEWORK = {
    "DEFAULT_AUTHENTICATION_CLASSES": [],
    "DEFAULT_PERMISSION_CLASSES": [
        "tests.benchmarks.rival.duties.HasTenantKey"
        if RIVAL == "same"
        else "rest_framework_api_key.permissions.HasAPIKey"
    ],
    "DEFAULT_THROTTLE_CLASSES": ["tests.benchmarks.rival.duties.SharedThrottle"]
    * (RIVAL == "same"),
    "DEFAULT_RENDERER_CLASSES": ["rest_framework.renderers.JSONRenderer"],
    "DEFAULT_PARSER_CLASSES": ["rest_framework.parsers.JSONParser"],
}
LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "handlers": {"stderr": {"class": "logging.StreamHandler"}},
    "root": {"handlers": ["stderr"], "level": "INFO"},
}
