"""Letterheads and seals, and the papers behind letters: lists, uploads, and their files."""

from typing import Any

from django.db.models import QuerySet
from django.http import FileResponse, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.generic import View

from letters import services
from letters.forms.templates import ImageForm, PaperForm
from letters.models import AuthorityPaper, LetterImage
from letters.views.silence import SilentWithThirdParty
from staff.listing import Column, DeskList
from staff.pages import ActionView, DeskPermission, FormPage

MANAGE = "letters.manage_letter_templates"
APPROVE = "letters.approve_lawyer_template"


class ImageList(SilentWithThirdParty, DeskList):
    list_name = "letters:image-list"
    permission_required = MANAGE
    title = gettext_lazy("Letterheads and seals")
    subtitle = gettext_lazy("Templates that ask for them print the sender's own; a new one takes the place of the one before.")
    default_sort = "-uploaded_at"
    empty_title = gettext_lazy("No letterhead and no seal yet")
    empty_text = gettext_lazy("Without them letters have a letterhead in words, and a place to stamp by hand.")
    empty_icon = "image"
    new_action = (gettext_lazy("Upload an image"), "letters:image-new", MANAGE)
    columns = [
        Column("image", gettext_lazy("Image"), kind="template", template="letters/_image_cell.html", exported=False),
        Column("kind", gettext_lazy("Kind"), value="get_kind_display", sort="kind"),
        Column("owner", gettext_lazy("Sender"), value=lambda row: str(row.law_firm or row.client or _("Our own"))),
        Column("size", gettext_lazy("Pixels"), value=lambda row: f"{row.width} × {row.height}"),
        Column("state", gettext_lazy("State"), kind="state", value=lambda row: ("good", _("In use")) if row.is_active else ("cancelled", _("Retired"))),
        Column("uploaded_by", gettext_lazy("Uploaded by"), kind="person"),
        Column("uploaded_at", gettext_lazy("Uploaded"), kind="datetime", sort="uploaded_at"),
    ]

    def rows(self) -> QuerySet[LetterImage]:
        return LetterImage.objects.select_related("client", "law_firm", "uploaded_by")


class ImageNew(FormPage):
    permission_required = MANAGE
    form_class = ImageForm
    title = gettext_lazy("Upload a letterhead or seal")
    submit_label = gettext_lazy("Upload")

    @property
    def cancel_url(self) -> str:
        return reverse("letters:image-list")

    def save(self, form: ImageForm) -> tuple[str, str]:
        data = form.cleaned_data
        owner = {"client": data["client"], "law_firm": data["law_firm"]}
        image = services.upload_image(kind=data["kind"], **owner, content=data["image"].read(), by=self.request.user, now=timezone.now())
        return _("In use from now on: %(image)s.") % {"image": image}, self.cancel_url


class ImageFile(SilentWithThirdParty, DeskPermission, View):
    permission_required = MANAGE

    def get(self, request: HttpRequest, pk: int) -> HttpResponse:
        image = get_object_or_404(LetterImage, pk=pk)
        return FileResponse(image.file.open("rb"), content_type="image/png", headers={"Cache-Control": "private, max-age=3600"})


class RetireImage(ActionView):
    permission_required = MANAGE

    def fallback_url(self, pk: int) -> str:
        return reverse("letters:image-list")

    def act(self, request: HttpRequest, pk: int) -> tuple[str, str]:
        image = get_object_or_404(LetterImage, pk=pk)
        services.retire_image(image_id=image.pk, by=request.user, now=timezone.now())
        return _("Letters printed from now on go without it."), self.fallback_url(pk)


class PaperList(SilentWithThirdParty, DeskList):
    list_name = "letters:paper-list"
    any_permission = (MANAGE, APPROVE)
    title = gettext_lazy("Papers behind letters")
    subtitle = gettext_lazy("Law firms' engagements (CR-27) and the banks' approvals to name a crime (CR-32).")
    default_sort = "-valid_until"
    empty_title = gettext_lazy("No paper on file yet")
    empty_text = gettext_lazy("A lawyer's letter goes out only from a firm whose engagement is on file.")
    empty_icon = "file-earmark-lock"
    new_action = (gettext_lazy("Enter a paper"), "letters:paper-new", MANAGE)
    columns = [
        Column("kind", gettext_lazy("Kind"), value="get_kind_display", sort="kind"),
        Column("number", gettext_lazy("Document number"), sort="number"),
        Column("name", gettext_lazy("Law firm"), sort="name"),
        Column("lawyer", gettext_lazy("Lawyer")),
        Column("client", gettext_lazy("Client"), value=lambda row: str(row.client or _("Every client"))),
        Column("valid_from", gettext_lazy("Valid from"), kind="date", sort="valid_from", hidden=True),
        Column("valid_until", gettext_lazy("Valid until"), kind="date", sort="valid_until"),
        Column("state", gettext_lazy("State"), kind="state", value=lambda row: paper_state(row)),
        Column("file", gettext_lazy("File"), kind="template", template="letters/_paper_cell.html", exported=False),
    ]

    def rows(self) -> QuerySet[AuthorityPaper]:
        return AuthorityPaper.objects.select_related("client")


def paper_state(paper: AuthorityPaper) -> tuple[str, Any]:
    today = timezone.localdate()
    if paper.ended_at:
        return "cancelled", _("Ended")
    if not paper.file:
        return "bad", _("File missing")
    if today > paper.valid_until:
        return "bad", _("Expired")
    return ("good", _("In force")) if paper.holds_on(today) else ("quiet", _("Not yet in force"))


class PaperNew(FormPage):
    permission_required = MANAGE
    form_class = PaperForm
    title = gettext_lazy("Enter a paper")

    @property
    def cancel_url(self) -> str:
        return reverse("letters:paper-list")

    def save(self, form: PaperForm) -> tuple[str, str]:
        data = dict(form.cleaned_data)
        paper = services.enter_paper(content=data.pop("file").read(), by=self.request.user, now=timezone.now(), **data)
        return _("On file: %(paper)s.") % {"paper": paper}, self.cancel_url


class PaperFile(SilentWithThirdParty, DeskPermission, View):
    any_permission = (MANAGE, APPROVE)

    def get(self, request: HttpRequest, pk: int) -> HttpResponse:
        paper = get_object_or_404(AuthorityPaper.objects.exclude(file=""), pk=pk)
        name = paper.file.name.rpartition("/")[2]
        return FileResponse(paper.file.open("rb"), as_attachment=True, filename=name, content_type="application/octet-stream")


class EndPaper(ActionView):
    permission_required = MANAGE

    def fallback_url(self, pk: int) -> str:
        return reverse("letters:paper-list")

    def act(self, request: HttpRequest, pk: int) -> tuple[str, str]:
        paper = get_object_or_404(AuthorityPaper, pk=pk)
        services.end_paper(paper_id=paper.pk, by=request.user, now=timezone.now())
        return _("Ended: no new letter rests on it."), self.fallback_url(pk)
