import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from django.core.files import File
from django.core.files.uploadedfile import UploadedFile
from django.db import IntegrityError, transaction
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

from audit.services import record
from cases.models import Case, Client, Contact, Phone
from collection.lib.errors import Refused
from collection.lib.seen import check_as_seen, newest
from compliance.choices import RULE_OF_KEY, Direction, Layer, TargetClass, Wording
from compliance.models import ClientInstruction, ContactPolicy, DoNotContact, Script, Verdict
from compliance.rules.contact import Attempt, Facts, objections, warnings
from compliance.rules.layers import Limit, wall_fault
from compliance.rules.scripts import DEBT_PLACES, TOLD_ONCE_VERIFIED, debt_word, unknown_places
from compliance.rules.wording import wording_hits
from compliance.selectors import Counts, gate_view
from compliance.services.papers import suffix_of
from staff.choices import Role
from staff.models import User
from staff.selectors import people_with_role
from staff.services import notify


@transaction.atomic
def ask_gate(*, case: Case, contact: Contact, phone: Phone, counts: Counts, attempts: Sequence[Attempt], by: User, now: datetime) -> Verdict:
    """The gate's answer to one wish to call is on record, with every objection, the rules' versions and all that it was judged by.

    The caller counts what was done before, within the same transaction and with the debtor locked.
    """
    phones = Phone.objects.filter(contact__case=case).select_related("contact")
    view = gate_view(case, phones, attempts, by=by, now=now)
    facts = view.facts(contact, phone, counts, now)
    found = [objection.as_plain() for objection in objections(facts, view.limits)]
    warned = [] if found else [warning.as_plain() for warning in warnings(facts, view.limits)]
    verdict = Verdict.objects.create(
        case=case,
        contact=contact,
        phone=phone,
        asked_by=by,
        at=now,
        allowed=not found,
        objections=found,
        warnings=warned,
        inputs={"facts": facts.as_plain(), "limits": [vars(limit) for limit in view.limits]},
    )
    record("gate.answered", subject=verdict, by=by, at=now, changes={"allowed": (None, not found), "rules": (None, [row["rule"] for row in found])})
    return verdict


def replay(verdict: Verdict) -> list[dict[str, Any]]:
    """The objections judged again from what the verdict kept: whatever the rules are today, the answer is that of its moment."""
    if verdict.direction == Direction.IN or "facts" not in verdict.inputs:  # not judged, or it came in from outside
        return verdict.objections
    limits = [Limit(**row) for row in verdict.inputs["limits"]]
    return [objection.as_plain() for objection in objections(Facts.from_plain(verdict.inputs["facts"]), limits)]


@dataclass(frozen=True)
class Replayed:
    """A stored verdict beside what the rules make of the same facts and limits today."""

    verdict: Verdict
    objections: list[dict[str, Any]]

    @property
    def is_same(self) -> bool:
        return self.objections == self.verdict.objections


def replay_verdict(verdict: Verdict) -> Replayed:
    """Same or different: the limits are those of its moment, so only a change of the rules themselves can make a difference."""
    return Replayed(verdict, replay(verdict))


@transaction.atomic
def note_inbound(*, case: Case, contact: Contact, phone: Phone, by: User, now: datetime) -> Verdict:
    """Somebody of the case rings us: they may be spoken with, whatever the hours and counts. CR-12 and CR-17 hold as in any call."""
    verdict = Verdict.objects.create(case=case, contact=contact, phone=phone, asked_by=by, at=now, allowed=True, direction=Direction.IN)
    record("call.inbound", subject=verdict, by=by, at=now, changes={"phone": (None, phone.masked)})
    return verdict


@transaction.atomic
def do_not_contact(*, phone: Phone, reason: str, by: User, now: datetime, case: Case | None = None) -> DoNotContact:
    """Nobody may call the number again, for any case, from this moment (CR-13). A number that is barred already stays as it is."""
    entry, created = DoNotContact.objects.get_or_create(
        number_index=phone.number_index,
        defaults={"number_masked": phone.masked, "reason": reason[:200], "case": case, "asked_at": now, "entered_by": by},
    )
    if created:
        record("number.barred", subject=entry, by=by, at=now, changes={"number": (None, phone.masked)}, reason=reason)
    return entry


class CrossesWall(Refused):
    """A limit may be tightened in the browser, never loosened beyond the law."""

    status = 422


class BadPolicy(Refused):
    """A limit is changed for the future only, and the law's own rows are not edited here."""


