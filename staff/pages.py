"""What every page of a signed-in person shares: permission, and one way to answer a refusal."""

from typing import Any
from urllib.parse import urlsplit

from django.contrib import messages
from django.contrib.auth.mixins import LoginRequiredMixin, PermissionRequiredMixin
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import Resolver404, resolve
from django.utils.http import url_has_allowed_host_and_scheme
from django.views import View
from django.views.generic import FormView

from collection.lib.errors import Refused
from staff.models import User


class DeskPermission(LoginRequiredMixin, PermissionRequiredMixin):
    """Signed in, and holding `permission_required` (one, a tuple of all, or () for everybody who is signed in).

    `any_permission` names permissions of which one is enough.
    """

    permission_required: Any = ()
    any_permission: tuple[str, ...] = ()
    raise_exception = True

    def has_permission(self) -> bool:
        if self.any_permission and not any(self.request.user.has_perm(name) for name in self.any_permission):
            return False
        return super().has_permission()

    def get_permission_required(self):
        return (self.permission_required,) if isinstance(self.permission_required, str) else self.permission_required

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        if not request.user.is_authenticated:
            self.raise_exception = False  # to the sign-in page, not to "forbidden"
        return super().dispatch(request, *args, **kwargs)


def may_open(path: str, user: User) -> bool:
    """Whether this person's roles open that page of ours; False where there is none (any more). Which of its rows they see is the page's own matter."""
    request = HttpRequest()
    request.method, request.path, request.user = "GET", path, user
    try:
        match = resolve(urlsplit(path).path)
    except Resolver404:
        return False
    page = match.func.view_class(**match.func.view_initkwargs)
    page.setup(request, *match.args, **match.kwargs)
    return page.has_permission()


class ActionView(DeskPermission, View):
    """A POST that calls one service, says what it did, and goes on to the next page.

    `act` returns (message, url); a `Refused` from the service becomes an error message on the page the person came from.
    """

    http_method_names = ["post"]

    def post(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        try:
            message, url = self.act(request, *args, **kwargs)
        except Refused as refusal:
            messages.error(request, _with_rule(refusal))
            return HttpResponseRedirect(came_from(request, self.fallback_url(*args, **kwargs)))
        if message:
            messages.success(request, message)
        return HttpResponseRedirect(url)

    def act(self, request: HttpRequest, *args: Any, **kwargs: Any) -> tuple[str, str]:
        raise NotImplementedError

    def fallback_url(self, *args: Any, **kwargs: Any) -> str:
        return "/"


def _with_rule(refusal: Refused) -> str:
    return f"{refusal} ({refusal.rule})" if refusal.rule else str(refusal)


def came_from(request: HttpRequest, fallback: str) -> str:
    """The page of ours that the person was on; never another site's."""
    referer = request.headers.get("referer", "")
    if url_has_allowed_host_and_scheme(referer, allowed_hosts={request.get_host()}):
        return referer
    return fallback


class FormPage(DeskPermission, FormView):
    """A form whose saving calls one service; a refusal stands above the form, and what was typed is still in it.

    `save` calls the service and returns (message, url).
    """

    template_name = "staff/form_page.html"
    title: Any = ""
    subtitle: Any = ""
    submit_label: Any = ""
    cancel_url = ""

    def save(self, form: Any) -> tuple[str, str]:
        raise NotImplementedError

    def seen_now(self) -> str:
        """What the form shows, for pages whose service refuses to overwrite what somebody else changed meanwhile; "" for others."""
        return ""

    @property
    def seen(self) -> str | None:
        """What the person looked at when the form was opened: after a refusal still that, or a second click would overwrite after all."""
        return self.request.POST.get("seen") if self.request.method == "POST" else self.seen_now()

    def form_valid(self, form: Any) -> HttpResponse:
        try:
            message, url = self.save(form)
        except Refused as refusal:
            form.add_error(None, _with_rule(refusal))
            return self.form_invalid(form)
        messages.success(self.request, message)
        return HttpResponseRedirect(url)

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        return super().get_context_data(page=self, **kwargs)
