"""The morning digest: one's own choice, the robots, and what became of each."""

from typing import Any

from django.db.models import QuerySet
from django.http import HttpRequest
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.utils import timezone
from django.utils.functional import cached_property
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from figures.choices import SendState
from figures.forms import RobotForm, WishForm
from figures.models import DigestRobot, DigestSend
from figures.services.digest import choose_mail, digest_text, save_robot, seen_robot, send_again, wants_mail
from staff.listing import Column, DeskList
from staff.pages import ActionView, FormPage

MANAGE = "figures.manage_digest"


class MyDigest(FormPage):
    """Whether one gets it, and what it says this moment."""

    permission_required = "figures.view_activity"
    template_name = "figures/digest_mine.html"
    form_class = WishForm
    title = gettext_lazy("Morning digest")
    subtitle = gettext_lazy("A few figures by e-mail on working days, with links. It says nothing about any debtor.")

    @property
    def cancel_url(self) -> str:
        return reverse("workbench:home")

    def get_initial(self) -> dict[str, Any]:
        return {"by_mail": wants_mail().filter(pk=self.request.user.pk).exists()}

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        _title, text = digest_text(self.request.user, now=timezone.now(), as_markdown=False)
        return super().get_context_data(text=text, **kwargs)

    def save(self, form: WishForm) -> tuple[str, str]:
        by_mail = form.cleaned_data["by_mail"]
        choose_mail(by=self.request.user, by_mail=by_mail, now=timezone.now())
        if by_mail and not self.request.user.email:
            return _("Noted; but no e-mail address of yours is entered yet. Ask the administrator."), reverse("figures:digest-mine")
        return _("You get the digest by e-mail.") if by_mail else _("You get no digest by e-mail."), reverse("figures:digest-mine")


class DigestList(DeskList):
    """What became of each digest; a failed or unsure one can be sent again."""

    list_name = "figures:digest-list"
    permission_required = MANAGE
    template_name = "figures/digest_list.html"
    title = gettext_lazy("Digests sent")
    subtitle = gettext_lazy("One row for each receiver and day. What failed is tried five times; what broke off while being sent is not repeated by itself.")
    empty_title = gettext_lazy("No digest yet")
    empty_text = gettext_lazy("Digests go out on working days at the time set in the settings.")
    empty_icon = "sunrise"
    columns = [
        Column("day", gettext_lazy("Day"), kind="date", sort="day"),
        Column("person", gettext_lazy("Person"), kind="person", sort="person__name"),
        Column("way", gettext_lazy("Way"), value=lambda send: str(send.robot) if send.robot else _("E-mail")),
        Column("state", gettext_lazy("State"), value=lambda send: (TONES[send.state], send.get_state_display()), kind="state", sort="state"),
        Column("attempts", gettext_lazy("Attempts"), kind="number", sort="attempts"),
        Column("next_at", gettext_lazy("Next attempt"), value=lambda send: send.next_at if send.state == SendState.WAITING else None, kind="datetime"),
        Column("sent_at", gettext_lazy("Sent"), kind="datetime", sort="sent_at"),
        Column("failure", gettext_lazy("Why it failed")),
        Column("again", gettext_lazy("Actions"), value="pk", kind="template", template="figures/_again.html", exported=False),
    ]

    def rows(self) -> QuerySet[DigestSend]:
        return DigestSend.objects.select_related("person", "robot")


TONES = {SendState.WAITING: "waiting", SendState.SENDING: "open", SendState.SENT: "done", SendState.FAILED: "failed", SendState.UNSURE: "warning"}


class SendAgain(ActionView):
    permission_required = MANAGE

    def act(self, request: HttpRequest, pk: int) -> tuple[str, str]:
        send_again(send_id=get_object_or_404(DigestSend, pk=pk).pk, by=request.user, now=timezone.now())
        return _("It will be sent again within a minute."), self.fallback_url(pk)

    def fallback_url(self, pk: int) -> str:
        return reverse("figures:digest-list")


class RobotList(DeskList):
    list_name = "figures:robot-list"
    permission_required = MANAGE
    title = gettext_lazy("Digest robots")
    subtitle = gettext_lazy("Group robots of WeCom and DingTalk that post the morning's figures.")
    empty_title = gettext_lazy("No robot yet")
    empty_text = gettext_lazy("Make a robot in a WeCom or DingTalk group, and enter its address here.")
    empty_icon = "robot"
    default_sort = "name"
    new_action = (gettext_lazy("New robot"), "figures:robot-new", MANAGE)
    columns = [
        Column("name", gettext_lazy("Name"), sort="name", link=True),
        Column("kind", gettext_lazy("Kind"), value="get_kind_display", sort="kind"),
        Column("person", gettext_lazy("Whose figures"), kind="person", sort="person__name"),
        Column("state", gettext_lazy("State"), value=lambda robot: ("good", _("Active")) if robot.is_active else ("quiet", _("Not in use")), kind="state"),
    ]

    def rows(self) -> QuerySet[DigestRobot]:
        return DigestRobot.objects.select_related("person").defer("url", "secret")

    def row_url(self, row: DigestRobot) -> str:
        return reverse("figures:robot", args=[row.pk])


class RobotNew(FormPage):
    permission_required = MANAGE
    form_class = RobotForm
    title: Any = gettext_lazy("New robot")
    robot: DigestRobot | None = None

    @property
    def cancel_url(self) -> str:
        return reverse("figures:robot-list")

    def get_form_kwargs(self) -> dict[str, Any]:
        return super().get_form_kwargs() | {"is_new": self.robot is None}

    def save(self, form: RobotForm) -> tuple[str, str]:
        robot_id = self.robot.pk if self.robot else None
        robot = save_robot(robot_id=robot_id, by=self.request.user, now=timezone.now(), seen=self.seen if robot_id else None, **form.cleaned_data)
        return _("“%(robot)s” was saved.") % {"robot": robot}, self.cancel_url


class RobotEdit(RobotNew):
    @cached_property
    def robot(self) -> DigestRobot:
        return get_object_or_404(DigestRobot, pk=self.kwargs["pk"])

    @property
    def title(self) -> str:
        return str(self.robot)

    def seen_now(self) -> str:
        return seen_robot(self.robot)

    def get_initial(self) -> dict[str, Any]:
        return {name: getattr(self.robot, name) for name in ("name", "kind", "person", "is_active")}
