"""Sign-in, password, inbox and what a person sets for themselves."""

from typing import Any

from axes.helpers import get_cool_off
from django.conf import settings
from django.contrib import messages
from django.contrib.auth.views import LoginView, LogoutView, PasswordChangeView
from django.db import transaction
from django.http import FileResponse, Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import check_for_language, gettext_lazy
from django.utils.translation import gettext as _
from django.views import View
from django.views.decorators.cache import never_cache
from django.views.i18n import set_language

from collection.lib.errors import Refused
from collection.lib.numbers import ids_in
from staff.exports import XLSX
from staff.forms import SavedFilterForm, SignInForm, ThemeForm
from staff.listing import LISTS, Column, DeskList
from staff.models import ListExport, Notice
from staff.pages import ActionView, DeskPermission, came_from
from staff.selectors import inbox_of
from staff.services import choose_columns, choose_language, choose_theme, delete_filter, note_password_changed, read_notices, save_filter


class SignIn(LoginView):
    template_name = "staff/sign_in.html"
    form_class = SignInForm
    redirect_authenticated_user = True


class SignOut(LogoutView):
    pass


@never_cache
def locked_out(request: HttpRequest, original_response: HttpResponse | None = None, credentials: dict | None = None) -> HttpResponse:
    """Too many wrong passwords for this name from this address (S28): for how long, and whom to ask."""
    minutes = round(get_cool_off(request).total_seconds() / 60)
    return render(request, "staff/locked_out.html", {"minutes": minutes, "failures": settings.AXES_FAILURE_LIMIT}, status=429)


class ChangePassword(DeskPermission, PasswordChangeView):
    template_name = "staff/password_change.html"

    def get_success_url(self) -> str:
        return reverse("workbench:home")

    def form_valid(self, form: Any) -> HttpResponse:
        with transaction.atomic():
            response = super().form_valid(form)
            note_password_changed(person=self.request.user, by=self.request.user, now=timezone.now())
        messages.success(self.request, _("Your password is changed. Other browsers are signed out."))
        return response


class Inbox(DeskList):
    list_name = "staff:inbox"
    title = gettext_lazy("Inbox")
    default_sort = "-id"
    template_name = "staff/inbox_list.html"
    empty_title = gettext_lazy("Nothing in your inbox")
    empty_text = gettext_lazy("What others need from you, and what became of your work, is told here.")
    exportable = False
    columns = [
        Column("text", gettext_lazy("Notice"), kind="template", template="staff/_notice.html"),
        Column("created_at", gettext_lazy("When"), kind="datetime", sort="id"),
    ]

    def rows(self):
        return inbox_of(self.request.user)

    def row_url(self, row: Notice) -> str:
        return reverse("staff:notice", args=[row.pk])


class ReadInbox(ActionView):
    """All own notices, or the chosen ones, count as read."""

    def act(self, request: HttpRequest) -> tuple[str, str]:
        chosen = ids_in(request.POST.getlist("ids"))
        count = read_notices(by=request.user, now=timezone.now(), notice_ids=chosen if "ids" in request.POST else None)
        return _("%(count)s notices marked as read.") % {"count": count}, reverse("staff:inbox")


class OpenNotice(DeskPermission, View):
    """The notice is read, and its page opens. A safe step to repeat, so a link may do it."""

    def get(self, request: HttpRequest, pk: int) -> HttpResponse:
        notice = get_object_or_404(inbox_of(request.user), pk=pk)
        read_notices(by=request.user, now=timezone.now(), notice_ids=[notice.pk])
        inside = url_has_allowed_host_and_scheme(notice.path, allowed_hosts=None)
        return redirect(notice.path if notice.path and inside else reverse("staff:inbox"))


class Export(DeskPermission, View):
    """A long export's file, for its maker only."""

    def get(self, request: HttpRequest, pk: int) -> HttpResponse:
        export = get_object_or_404(ListExport.objects.exclude(file=""), pk=pk, person=request.user)
        return FileResponse(export.file.open("rb"), as_attachment=True, filename=f"{export.title}-E{export.pk}.xlsx", content_type=XLSX)


class ChooseLanguage(View):
    """The language of this browser, and of the person when signed in."""

    http_method_names = ["post"]

    def post(self, request: HttpRequest) -> HttpResponse:
        language = request.POST.get("language", "")
        if request.user.is_authenticated and language in dict(settings.LANGUAGES) and check_for_language(language):
            choose_language(by=request.user, language=language)
        return set_language(request)


class Preferences(DeskPermission, View):
    """The person's own theme, columns and saved filters; one of them a request. Unknown lists, columns and themes are refused."""

    http_method_names = ["post"]

    def post(self, request: HttpRequest) -> HttpResponse:
        answer = self.set_theme(request) if "theme" in request.POST else self.set_list(request, request.POST.get("list", ""))
        return answer or HttpResponseRedirect(self.next_url(request))

    def set_theme(self, request: HttpRequest) -> HttpResponse | None:
        form = ThemeForm(request.POST)
        if not form.is_valid():
            return HttpResponse(status=400)
        choose_theme(by=request.user, theme=form.cleaned_data["theme"])
        return None

    def set_list(self, request: HttpRequest, name: str) -> HttpResponse | None:
        if name not in LISTS:
            raise Http404
        if "delete" in request.POST:
            delete_filter(by=request.user, list_name=name, name=request.POST["delete"])
        elif "save_as" in request.POST:
            return self.save(request, name)
        else:
            known = [column.key for column in LISTS[name].columns]
            chosen = [] if request.POST.get("reset") else [key for key in known if key in request.POST.getlist("columns")]
            choose_columns(by=request.user, list_name=name, columns=chosen)
        return None

    def save(self, request: HttpRequest, name: str) -> HttpResponse | None:
        form = SavedFilterForm(request.POST)
        if not form.is_valid():
            messages.error(request, _("Give the filter a name of at most 40 characters."))
            return None
        try:
            save_filter(by=request.user, list_name=name, name=form.cleaned_data["save_as"], query=form.cleaned_data["query"])
        except Refused as refusal:
            messages.error(request, str(refusal))
            return None
        messages.success(request, _("The filter is saved as “%(name)s”.") % {"name": form.cleaned_data["save_as"]})
        return None

    def next_url(self, request: HttpRequest) -> str:
        asked = request.POST.get("next", "")
        inside = url_has_allowed_host_and_scheme(asked, allowed_hosts={request.get_host()}, require_https=request.is_secure())
        return asked if asked and inside else came_from(request, "/")
