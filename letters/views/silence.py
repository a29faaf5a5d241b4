"""What no page of letters shows while its reader talks to a third party (CR-12), and which of them who calls does not open at all (CR-17)."""

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone

from cases.discretion import third_party_is_on, withholds_amounts


class SilentWithThirdParty:
    """Put before the other parents of a page or file that names a bank or a debt: until the call is over it says only that."""

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        user = request.user
        if user.is_authenticated and self.has_permission() and third_party_is_on(user, now=timezone.now()):
            return render(request, "letters/silent.html", status=403)
        return super().dispatch(request, *args, **kwargs)


class ClosedToWhoCalls:
    """Put before the other parents of a page or file that says what is owed, and to whom, in the clear: closed to who is told bands only (CR-17),
    whatever else they are."""

    def has_permission(self) -> bool:
        return super().has_permission() and not withholds_amounts(self.request.user)