@transaction.atomic
def set_policy(
    *,
    key: str,
    layer: str,
    value: dict[str, Any],
    valid_from: datetime,
    source: str,
    by: User,
    now: datetime,
    client: Client | None = None,
    seen: str | None = None,
) -> ContactPolicy:
    """From `valid_from` on this is the layer's limit; the row before it ends there and keeps its version for the verdicts that used it.

    `seen` tells the newest version of the limit, of whatever layer, that the form showed (F13).
    """
    rule = RULE_OF_KEY[key]
    if fault := wall_fault(key, value):
        raise CrossesWall(_("The law's limit is %(wall)s. It cannot be crossed here.") % fault, rule=rule)
    if layer == Layer.LAW or (layer == Layer.CLIENT) != (client is not None):
        raise BadPolicy(_("Limits of the company or of one client are set here; the law's come with the product."), rule=rule)
    if valid_from < now:
        raise BadPolicy(_("A limit cannot begin in the past: calls were judged by the one that held then."), rule=rule)
    rows = ContactPolicy.objects.filter(key=key).order_by("pk")
    list(rows.select_for_update(of=("self",)))  # also a layer's first version waits, at the other layers' rows, and then sees what came meanwhile
    check_as_seen(seen, newest(rows))
    last = max((row for row in rows if row.layer == layer and row.client_id == (client.pk if client else None)), key=lambda row: row.version, default=None)
    if last and last.valid_from >= valid_from:
        raise BadPolicy(_("A limit that begins later is entered already. Choose a later beginning."), rule=rule)
    if last and (last.valid_to is None or last.valid_to > valid_from):
        last.valid_to = valid_from
        last.save(update_fields=["valid_to"])
    policy = ContactPolicy.objects.create(
        key=key,
        rule=rule,
        layer=layer,
        client=client,
        value=value,
        source=source,
        version=last.version + 1 if last else 1,
        valid_from=valid_from,
        created_by=by,
    )
    record("policy.set", subject=policy, by=by, at=now, changes={"value": (last.value if last else None, value), "valid_from": (None, valid_from)})
    return policy


class BadScript(Refused):
    """A script names who calls, verifies identity before the debt, and holds no forbidden phrase."""

    status = 422


@transaction.atomic
def save_script(
    *, target: str, title: str, text: str, valid_from: datetime, by: User, now: datetime, client: Client | None = None, seen: str | None = None
) -> Script:
    """From `valid_from` on callers read this text; the version before it ends there (E13). `seen` tells the newest version that the form showed (F13)."""
    _check_script(target, text)
    if valid_from < now:
        raise BadScript(_("A version cannot begin in the past: callers read the one that held then."), rule="E13")
    rows = Script.objects.select_for_update(of=("self",)).filter(target=target, title=title, client=client)
    check_as_seen(seen, newest(rows))
    last = rows.order_by("-version").first()
    if last and last.valid_from >= valid_from:
        raise BadScript(_("A version that begins later is entered already. Choose a later beginning."), rule="E13")
    if last and (last.valid_to is None or last.valid_to > valid_from):
        last.valid_to = valid_from
        last.save(update_fields=["valid_to"])
    version = last.version + 1 if last else 1
    try:
        with transaction.atomic():
            script = Script.objects.create(client=client, target=target, title=title, text=text, version=version, valid_from=valid_from, created_by=by)
    except IntegrityError as error:  # two first versions at once: there was no row yet to wait at
        raise BadScript(_("Somebody saved a script of this title at the same moment. Look at it in the list of scripts first."), rule="E13") from error
    record("script.saved", subject=script, by=by, at=now, changes={"text": (last.text if last else None, text)})
    return script


def check_script(*, target: str, text: str) -> None:
    """Refuse what `save_script` would refuse of the text; nothing is saved."""
    _check_script(target, text)


def _check_script(target: str, text: str) -> None:
    if hits := wording_hits(text, may_quote=False):
        kind = Wording(hits[0].kind).label
        raise BadScript(_("“%(phrase)s” may not be said: it %(kind)s.") % {"phrase": hits[0].text, "kind": kind}, rule="CR-31")
    for place in ("{company}", "{staff_no}"):
        if place not in text:
            raise BadScript(_("A script says who calls: %(place)s is missing.") % {"place": place}, rule="CR-20")
    if target == TargetClass.THIRD_PARTY and (told := next((place for place in DEBT_PLACES if place in text), "") or debt_word(target, text)):
        raise BadScript(_("A third party is told nothing of the debt: take %(place)s out.") % {"place": told}, rule="CR-12")
    if unknown := unknown_places(target, text):
        raise BadScript(_("Only the listed places may stand in braces. Not understood: %(places)s") % {"places": "，".join(unknown)}, rule="E13")
    if target == TargetClass.DEBTOR:
        _check_opening(text)


