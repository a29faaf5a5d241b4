"""Letter templates: a change is a new version; letters keep the version they were asked for with."""

from datetime import datetime

from django.db import transaction
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

from audit.services import record
from cases.models import Client, Payee
from collection.lib.errors import Outdated, Refused
from letters.choices import LetterKind
from letters.layout import Layout
from letters.models import AuthorityPaper, LetterTemplate
from letters.services.content import check_template
from letters.services.flow import NotAllowed, need_permission
from staff.choices import Role
from staff.models import User
from staff.selectors import people_with_role
from staff.services import notify

MANAGE, APPROVE = "manage_letter_templates", "approve_lawyer_template"
NEW = 0


class TemplateExists(Refused):
    """There is a template of this name already; it is changed, not made again."""

    rule = "A1.4"


@transaction.atomic
def save_template(
    *,
    client: Client | None,
    kind: str,
    name: str,
    heading: str,
    body: str,
    layout: Layout,
    by: User,
    now: datetime,
    law_firm: AuthorityPaper | None = None,
    payee: Payee | None = None,
    seen: int | None = None,
) -> LetterTemplate:
    """The template's newest version is in use, the one before is not (A1.4). A lawyer's letter waits for the GM office, unless that saves it.

    `seen` is the version that the person looked at (NEW: none), and None where nobody looked; a newer one refuses with both texts (F13).
    """
    need_permission(by, MANAGE)
    name, heading, body = name.strip(), heading.strip(), body.replace("\r\n", "\n")
    if not name or not heading or not body.strip():
        raise Refused(_("A template needs a name, a heading and a text."), rule="A1.4")
    firm = law_firm if kind == LetterKind.LAWYER else None
    check_template(kind=kind, heading=heading, body=body, layout=layout, client=client, law_firm=firm, payee=payee, today=timezone.localdate(now))
    versions = LetterTemplate.objects.select_for_update().filter(client=client, kind=kind, name=name)
    newest = versions.order_by("-version").first()
    _check_seen(seen, newest, entered={"heading": heading, "body": body})
    waits = kind == LetterKind.LAWYER and not by.has_perm(f"letters.{APPROVE}")
    versions.filter(waits=True).update(waits=False)
    if not waits:
        versions.filter(is_active=True).update(is_active=False)
    template = LetterTemplate.objects.create(
        client=client,
        kind=kind,
        name=name,
        version=newest.version + 1 if newest else 1,
        heading=heading,
        body=body,
        layout=layout.stored(),
        law_firm=firm,
        payee=payee,
        is_active=not waits,
        waits=waits,
        created_by=by,
        created_at=now,
    )
    changes = {"version": (newest.version if newest else None, template.version), "payee": (newest.payee if newest else None, payee)}
    changes = {field: (before, after) for field, (before, after) in changes.items() if before != after}
    record("letter_template.saved", subject=template, by=by, at=now, changes=changes)
    if waits:
        _ask_gm_office(template, by=by, now=now)
    return template


def _check_seen(seen: int | None, newest: LetterTemplate | None, *, entered: dict[str, str]) -> None:
    if seen is None or (newest.version if newest else NEW) == seen:
        return
    if seen == NEW:
        raise TemplateExists(_("There is a template of this name already (version %(version)s). Change that one.") % {"version": newest.version})
    if newest is None:
        return
    current = {"heading": newest.heading, "body": newest.body, "version": newest.version, "id": newest.pk}
    message = _("%(person)s saved version %(version)s meanwhile. Compare both, then save again.")
    raise Outdated(message % {"person": newest.created_by or _("Somebody"), "version": newest.version}, entered=entered, current=current, rule="F13")


def _ask_gm_office(template: LetterTemplate, *, by: User, now: datetime) -> None:
    people = [person for person in people_with_role(Role.GM_OFFICE) if person != by]
    path = reverse("letters:template-edit", args=[template.pk])
    notify(people, gettext_noop("%(person)s asks for approval of a template: %(template)s."), now=now, path=path, person=by, template=template)


@transaction.atomic
def approve_template(*, template_id: int, by: User, now: datetime) -> LetterTemplate:
    """The lawyer's template that waited is in use, in place of the version before (CR-27)."""
    need_permission(by, APPROVE)
    template = _locked(template_id)
    if not template.waits:
        raise Refused(_("This version does not wait for approval."), rule="A1.4")
    if template.created_by_id == by.pk:
        raise NotAllowed(_("Nobody decides on their own request. Somebody else must."))
    _check_again(template, now)
    _others(template).filter(is_active=True).update(is_active=False)
    template.waits, template.is_active = False, True
    template.save(update_fields=["waits", "is_active"])
    record("letter_template.approved", subject=template, by=by, at=now, changes={"is_active": (False, True)})
    if template.created_by:
        path = reverse("letters:template-edit", args=[template.pk])
        notify([template.created_by], gettext_noop("Your template was approved: %(template)s."), now=now, path=path, template=template)
    return template


@transaction.atomic
def reuse_template(*, template_id: int, by: User, now: datetime) -> LetterTemplate:
    """An old version's text is in use again, as a new version: what letters were printed from never changes."""
    need_permission(by, MANAGE)
    old = LetterTemplate.objects.select_related("client", "law_firm", "payee").get(pk=template_id)
    if old.is_active:
        raise Refused(_("This version is in use."), rule="A1.4")
    fields = {name: getattr(old, name) for name in ("client", "kind", "name", "heading", "body", "law_firm", "payee")}
    return save_template(**fields, layout=Layout.of(old.layout), by=by, now=now)


@transaction.atomic
def retire_template(*, template_id: int, by: User, now: datetime) -> LetterTemplate:
    """No new letter uses the template; letters on their way are not touched."""
    need_permission(by, MANAGE)
    template = _locked(template_id)
    if not template.is_active and not template.waits:
        return template
    template.is_active = template.waits = False
    template.save(update_fields=["is_active", "waits"])
    record("letter_template.retired", subject=template, by=by, at=now, changes={"is_active": (True, False)})
    return template


def _locked(template_id: int) -> LetterTemplate:
    return LetterTemplate.objects.select_for_update(of=("self",)).select_related("client", "law_firm", "payee", "created_by").get(pk=template_id)


def _others(template: LetterTemplate):
    return LetterTemplate.objects.filter(client=template.client_id, kind=template.kind, name=template.name).exclude(pk=template.pk)


def _check_again(template: LetterTemplate, now: datetime) -> None:
    """The firm's engagement may have ended while the template waited."""
    texts = {name: getattr(template, name) for name in ("kind", "heading", "body", "client", "law_firm", "payee")}
    check_template(**texts, layout=Layout.of(template.layout), today=timezone.localdate(now))
