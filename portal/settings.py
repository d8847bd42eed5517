"""Every knob, read top to bottom. All come from the environment; docs/operations.md lists them."""

import os
from importlib.util import find_spec
from pathlib import Path

from django.core.exceptions import ImproperlyConfigured
from django.utils.csp import CSP
from environs import Env

from apikeys.credentials import valid_prefix
from portal.database import REPOSITORY, databases, var_directory
from portal.logs import logging_config
from portal.mailers import mailers, sender
from portal.secret_files import load_secrets

env = Env()
BASE_DIR = REPOSITORY
VAR = var_directory(os.environ)

# --- The installation -------------------------------------------------------------------------

ENVIRONMENT_NAME = env.str("ENVIRONMENT_NAME", "Sandbox")  # in the banner, titles, mails, reveal
ENVIRONMENT_KIND = env.str("ENVIRONMENT_KIND", "sandbox")  # "sandbox" or "production": the colour
PRODUCT_NAME = env.str("PRODUCT_NAME", "API key portal")
SUPPORT_CONTACT = env.str("SUPPORT_CONTACT", "")  # an email, for accounts without a manager
PORTAL_URL = env.str("PORTAL_URL", "http://127.0.0.1:8000").rstrip("/")  # links in mails
DEBUG = env.bool("DEBUG", False)
DEMO = env.bool("DEMO", False)  # demo people and keys may be made in this database

# --- The server -------------------------------------------------------------------------------

THREADS = env.int("THREADS", 8)  # of a worker, 2 or more; each has a connection to the database
CONNECTIONS = env.int("CONNECTIONS", 1000)  # of clients that one worker holds; 1 or more
CONNECTIONS_PER_ADDRESS = env.int("CONNECTIONS_PER_ADDRESS", 100)  # unless TRUSTED_PROXY_COUNT
if THREADS < 2 or min(CONNECTIONS, CONNECTIONS_PER_ADDRESS) < 1:  # noqa: PLR2004
    raise ImproperlyConfigured("THREADS takes 2 or more, the numbers of CONNECTIONS 1 or more.")

# --- Secrets ----------------------------------------------------------------------------------

_secrets = load_secrets(os.environ)
SECRET_KEY = _secrets.secret_key  # SECRET_KEY, or var/secrets.json beside `make run`
API_KEY_PEPPERS = _secrets.peppers  # API_KEY_PEPPERS
API_KEY_PEPPER = env.int("API_KEY_PEPPER", None)  # the number that makes new verifiers; the highest
if API_KEY_PEPPER is not None and API_KEY_PEPPER not in API_KEY_PEPPERS:
    raise ImproperlyConfigured("API_KEY_PEPPER is not a number of API_KEY_PEPPERS.")
API_KEY_PREFIX = env.str("API_KEY_PREFIX", "dev")  # start of client IDs; one per environment
if not valid_prefix(API_KEY_PREFIX):
    raise ImproperlyConfigured("API_KEY_PREFIX takes 1 to 32 letters and digits.")

KEY_LIMIT_CEILING = env.int("KEY_LIMIT_CEILING", 10)  # active keys a manager may allow; 1–1000

# --- Limits of the REST APIs ------------------------------------------------------------------

API_RATE_LIMIT = env.int("API_RATE_LIMIT", 600)  # requests of one key in a window; 1 or more
API_CHANGE_RATE_LIMIT = env.int("API_CHANGE_RATE_LIMIT", 60)  # those that change something
API_RATE_WINDOW = env.int("API_RATE_WINDOW", 60)  # seconds, 1 to 3600
if min(API_RATE_LIMIT, API_CHANGE_RATE_LIMIT) < 1 or not 1 <= API_RATE_WINDOW <= 60 * 60:
    raise ImproperlyConfigured(
        "API_RATE_LIMIT and API_CHANGE_RATE_LIMIT take 1 or more, API_RATE_WINDOW 1 to 3600."
    )

# --- The gateway's checks ---------------------------------------------------------------------

GATEWAY_FAMILY = env.str("GATEWAY_FAMILY", "nginx")  # nginx, traefik, envoy or caddy: who asks
GATEWAY_TRUSTED_ADDRESSES: list[str] = env.list(  # addresses and networks that checks come from
    "GATEWAY_TRUSTED_ADDRESSES", ["127.0.0.1", "::1"]
)
# Paths that only admin keys reach, with what lies below them or continues their names, such as
# /users.json; "*" is any run of characters in a segment. Production must set it, even to nothing.
GATEWAY_USER_DATA_PATHS: list[str] | None = env.list("GATEWAY_USER_DATA_PATHS", None)
# Paths, in the same form, where a connection may change its protocol (Upgrade), as WebSockets do.
GATEWAY_UPGRADE_PATHS: list[str] = env.list("GATEWAY_UPGRADE_PATHS", [])
GATEWAY_PUBLIC_ORIGIN = env.str(  # where clients call the API: what signed requests speak of
    "GATEWAY_PUBLIC_ORIGIN", PORTAL_URL
).rstrip("/")
GATEWAY_FAILURES = env.int("GATEWAY_FAILURES", 60)  # bad credentials of an address in a minute

