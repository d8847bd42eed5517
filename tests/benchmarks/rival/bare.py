"""A Django view that answers JSON and does nothing else."""

from django.http import HttpRequest, JsonResponse
from django.urls import path
from django.views.decorators.csrf import csrf_exempt


@csrf_exempt
def answer(request: HttpRequest) -> JsonResponse:
    """About as many fields as a key has."""
    return JsonResponse({f"field_{number}": f"value {number}" for number in range(18)})


urlpatterns = [path("", answer)]
