"""Wiring only: each app owns its routes."""

from importlib.util import find_spec

from django.urls import include, path
from django.views.i18n import JavaScriptCatalog
from drf_spectacular.views import SpectacularAPIView
from rest_framework.permissions import IsAuthenticated

# The workbench first: its API is asked most, and routes are tried in this order. No two apps share a route.
APPS = ["workbench", "operations", "staff", "audit", "duties", "cases", "compliance", "assignment", "calls", "letters", "penalties", "figures"]

urlpatterns = [path("", include(f"{app}.urls")) for app in APPS if find_spec(f"{app}.urls")]
urlpatterns += [
    path("jsi18n/", JavaScriptCatalog.as_view(), name="javascript-catalog"),
    path("api/v1/schema/", SpectacularAPIView.as_view(permission_classes=[IsAuthenticated]), name="api-schema"),
]

handler400 = "workbench.errors.bad_request"
handler403 = "workbench.errors.forbidden"
handler404 = "workbench.errors.not_found"
handler500 = "workbench.errors.server_error"
