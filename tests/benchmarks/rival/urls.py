"""Where the viewset is."""

# mypy: ignore-errors
# The packages are not where the portal's are, so their types cannot be looked up.

from django.conf import settings
from django.urls import include, path
from rest_framework.routers import DefaultRouter

from tests.benchmarks.rival.duties import AtomicChanges
from tests.benchmarks.rival.views import KeyViewSet


class DutifulKeyViewSet(AtomicChanges, KeyViewSet):
    """The same, where changes are transactions."""


viewset = DutifulKeyViewSet if settings.RIVAL == "same" else KeyViewSet
router = DefaultRouter(trailing_slash=False)
router.register("keys", viewset, basename="key")

urlpatterns = [path("<str:tenant_id>/", include(router.urls))]
