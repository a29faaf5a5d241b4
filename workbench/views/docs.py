"""The API's documentation, for people who are signed in."""

from csp.constants import SELF, UNSAFE_INLINE
from csp.decorators import csp_update
from django.utils.decorators import method_decorator
from drf_spectacular.views import SpectacularSwaggerSplitView
from rest_framework.permissions import IsAuthenticated

from staff.pages import DeskPermission


# Swagger UI writes style attributes; its script comes from a file of ours, so only styles are let through, only here.
@method_decorator(csp_update({"style-src": [SELF, UNSAFE_INLINE]}), name="dispatch")
class ApiDocs(DeskPermission, SpectacularSwaggerSplitView):
    url_name = "api-schema"
    permission_classes = [IsAuthenticated]
