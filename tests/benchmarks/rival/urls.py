"""Where the viewset is."""

# mypy: ignore-errors
# The packages are not where the portal's are, so their types cannot be looked up.

from django.urls import include, path
from rest_framework.routers import DefaultRouter

from tests.benchmarks.rival.views import KeyViewSet

router = DefaultRouter(trailing_slash=False)
router.register("keys", KeyViewSet, basename="key")

urlpatterns = [path("<str:tenant_id>/", include(router.urls))]
