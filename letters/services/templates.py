"""Letter templates: a change is a new version; letters keep the version they were asked for with."""

from datetime import datetime

from django.db import transaction
from django.db.models import Max
from django.utils.translation import gettext as _

from audit.services import record
from cases.models import Client
from collection.lib.errors import Refused
from letters.models import LetterTemplate
from letters.printing.sheet import EDGES, number_from
from letters.services.content import check_template
from letters.services.flow import need_permission
from staff.models import User

LAYOUT = (*EDGES, "law_firm", "number_from")


@transaction.atomic
def save_template(*, client: Client | None, kind: str, name: str, heading: str, body: str, layout: dict, by: User, now: datetime) -> LetterTemplate:
    """The template's newest version is in use, the one before is not (A1.4). Unknown placeholders and forbidden words are refused."""
    need_permission(by, "manage_letter_templates")
    if not name.strip() or not heading.strip() or not body.strip():
        raise Refused(_("A template needs a name, a heading and a text."), rule="A1.4")
    layout = {key: layout[key] for key in LAYOUT if key in layout}
    layout["number_from"] = number_from(layout)
    body = body.replace("\r\n", "\n")
    check_template(kind=kind, heading=heading, body=body, layout=layout)
    versions = LetterTemplate.objects.filter(client=client, kind=kind, name=name.strip())
    last = versions.aggregate(last=Max("version"))["last"] or 0
    versions.filter(is_active=True).update(is_active=False)
    template = LetterTemplate.objects.create(
        client=client,
        kind=kind,
        name=name.strip(),
        version=last + 1,
        heading=heading.strip(),
        body=body,
        layout=layout,
        created_by=by,
        created_at=now,
    )
    record("letter_template.saved", subject=template, by=by, at=now, changes={"version": (last or None, template.version)})
    return template


@transaction.atomic
def retire_template(*, template_id: int, by: User, now: datetime) -> LetterTemplate:
    """No new letter uses the template; letters on their way are not touched."""
    need_permission(by, "manage_letter_templates")
    template = LetterTemplate.objects.select_for_update().get(pk=template_id)
    if not template.is_active:
        return template
    template.is_active = False
    template.save(update_fields=["is_active"])
    record("letter_template.retired", subject=template, by=by, at=now, changes={"is_active": (True, False)})
    return template