# --- Words ------------------------------------------------------------------------------------

GL_LABEL = env.str("GL_LABEL", "GL")  # how the role GL is called on pages

# --- Web --------------------------------------------------------------------------------------

ALLOWED_HOSTS = env.list("ALLOWED_HOSTS", ["127.0.0.1", "localhost", "[::1]"])
CSRF_TRUSTED_ORIGINS: list[str] = env.list("CSRF_TRUSTED_ORIGINS", [])
SECURE = env.bool("SECURE_COOKIES", PORTAL_URL.startswith("https://"))  # https in front of us
TRUSTED_PROXY_COUNT = env.int("TRUSTED_PROXY_COUNT", 0)  # proxies that append X-Forwarded-For
ALLAUTH_TRUSTED_PROXY_COUNT = TRUSTED_PROXY_COUNT
if TRUSTED_PROXY_COUNT:
    SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")
elif PORTAL_URL.startswith("https://") or SECURE:
    # Every page would redirect to itself, and all clients would come from the proxy's address: ten
    # wrong sign-ins of a stranger would delay everybody's.
    raise ImproperlyConfigured(
        "PORTAL_URL is https, so a proxy stands in front of the portal: set TRUSTED_PROXY_COUNT to "
        "the number of proxies that add X-Forwarded-For and set X-Forwarded-Proto (usually 1)."
    )

SECURE_SSL_REDIRECT = SECURE
# Programs are refused instead (apikeys.rest.auth): a redirect would hide that their secret has
# travelled in clear, and some clients repeat a POST as a GET.
SECURE_REDIRECT_EXEMPT = [
    r"^(v1|api_keys|oauth|auth)(/|$)",
    r"^\.well-known/oauth-authorization-server$",
]
SECURE_HSTS_SECONDS = env.int("HSTS_SECONDS", 63_072_000 if SECURE else 0)  # two years
SECURE_HSTS_INCLUDE_SUBDOMAINS = SECURE
SECURE_HSTS_PRELOAD = SECURE
SECURE_REFERRER_POLICY = "same-origin"
SECURE_CROSS_ORIGIN_OPENER_POLICY = "same-origin"
X_FRAME_OPTIONS = "DENY"
SECURE_CSP = {
    "default-src": [CSP.NONE],
    "script-src": [CSP.SELF],
    "style-src": [CSP.SELF],
    "img-src": [CSP.SELF],
    "font-src": [CSP.SELF],
    "connect-src": [CSP.SELF],
    "form-action": [CSP.SELF],
    "frame-ancestors": [CSP.NONE],
    "base-uri": [CSP.NONE],
}

# Prefixed names need https; loopback http keeps the plain ones, which every client accepts.
_prefix = "__Host-" if SECURE else ""
SESSION_COOKIE_NAME = f"{_prefix}session"
SESSION_COOKIE_SECURE = SECURE
SESSION_COOKIE_HTTPONLY = True
SESSION_COOKIE_SAMESITE = "Lax"
SESSION_ENGINE = "accounts.sessions"
SESSION_IDLE = env.int("SESSION_IDLE", 60 * 60)  # seconds without a request that end a sign-in
SESSION_COOKIE_AGE = env.int("SESSION_AGE", 24 * 60 * 60)  # seconds that a sign-in lasts at most
SESSION_EXPIRE_AT_BROWSER_CLOSE = True
DEVICE_COOKIE_NAME = f"{_prefix}device"  # accounts.known_devices
CSRF_COOKIE_NAME = f"{_prefix}csrf"
CSRF_COOKIE_SECURE = SECURE
CSRF_COOKIE_HTTPONLY = True
CSRF_COOKIE_SAMESITE = "Lax"
CSRF_FAILURE_VIEW = "portal.errors.csrf_failure"

DATA_UPLOAD_MAX_MEMORY_SIZE = 128 * 1024  # bytes of a form or API body
DATA_UPLOAD_MAX_NUMBER_FIELDS = 100
DATA_UPLOAD_MAX_NUMBER_FILES = 0

# --- Applications -----------------------------------------------------------------------------

INSTALLED_APPS = [
    "portal",
    "apikeys",
    "accounts",
    "django.contrib.admin",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.messages",
    "django.contrib.postgres",
    "django.contrib.staticfiles",
    "allauth",
    "allauth.account",
    "django_htmx",
    "django_structlog",
    # A tool of development that checks the order of migrations; not in requirements.txt.
    *(["django_linear_migrations"] if find_spec("django_linear_migrations") else []),
]

