"""A client's column templates: kept when a person confirms a mapping, versioned, retired, and carried as JSON from desk to desk."""

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any

from django.db import transaction
from django.db.models import Max
from django.utils.translation import gettext as _

from audit.services import record
from cases.choices import FileKind
from cases.models import Client, ImportRun, ImportTemplate
from cases.rules.dictionary import normalise
from cases.rules.fields import FIELDS
from cases.rules.templates import said
from cases.selectors import latest_templates, template_like, versions_of
from cases.wording import field_label
from collection.lib.errors import Refused
from staff.models import User

FORMAT = "import-template/1"
LONGEST_NAME = 60


class CannotUseTemplate(Refused):
    """What is asked of the template cannot be: the name is taken, or a column of the document means nothing here."""

    rule = "A1.2"


def fingerprint_of(headers: Iterable[str]) -> str:
    """What a client's file is recognised by next time: its headers, in their order."""
    return hashlib.sha256("\n".join(normalise(header) for header in headers).encode()).hexdigest()


def template_for(client: Client, headers: Iterable[str]) -> ImportTemplate | None:
    """The latest version of the mapping that somebody confirmed for these very headers. One query."""
    found = ImportTemplate.objects.filter(client=client, fingerprint=fingerprint_of(headers), is_active=True)
    return found.order_by("-version").first()


def save_template(run: ImportRun, sheet: Mapping[str, Any], *, by: User, now: datetime) -> ImportTemplate | None:
    """A new version, if the mapping differs from the one that is kept for these headers; None if it is the same.

    Headers that are mostly those of a template continue it: the bank changed its layout.
    """
    columns = [said(column) for column in sheet["columns"]]
    headers = [column["header"] for column in columns]
    own = ImportTemplate.objects.filter(client=run.client, kind=run.kind, fingerprint=fingerprint_of(headers)).order_by("-version").first()
    if own and own.is_active and list(map(said, own.columns)) == columns:
        return None
    kin = own or template_like(client=run.client, kind=run.kind, headers=headers)
    name = kin.name if kin else _free_name(run.client, run.kind, f"{run.client.short_name} {sheet['sheet']}")
    return _add_version(client=run.client, kind=run.kind, name=name, columns=columns, by=by, now=now)


def _free_name(client: Client, kind: str, name: str) -> str:
    taken = set(ImportTemplate.objects.filter(client=client, kind=kind).values_list("name", flat=True))
    names = (name[:LONGEST_NAME], *(f"{name[: LONGEST_NAME - 4]} {number}" for number in range(2, 1000)))
    return next(free for free in names if free not in taken)


@transaction.atomic
def _add_version(*, client: Client, kind: str, name: str, columns: Sequence[dict[str, Any]], by: User, now: datetime) -> ImportTemplate:
    Client.objects.select_for_update().get(pk=client.pk)  # two at once make two versions, not the same one twice
    last = ImportTemplate.objects.filter(client=client, kind=kind, name=name).aggregate(Max("version"))["version__max"] or 0
    fingerprint = fingerprint_of([column["header"] for column in columns])
    seen = ImportTemplate.objects.filter(client=client, fingerprint=fingerprint).aggregate(Max("version"))["version__max"] or 0
    template = ImportTemplate.objects.create(
        client=client,
        kind=kind,
        name=name,
        version=max(last, seen) + 1,
        fingerprint=fingerprint,
        columns=list(columns),
        created_by=by,
        created_at=now,
    )
    record("template.saved", subject=template, by=by, at=now, changes={"version": (last or None, template.version)})
    return template


@transaction.atomic
def rename_template(*, template_id: int, name: str, by: User, now: datetime) -> ImportTemplate:
    """All versions are called `name`. Refused when another template of this client and kind is called so."""
    template, name = _locked(template_id), " ".join(name.split())[:LONGEST_NAME]
    if not name:
        raise CannotUseTemplate(_("Enter a name."))
    if name == template.name:
        return template
    if ImportTemplate.objects.filter(client=template.client, kind=template.kind, name=name).exists():
        raise CannotUseTemplate(_("This client already has a template “%(name)s” for files of this kind. Choose another name.") % {"name": name})
    before = template.name
    versions_of(template).update(name=name)
    template.name = name
    record("template.renamed", subject=template, by=by, at=now, changes={"name": (before, name)})
    return template


@transaction.atomic
def retire_template(*, template_id: int, by: User, now: datetime) -> ImportTemplate:
    """No file is recognised by it any more; its versions stay to be read."""
    return _turn(template_id, is_active=False, action="template.retired", by=by, now=now)


@transaction.atomic
def restore_template(*, template_id: int, by: User, now: datetime) -> ImportTemplate:
    """Files are recognised by it again."""
    return _turn(template_id, is_active=True, action="template.restored", by=by, now=now)


def _turn(template_id: int, *, is_active: bool, action: str, by: User, now: datetime) -> ImportTemplate:
    template = _locked(template_id)
    if versions_of(template).exclude(is_active=is_active).update(is_active=is_active):
        record(action, subject=template, by=by, at=now, changes={"is_active": (not is_active, is_active)})
    template.is_active = is_active
    return template


def _locked(template_id: int) -> ImportTemplate:
    template = ImportTemplate.objects.select_related("client").get(pk=template_id)
    Client.objects.select_for_update().get(pk=template.client_id)
    return template


# --- as JSON -----------------------------------------------------------------------------------------------------------------


def template_document(template: ImportTemplate) -> dict[str, Any]:
    """The template as declarative data, to keep in a repository or to carry to another desk; import_template takes it."""
    return {
        "format": FORMAT,
        "kind": template.kind,
        "name": template.name,
        "version": template.version,
        "columns": [said(column) for column in template.columns],
    }


@transaction.atomic
def import_template(*, client: Client, kind: str, name: str, columns: Sequence[Mapping[str, Any]], by: User, now: datetime) -> ImportTemplate:
    """The template as the document says, as the next version of that name. Refused with everything that is wrong with its columns."""
    columns = [said(column) for column in columns]
    if problems := problems_of(columns, kind):
        raise CannotUseTemplate("\n".join(problems))
    latest = latest_templates().filter(client=client, kind=kind, name=name).first()
    if latest and latest.is_active and list(map(said, latest.columns)) == columns:
        raise CannotUseTemplate(_("“%(template)s” of this client says exactly the same; nothing was changed.") % {"template": latest})
    return _add_version(client=client, kind=kind, name=name, columns=columns, by=by, now=now)


def problems_of(columns: Sequence[Mapping[str, Any]], kind: str) -> list[str]:
    """What is wrong with these columns of a template, in words, with their place in the document."""
    problems, seen = [], {}
    for place, column in enumerate(columns):
        field, key = column["field"], (column["field"], column["currency"])
        about = {"place": f"columns[{place}]", "header": column["header"], "field": field}
        if field and (field not in FIELDS or not FIELDS[field].serves(kind)):
            about["kind"] = FileKind(kind).label
            problems.append(_("%(place)s “%(header)s”: “%(field)s” is no field of a file of this kind (%(kind)s).") % about)
        elif field and not FIELDS[field].many and key in seen:
            about |= {"field": field_label(field), "other": seen[key]}
            problems.append(_("%(place)s “%(header)s”: “%(field)s” is %(other)s already.") % about)
        seen.setdefault(key, about["place"])
    if not any(column["field"] for column in columns):
        problems.append(_("No column has a field, so there is nothing to recognise."))
    return problems
