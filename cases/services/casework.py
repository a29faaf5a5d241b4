"""What is done to a case and the people and numbers on it, whoever does it: states, stops, verification."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import date, datetime
from typing import Any, NoReturn
from zoneinfo import available_timezones

from django.db import transaction
from django.db.models import BigAutoField, F
from django.utils.translation import gettext as _

from audit.services import Changes, event_for, record, record_many
from cases.choices import ENDED, MOVES, CaseState, NumberStatus, Source, Verification
from cases.models import Address, Case, Contact, Phone
from collection.lib.crypto import blind_index
from collection.lib.errors import Refused
from collection.lib.identity import parse_phone
from collection.lib.prepared import Given, Prepared
from staff.models import User

Also = Callable[[Case], Changes] | None
MOVED_AT_ONCE = 1000
CHANGED_AT_ONCE = 5000
LONGEST_REASON = Case._meta.get_field("stopped_reason").max_length


class CannotMove(Refused):
    """A case can't go from its present state to that one."""


def lock_case(case_id: int) -> Case:
    """The case, locked until the transaction ends (PostgreSQL; on SQLite every writer already waits for the other).

    Its key stays free: who only writes a row that names the case, as the gate and the telephone system do, neither waits nor deadlocks.
    """
    case = LOCKED.first(case=case_id)
    if case is None:
        raise Case.DoesNotExist
    return case


LOCKED = Prepared(lambda: Case.objects.select_for_update(of=("self",), no_key=True).filter(pk=Given("case", BigAutoField())))


def move_case(case: Case, to: str, *, by: User | None, at: datetime, reason: str = "") -> None:
    """Change the state of a locked case along MOVES, and put it on the trail. The same state again changes nothing."""
    if case.state == to:
        return
    if to not in MOVES[case.state]:
        _refuse_move(case, to)
    before, case.state = case.state, to
    case.version += 1
    case.save(update_fields=["state", "version"])
    record("case.moved", subject=case, by=by, at=at, changes={"state": (before, to)}, reason=reason)


def move_cases(
    cases: Sequence[Case], to: str, *, by: User | None, at: datetime, reason: str | Mapping[int, str] = "", action: str = "case.moved", also: Also = None
) -> None:
    """The same for many locked cases, in few statements. `also` adds to the trail what else changes with each; `reason` may be one for each case."""
    for case in cases:
        if to not in MOVES[case.state]:
            _refuse_move(case, to)
    events = [
        event_for(action, subject=case, by=by, at=at, changes={"state": (case.state, to), **(also(case) if also else {})}, reason=_reason_of(case, reason))
        for case in cases
    ]
    for start in range(0, len(cases), MOVED_AT_ONCE):
        batch = cases[start : start + MOVED_AT_ONCE]
        states = {case.state for case in batch}
        moved = Case.objects.filter(pk__in=[case.pk for case in batch], state__in=states).update(state=to, version=F("version") + 1)
        if moved != len(batch):
            raise CannotMove(_("Some of these cases have changed meanwhile. Load the page again."))
    for case in cases:
        case.state = to
        case.version += 1
    record_many(events)


def _reason_of(case: Case, reason: str | Mapping[int, str]) -> str:
    return reason if isinstance(reason, str) else reason.get(case.pk, "")


def move_by_ids(ids: Sequence[int], before: str, to: str, **also: Any) -> Iterator[int]:
    """Locked cases change from one state to another along MOVES, so many at a time, and what else changes with it; yields how many have, so far.

    Raises CannotMove when one is not in `before`. The trail is the caller's, who knows what else changed with them.
    """
    if to not in MOVES[before]:
        raise CannotMove(_("Cases that are “%(state)s” cannot become “%(target)s”.") % {"state": CaseState(before).label, "target": CaseState(to).label})
    return _change(ids, {"state": before}, {"state": to, **also})


def give_to_team(ids: Sequence[int], team_id: int | None) -> Iterator[int]:
    """Locked cases that nobody holds are this team's from now on; without one, their placement's team's again. The trail is the caller's.
    Yields and raises as `move_by_ids`."""
    return _change(ids, {"state": CaseState.UNASSIGNED}, {"team": team_id})


def _change(ids: Sequence[int], now: dict[str, Any], then: dict[str, Any]) -> Iterator[int]:
    """By their ids, which every database finds at once, whatever it knows of the tables a moment after a hundred thousand rows came in."""
    for start in range(0, len(ids), CHANGED_AT_ONCE):
        batch = ids[start : start + CHANGED_AT_ONCE]
        if Case.objects.filter(pk__in=batch, **now).update(**then, version=F("version") + 1) != len(batch):
            raise CannotMove(_("Some of these cases have changed meanwhile. Load the page again."))
        yield start + len(batch)


def _refuse_move(case: Case, to: str) -> NoReturn:
    raise CannotMove(
        _("Case %(case)s is “%(state)s”; it cannot become “%(target)s”.") % {"case": case, "state": case.get_state_display(), "target": CaseState(to).label}
    )


def beside(reason: str, earlier: str) -> str:
    """Of two stops neither hides the other: whoever lifts them reads both reasons."""
    return f"{reason}；{earlier}" if earlier and reason != earlier else reason


