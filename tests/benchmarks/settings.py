"""The portal's settings, with the stock change lists beside its pages."""

from portal.settings import *  # noqa: F403 - the same portal

ROOT_URLCONF = "tests.benchmarks.stock_admin"
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    # Nothing is collected here.
    "staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"},
}