MIDDLEWARE = [
    "portal.middleware.request_context",
    "portal.middleware.health",  # whatever the Host and scheme: load balancers ask by address
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "django.middleware.csp.ContentSecurityPolicyMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "portal.middleware.programs",  # the REST APIs go no further
    "portal.middleware.without_nul",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.auth.middleware.LoginRequiredMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
    "portal.middleware.htmx_redirects",
    "portal.middleware.personal_pages",
    "allauth.account.middleware.AccountMiddleware",
    "portal.middleware.RequestLines",
    "portal.middleware.TooManyRequests",
]

ROOT_URLCONF = "portal.urls"
WSGI_APPLICATION = "portal.wsgi.application"
APPEND_SLASH = True

TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "portal.context_processors.installation",
            ],
            "builtins": ["accounts.templatetags.markup", "apikeys.templatetags.states"],
        },
    }
]

# --- Database ---------------------------------------------------------------------------------

DATABASES = {"default": databases(os.environ)}  # DATABASE_URL, DATABASE_OWNER_URL, VAR
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

# --- Signing in -------------------------------------------------------------------------------

AUTH_USER_MODEL = "accounts.User"
AUTHENTICATION_BACKENDS = [
    "accounts.access.MembershipBackend",
    "allauth.account.auth_backends.AuthenticationBackend",
]
PASSWORD_HASHERS = ["accounts.password_hasher.CalmArgon2"]
AUTH_PASSWORD_VALIDATORS = [
    {
        "NAME": "django.contrib.auth.password_validation.MinimumLengthValidator",
        "OPTIONS": {"min_length": 15},  # NIST SP 800-63B-4, 3.1.1.2: without a second factor
    },
    {"NAME": "accounts.guessable_passwords.HardToGuess"},
]
LOGIN_URL = "account_login"
LOGIN_REDIRECT_URL = "home"
ACCOUNT_LOGOUT_REDIRECT_URL = "account_login"
ACCOUNT_ADAPTER = "accounts.adapter.AccountAdapter"
ACCOUNT_USER_MODEL_USERNAME_FIELD = None
ACCOUNT_LOGIN_METHODS = {"email"}
ACCOUNT_SIGNUP_FIELDS = ["email*", "password1*"]
ACCOUNT_EMAIL_VERIFICATION = "mandatory"
ACCOUNT_EMAIL_SUBJECT_PREFIX = f"[{PRODUCT_NAME}, {ENVIRONMENT_NAME}] "
ACCOUNT_EMAIL_UNKNOWN_ACCOUNTS = False  # a reset mail to a stranger would be spam of ours
PASSWORD_RESET_TIMEOUT = 60 * 60  # seconds
ACCOUNT_EMAIL_CONFIRMATION_EXPIRE_DAYS = 1 / 24
ACCOUNT_RATE_LIMITS = False  # accounts.sign_in_limits and accounts.mail_caps count in the database
ACCOUNT_FORMS = {"change_password": "accounts.pages.forms.NewPasswordForm"}
ACCOUNT_LOGOUT_ON_GET = False
ACCOUNT_LOGOUT_ON_PASSWORD_CHANGE = True
ACCOUNT_LOGIN_ON_PASSWORD_RESET = False
ACCOUNT_SESSION_REMEMBER = False
ACCOUNT_PREVENT_ENUMERATION = True
ACCOUNT_DEFAULT_HTTP_PROTOCOL = "https" if SECURE else "http"

# --- Mail -------------------------------------------------------------------------------------

DEFAULT_FROM_EMAIL = sender(env)
MAILERS = mailers(
    env, VAR
)  # EMAIL_HOST, without which mails are files; EMAIL_PORT, EMAIL_USE_SSL …

# --- Languages, times, files, logs ------------------------------------------------------------

LANGUAGE_CODE = "en-gb"
USE_I18N = False
USE_TZ = True
TIME_ZONE = "UTC"

STATIC_URL = "/static/"
STATIC_ROOT = Path(env.str("STATIC_ROOT", str(VAR / "static")))
STATICFILES_DIRS = [BASE_DIR / "static"]
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {"BACKEND": "whitenoise.storage.CompressedManifestStaticFilesStorage"},
}
WHITENOISE_KEEP_ONLY_HASHED_FILES = True

DJANGO_STRUCTLOG_IP_LOGGING_ENABLED = False  # portal.middleware binds the one that we trust
DJANGO_STRUCTLOG_STATUS_START_LOG_LEVEL = 10  # DEBUG: the line at the end says everything
DJANGO_STRUCTLOG_TRUST_UPSTREAM_REQUEST_ID = True  # portal.middleware has put ours there
LOGGING = logging_config(env.str("LOG_LEVEL", "INFO"), as_json=not DEBUG)

SILENCED_SYSTEM_CHECKS: list[str] = []