@transaction.atomic
def stop_case(*, case_id: int, reason: str, by: User, now: datetime) -> Case:
    """停催: from this moment the gate refuses every contact on the case, for everybody."""
    case = lock_case(case_id)
    if not reason.strip():
        raise Refused(_("Say why the case is stopped."))
    if case.state in ENDED:
        raise Refused(_("The case has ended; there is nothing to stop."))
    case.stopped_reason = beside(reason.strip(), case.stopped_reason)[:LONGEST_REASON]
    case.stopped_at, case.stopped_by_client = now, False
    case.version += 1
    case.save(update_fields=["stopped_at", "stopped_reason", "stopped_by_client", "version"])
    record("case.stopped", subject=case, by=by, at=now, changes={"stopped_at": (None, now)}, reason=reason.strip())
    return case


@transaction.atomic
def resume_case(*, case_id: int, reason: str, by: User, now: datetime) -> Case:
    """The stop is lifted; the case may be worked again under the gate's rules."""
    case = lock_case(case_id)
    before, case.stopped_at, case.stopped_reason, case.stopped_by_client = case.stopped_at, None, "", False
    case.version += 1
    case.save(update_fields=["stopped_at", "stopped_reason", "stopped_by_client", "version"])
    record("case.resumed", subject=case, by=by, at=now, changes={"stopped_at": (before, None)}, reason=reason.strip())
    return case


def touch_case(case: Case, *, at: datetime) -> None:
    """Somebody worked the case: its placement and its assignment can no longer be undone. The work itself is on the trail."""
    Case.objects.filter(pk=case.pk).update(touched_at=at)
    case.touched_at = at


def _verify(row: Phone | Address | Contact, verification: str, *, by: User, now: datetime) -> None:
    before, row.verification = row.verification, verification
    fields = ["verification"]
    if not isinstance(row, Contact):
        row.verified_at, row.verified_by = now, by
        fields += ["verified_at", "verified_by"]
    row.save(update_fields=fields)
    name = row._meta.model_name
    record(f"{name}.verified", subject=row, by=by, at=now, changes={"verification": (before, verification)})


@transaction.atomic
def verify_phone(*, phone: Phone, verification: str, by: User, now: datetime) -> None:
    """The number was checked (A3.3): verified, wrong, or impossible to verify."""
    _verify(phone, Verification(verification), by=by, now=now)
    touch_case(phone.contact.case, at=now)


@transaction.atomic
def verify_address(*, address: Address, verification: str, by: User, now: datetime) -> None:
    """The address was checked (A3.3)."""
    _verify(address, Verification(verification), by=by, now=now)
    touch_case(address.contact.case, at=now)


@transaction.atomic
def verify_contact(*, contact: Contact, verification: str, by: User, now: datetime) -> None:
    """The relation of a contact to the debtor was checked (A3.3)."""
    _verify(contact, Verification(verification), by=by, now=now)
    touch_case(contact.case, at=now)


@transaction.atomic
def mark_number(*, phone: Phone, status: str, by: User | None, now: datetime) -> None:
    """What the last dial showed of the number."""
    before = phone.status
    if before == status:
        return
    phone.status = NumberStatus(status)
    phone.save(update_fields=["status"])
    record("phone.marked", subject=phone, by=by, at=now, changes={"status": (before, status)})


class BadPhone(Refused):
    """Not a phone number of a known form, or from a source that the law does not allow (CR-18)."""

    rule = "CR-18"


@transaction.atomic
def add_contact_phone(*, contact: Contact, number: str, source: str, by: User, now: datetime, expires_on: date | None = None) -> Phone:
    """The contact has one more number, from a lawful source (CR-18). A number it already has is left as it is, but that a newer answer
    renews how long it may be used (A1.3)."""
    parsed = parse_phone(number)
    if parsed is None:
        raise BadPhone(_("“%(number)s” is not a phone number. Enter 11 digits, or area code and number.") % {"number": number[:20]})
    if source not in Source.values:
        raise BadPhone(_("Numbers come from the bank, the debtor, a contract, a court or the registry only."))
    digits, extension, kind = parsed
    phone, created = Phone.objects.get_or_create(
        contact=contact,
        number_index=blind_index("phone", digits),
        defaults={"number": digits, "number_last4": digits[-4:], "extension": extension, "kind": kind, "source": source, "expires_on": expires_on},
    )
    if created:
        record("phone.added", subject=phone, by=by, at=now, changes={"source": (None, source)})
    elif phone.expires_on and (expires_on is None or expires_on > phone.expires_on):
        before, phone.expires_on = phone.expires_on, expires_on
        phone.save(update_fields=["expires_on"])
        record("phone.renewed", subject=phone, by=by, at=now, changes={"expires_on": (before, expires_on)})
    return phone


class BadZone(Refused):
    """A time zone is named as in the tz database."""

    rule = "CR-01"


@transaction.atomic
def set_contact_zone(*, contact: Contact, zone: str, by: User, now: datetime) -> None:
    """Where the contact lives by the clock: the gate judges the hours there (CR-01). "" is here."""
    if zone and zone not in available_timezones():
        raise BadZone(_("“%(zone)s” is no time zone. Enter one such as America/New_York.") % {"zone": zone[:40]})
    before, contact.zone = contact.zone, zone
    if before == zone:
        return
    contact.save(update_fields=["zone"])
    record("contact.zone_set", subject=contact, by=by, at=now, changes={"zone": (before, zone)})


@transaction.atomic
def note_mail_returned(*, address: Address, by: User, now: datetime, is_wrong: bool = True) -> None:
    """Mail to this address came back (annex 3). It counts as wrong, unless the mail was only refused or not fetched."""
    before, address.returned_at = address.returned_at, now
    address.save(update_fields=["returned_at"])
    record("address.mail_returned", subject=address, by=by, at=now, changes={"returned_at": (before, now)})
    if is_wrong:
        verify_address(address=address, verification=Verification.WRONG, by=by, now=now)
