"""The storey of API access and keys."""

from django.apps import AppConfig


class ApiKeysConfig(AppConfig):
    """Keys, access to them, the REST APIs and the gateway."""

    name = "apikeys"
    default_auto_field = "django.db.models.BigAutoField"