def _check_opening(text: str) -> None:
    if "{identity}" not in text:
        raise BadScript(_("Identity is verified before the debt is spoken of: %(place)s is missing.") % {"place": "{identity}"}, rule="CR-17")
    opening = text.split("{identity}")[0]
    if "{bank}" not in opening:
        raise BadScript(_("The opening line names the bank: put %(place)s before the identity check.") % {"place": "{bank}"}, rule="CR-20")
    if told := next((place for place in TOLD_ONCE_VERIFIED if place in opening), "") or debt_word(TargetClass.DEBTOR, text):
        raise BadScript(_("Identity is verified before the debt is spoken of: put %(place)s after it.") % {"place": told}, rule="CR-17")


class BadInstruction(Refused):
    """An instruction carries a number, a document and a term, is entered once, and is approved by somebody else."""


INSTRUCTIONS_PATH = "/instructions/"


@transaction.atomic
def enter_instruction(
    *, client: Client, number: str, valid_from: date, expires_on: date, by: User, now: datetime, file: UploadedFile | None = None
) -> ClientInstruction:
    """A bank's written instruction is on file; it opens nothing until the GM office, which is told, approves it (A3.2)."""
    number = number.strip()
    if expires_on < valid_from:
        raise BadInstruction(_("It expires before it begins. Check the two days."), rule="A3.2")
    if ClientInstruction.objects.filter(client=client, number=number).exists():
        raise BadInstruction(_("%(number)s of this client is entered already.") % {"number": number}, rule="A3.2")
    if file:
        file.name = f"{uuid.uuid4().hex}{suffix_of(file, rule='A3.2')}"  # what the sender called it is nobody's business
    instruction = ClientInstruction.objects.create(
        client=client, number=number, file=file or "", valid_from=valid_from, expires_on=expires_on, entered_by=by, entered_at=now
    )
    record("instruction.entered", subject=instruction, by=by, at=now, changes={"valid_from": (None, valid_from), "expires_on": (None, expires_on)})
    approvers = [person for person in people_with_role(Role.GM_OFFICE) if person != by]
    message = gettext_noop("Instruction %(number)s of %(client)s waits for approval.")
    notify(approvers, message, now=now, path=INSTRUCTIONS_PATH, number=number, client=client)
    return instruction


@transaction.atomic
def approve_instruction(*, instruction_id: int, by: User, now: datetime) -> ClientInstruction:
    """From now until it expires the whole call order of A3.2 is open for the client's cases; CR-12 and CR-13 hold as before."""
    instruction = ClientInstruction.objects.select_for_update(of=("self",)).select_related("client", "entered_by").get(pk=instruction_id)
    if instruction.approved_at:
        raise BadInstruction(_("It is approved already."), rule="A3.2")
    if instruction.entered_by_id == by.pk:
        raise BadInstruction(_("Somebody other than who entered it approves it."), rule="A3.2")
    if instruction.expires_on < timezone.localdate(now):
        raise BadInstruction(_("It expired on %(day)s. Ask the bank for a new one.") % {"day": instruction.expires_on}, rule="A3.2")
    instruction.approved_by, instruction.approved_at = by, now
    instruction.save(update_fields=["approved_by", "approved_at"])
    record("instruction.approved", subject=instruction, by=by, at=now, changes={"approved_at": (None, now)})
    message = gettext_noop("Instruction %(number)s of %(client)s is approved: the whole call order is open until %(day)s.")
    told = [instruction.entered_by, instruction.client.team.lead if instruction.client.team else None]
    values = {"number": instruction.number, "client": instruction.client, "day": instruction.expires_on}
    notify([person for person in told if person != by], message, now=now, path=INSTRUCTIONS_PATH, **values)
    return instruction


@transaction.atomic
def hand_out_instruction(*, instruction: ClientInstruction, by: User, now: datetime) -> File:
    """The bank's document, open for reading, and on the trail that this person took it."""
    record("instruction.downloaded", subject=instruction, by=by, at=now)
    return instruction.file.open("rb")
