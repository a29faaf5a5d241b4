"""The limits in force, the texts a caller reads, and the facts that the gate judges by."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, NamedTuple

from django.conf import settings
from django.db.models import BigAutoField, CharField, DateField, DateTimeField, F, JSONField, OuterRef, Q, QuerySet, Subquery, Value
from django.db.models.expressions import Combinable
from django.db.models.functions import Cast
from django.utils import timezone
from django.utils.translation import gettext as _

from cases.choices import ENDED, CaseState, NumberStatus, Relation, Verification
from cases.models import Case, CaseAccount, Client, Contact, Phone, Placement
from collection.lib.prepared import Among, Given, GivenList, Prepared
from compliance.choices import FLAGS_OF_PERSON, MESSAGES, RULE_OF_KEY, Channel, FlagKind, Layer, PolicyKey, TargetClass
from compliance.models import CaseFlag, ClientInstruction, ContactPolicy, DebtorWish, DoNotContact, EntrustmentNotice, LimitationEvent, Script, Verdict
from compliance.rules.contact import Attempt, Facts, Loss, is_third_party, loss_of_contact
from compliance.rules.layers import Limit, strictest
from compliance.rules.limitation import Debt, Limitation, hangs_on_holidays, limitation
from duties.selectors import working_time
from staff.choices import Role
from staff.models import User
from staff.selectors import qualifications_valid_on, teams_led_by

DEAD = (NumberStatus.EMPTY, NumberStatus.CHANGED)


def policies_in_force(now: datetime | Given) -> QuerySet[ContactPolicy]:
    return ContactPolicy.objects.filter(Q(valid_to=None) | Q(valid_to__gt=now), valid_from__lte=now)


def limits_in_force(client: Client | None, now: datetime) -> list[Limit]:
    """Every layer's limits at `now`: the general ones, and this client's. One query."""
    rows = policies_in_force(now).filter(Q(client=None) | Q(client=client)).order_by("pk")
    return [_limit(row.key, row.rule, row.layer, row.value, row.version) for row in rows if _concerns(row.key, client)]


def _limit(key: str, rule: str, layer: str, value: dict[str, Any], version: int) -> Limit:
    return Limit(PolicyKey.WINDOW if key == PolicyKey.BUSINESS_WINDOW else key, rule, layer, value, version)


def _concerns(key: str, client: Client | None) -> bool:
    """Business hours concern business clients only; there they stand beside the company's (CR-02, C3.2)."""
    return key != PolicyKey.BUSINESS_WINDOW or (client is not None and client.is_business)


def wishes_in_force(debtor: int | Given, now: datetime | Given) -> QuerySet[DebtorWish]:
    return DebtorWish.objects.filter(Q(valid_to=None) | Q(valid_to__gt=now), debtor=debtor, valid_from__lte=now).order_by("pk")


def wishes_of(debtor: int) -> QuerySet[DebtorWish]:
    """What the debtor asked for or consented to, ended or not; the latest first."""
    return DebtorWish.objects.filter(debtor=debtor).select_related("entered_by").order_by("-pk")


def open_flags_of(case: Case) -> QuerySet[CaseFlag]:
    """What is raised on the case, and what is raised of the debtor on another one: there only the kind concerns this case."""
    return _open_flags(case.pk, case.debtor_id).order_by("pk")


def _open_flags(case: int | Given, debtor: int | Given) -> QuerySet[CaseFlag]:
    return CaseFlag.objects.filter(Q(case=case) | Q(debtor=debtor, kind__in=FLAGS_OF_PERSON), lifted_at=None)


def placements_with_notice(user: User) -> QuerySet[Placement]:
    """The imported placements that this person may enter the bank's notice for, each with the first day and way of those on file (CR-19): all
    for data specialists and administrators, the own teams' for a lead."""
    first = EntrustmentNotice.objects.filter(placement=OuterRef("pk")).order_by("notified_on", "pk")
    rows = Placement.objects.filter(undone_at=None).select_related("client", "team")
    if not (user.has_role(Role.DATA_SPECIALIST) or user.has_role(Role.ADMINISTRATOR)):
        rows = rows.filter(team__in=teams_led_by(user))
    return rows.annotate(notified_on=Subquery(first.values("notified_on")[:1]), notice_way=Subquery(first.values("way")[:1]))


def figure_in_force(key: str, client: Client | None, now: datetime) -> int | None:
    """The strictest figure of a count in force; None when there is none."""
    limit = strictest(limits_in_force(client, now), key)
    return limit.figure if limit else None


def open_orders(client: Client | Given, day: date | Given) -> QuerySet[ClientInstruction]:
    """By which the client opened the whole call order of A3.2 in writing: approved, begun and not expired."""
    return ClientInstruction.objects.filter(client=client, approved_at__isnull=False, valid_from__lte=day, expires_on__gte=day)


def has_open_order(client: Client, day: date) -> bool:
    return open_orders(client, day).exists()


def barred_among(number_indexes: Iterable[str]) -> set[str]:
    """Which of these numbers nobody may call again (CR-13)."""
    return set(DoNotContact.objects.filter(number_index__in=list(number_indexes)).values_list("number_index", flat=True))


@dataclass(frozen=True)
class Standing:
    """What holds around a case, whichever number is asked for."""

    # Every layer's, the debtor's own requests and consents included.
    limits: list[Limit]
    barred: set[str]
    is_open_order: bool
    is_trained: bool
    # CR-19: the bank told the debtors of this placement that we act for it.
    is_notified: bool
    flags: list[CaseFlag]


def standing_of(case: Case, number_indexes: Iterable[str], *, by: User, now: datetime) -> Standing:
    """One query, however much there is of each."""
    about = {"case": case.pk, "debtor": case.debtor_id, "client": case.client_id, "placement": case.placement_id}
    rows = STANDING.rows(**about, person=by.pk, numbers=list(number_indexes), now=now, day=day_of(now))
    of: dict[str, list[StandingRow]] = {source: [] for source in ("limit", "wish", "barred", "order", "training", "notice", "flag")}
    for row in sorted((StandingRow(*row) for row in rows), key=lambda row: row.pk):
        of[row.source].append(row)
    return Standing(
        limits=[_limit(row.kind, row.text, row.name, row.value, row.number) for row in of["limit"] if _concerns(row.kind, case.client)]
        + [_limit_wished(row) for row in of["wish"]],
        barred={row.kind for row in of["barred"]},
        is_open_order=bool(of["order"]),
        is_trained=bool(of["training"]),
        is_notified=bool(of["notice"]),
        flags=[_flag(row, case) for row in of["flag"]],
    )


class StandingRow(NamedTuple):
    """What the sources of a standing have in common. Each fills what it knows."""

    source: str
    pk: int
    kind: str
    text: str
    name: str
    value: dict[str, Any] | None
    number: int
    is_consent: bool
    at: datetime | None


def _limit_wished(row: StandingRow) -> Limit:
    """A debtor's own hours (CR-02), hours beyond the law's that the debtor consented to (CR-01), or a count."""
    if row.is_consent:
        return Limit(row.kind, "CR-01" if row.kind == PolicyKey.WINDOW else RULE_OF_KEY[row.kind], Layer.CONSENT, row.value, row.number)
    return Limit(row.kind, "CR-02" if row.kind == PolicyKey.WINDOW else RULE_OF_KEY[row.kind], Layer.DEBTOR, row.value, row.number)


def _flag(row: StandingRow, case: Case) -> CaseFlag:
    by = User(name=row.name)
    return CaseFlag(pk=row.pk, kind=row.kind, evidence=row.text, raised_by=by, case_id=row.number, debtor_id=case.debtor_id, raised_at=row.at)


def _standing() -> QuerySet:
    case, debtor, client, placement, person = (Given(name, BigAutoField()) for name in ("case", "debtor", "client", "placement", "person"))
    now, day = Given("now", DateTimeField()), Given("day", DateField())
    # The policies come first: the first of a union says how its columns are read.
    policies = policies_in_force(now).filter(Q(client=None) | Q(client=client))
    numbers = DoNotContact.objects.filter(Among(F("number_index"), GivenList("numbers", CharField())))
    training = qualifications_valid_on(day).filter(person=person)
    notices = EntrustmentNotice.objects.filter(placement=placement, notified_on__lte=day)
    return _rows("limit", policies, kind=F("key"), text=F("rule"), name=F("layer"), value=F("value"), number=F("version")).union(
        _rows("wish", wishes_in_force(debtor, now), kind=F("key"), value=F("value"), number=F("version"), is_consent=F("is_consent")),
        _rows("barred", numbers, kind=F("number_index")),
        _rows("order", open_orders(client, day)),
        _rows("training", training),
        _rows("notice", notices),
        _rows("flag", _open_flags(case, debtor), kind=F("kind"), text=F("evidence"), name=F("raised_by__name"), number=F("case_id"), at=F("raised_at")),
        all=True,
    )


def _rows(source: str, rows: QuerySet, **filled: Combinable) -> QuerySet:
    """One source as `StandingRow`s."""
    columns = {"source": Value(source), "pk": F("pk")} | dict.fromkeys(("kind", "text", "name"), Value(""))
    columns |= {"value": Cast(None, JSONField()), "number": Value(0), "is_consent": Value(False), "at": Cast(None, DateTimeField())} | filled
    return rows.order_by().values_list(*(columns[name] for name in StandingRow._fields))


STANDING = Prepared(_standing)


def script_for(client: Client, target: str, now: datetime) -> Script | None:
    """The script in force: the client's own before the general one. One query."""
    found = SCRIPTS.rows(client=client.pk, target=target, now=now)
    return next((script for script in found if script.client_id), found[0] if found else None)


def _scripts() -> QuerySet[Script]:
    now = Given("now", DateTimeField())
    in_force = Script.objects.filter(Q(valid_to=None) | Q(valid_to__gt=now), target=Given("target", CharField()), valid_from__lte=now)
    return in_force.filter(Q(client=Given("client", BigAutoField())) | Q(client=None)).order_by("-valid_from", "-version")


SCRIPTS = Prepared(_scripts)


def target_of(contact: Contact) -> TargetClass:
    return TargetClass.THIRD_PARTY if is_third_party(contact.relation, contact.legal_class) else TargetClass.DEBTOR


def day_of(now: datetime) -> date:
    """The day by the agency's clock, whatever zone a reader has (F18)."""
    return timezone.localdate(now, timezone.get_default_timezone())


@dataclass(frozen=True)
class Counts:
    """What was done before, as the keeper of the call records knows it."""

    attempts_today: int = 0
    effective_today: int = 0
    wrong_answers: int = 0
    effective_this_week: int = 0
    last_effective_at: datetime | None = None
    is_first_contact: bool = False


@dataclass(frozen=True)
class GateView:
    """What the gate needs to know of a case, whichever of its numbers is asked for. One query."""

    case: Case
    limits: list[Limit]
    loss: Loss
    is_open_order: bool
    is_trained: bool
    barred: set[str]
    flags: tuple[str, ...] = ()
    open_flags: Sequence[CaseFlag] = ()
    is_notified: bool = True
    # No number of the debtor can be used here, but on another case of the client one can.
    is_known_elsewhere: bool = False
    # Third parties who asked not to be called, by whichever of their numbers.
    refused: frozenset[int] = frozenset()

    def facts(self, contact: Contact, phone: Phone, counts: Counts, now: datetime) -> Facts:
        case, day = self.case, day_of(now)
        return Facts(
            at=now,
            day=day,
            zone=contact.zone or settings.TIME_ZONE,
            is_third_party=is_third_party(contact.relation, contact.legal_class),
            effective_today=counts.effective_today,
            attempts_today=counts.attempts_today,
            wrong_answers=counts.wrong_answers,
            is_lost=self.loss.is_proven,
            failures=self.loss.failures,
            failure_days=self.loss.days,
            is_open_order=self.is_open_order,
            is_known_elsewhere=self.is_known_elsewhere,
            is_barred=phone.number_index in self.barred or contact.pk in self.refused,
            is_dead_number=phone.status == NumberStatus.EMPTY or phone.verification == Verification.WRONG,
            number_expires_on=phone.expires_on,
            is_entrusted=case.client.entrusts_on(day),
            is_trained=self.is_trained,
            is_stopped=case.stopped_at is not None,
            stopped_reason=case.stopped_reason,
            # The case may move on, to the pool or by a promise in an inbound call; the objection stands until it is answered.
            has_complaint=case.complaint_open or FlagKind.COMPLAINT in self.flags,
            is_disputed=case.state == CaseState.DISPUTED or FlagKind.DISPUTE in self.flags,
            has_ended=case.state in ENDED,
            flags=self.flags,
            is_lawyer=contact.relation == Relation.LAWYER,
            is_notified=self.is_notified,
            is_first_contact=counts.is_first_contact,
            effective_this_week=counts.effective_this_week,
            last_effective_at=counts.last_effective_at,
        )


def gate_view(case: Case, phones: Iterable[Phone], attempts: Iterable[Attempt], *, by: User, now: datetime) -> GateView:
    """`phones` are all of the case, with their contacts; `attempts` those to reach its debtor. Without a usable number of the debtor two queries more."""
    phones = list(phones)
    standing = standing_of(case, [phone.number_index for phone in phones], by=by, now=now)
    limits, barred, open_flags = standing.limits, standing.barred, standing.flags
    flags = tuple(dict.fromkeys(flag.kind for flag in open_flags))
    needs_notice = any(limit.key == PolicyKey.ENTRUSTMENT_NOTICE and limit.figure for limit in limits)
    usable = any(is_usable(phone, barred, day_of(now)) for phone in phones if phone.contact.relation == Relation.SELF)
    elsewhere = not usable and FlagKind.INCAPABLE not in flags and _is_known_elsewhere(case, day_of(now))
    return GateView(
        case=case,
        limits=limits,
        loss=loss_of_contact(attempts, limits, at=now, has_usable_number=(usable and FlagKind.INCAPABLE not in flags) or elsewhere),
        is_open_order=standing.is_open_order,
        is_trained=standing.is_trained,
        barred=barred,
        flags=flags,
        open_flags=open_flags,
        is_notified=standing.is_notified or not needs_notice,
        is_known_elsewhere=elsewhere,
        refused=frozenset(phone.contact_id for phone in phones if phone.number_index in barred and target_of(phone.contact) == TargetClass.THIRD_PARTY),
    )


def _is_known_elsewhere(case: Case, day: date) -> bool:
    """Contact is lost with a person, not on a case (CR-10). What another client told us of the debtor is nothing to this one."""
    others = Case.objects.live().filter(debtor=case.debtor_id, client=case.client_id).exclude(pk=case.pk)
    phones = list(Phone.objects.filter(contact__case__in=others, contact__relation=Relation.SELF).defer("number"))
    barred = barred_among(phone.number_index for phone in phones) if phones else set()
    return any(is_usable(phone, barred, day) for phone in phones)


def is_usable(phone: Phone, barred: set[str], day: date) -> bool:
    if phone.status in DEAD or phone.verification == Verification.WRONG or phone.number_index in barred:
        return False
    return phone.expires_on is None or phone.expires_on >= day


def objection_text(objection: dict) -> str:
    """One stored objection in the reader's language."""
    values = objection["values"]
    if "flag" in values:
        values = values | {"flag": FlagKind(values["flag"]).label}
    if "channel" in values:
        values = values | {"channel": Channel(values["channel"]).label}
    return _(MESSAGES[objection["message"]]) % values


def rules_of(verdict: Verdict) -> list[dict[str, str]]:
    """Every objection of a verdict, for showing."""
    return [{"rule": row["rule"], "text": objection_text(row), "version": row["version"]} for row in verdict.objections]


def warnings_of(verdict: Verdict) -> list[dict[str, str]]:
    """What has to be acknowledged before the call is placed."""
    return [{"rule": row["rule"], "text": objection_text(row), "version": row["version"]} for row in verdict.warnings]


# --- Settings pages --------------------------------------------------------------------------------------------------------


def with_interruption(cases: QuerySet[Case]) -> QuerySet[Case]:
    """Each case with the day of the last event that began its limitation anew; in the same query."""
    last = LimitationEvent.objects.filter(case=OuterRef("pk"), counts=True).order_by("-on")
    return cases.annotate(interrupted_on=Subquery(last.values("on")[:1]))


def interruptions_of(case: Case) -> QuerySet[LimitationEvent]:
    """What is on file of the case, the latest first."""
    return LimitationEvent.objects.filter(case=case).select_related("entered_by").order_by("-on", "-pk")


def debts_of(accounts: Iterable[CaseAccount], *, first_known: date | None = None) -> list[Debt]:
    """The case's accounts as limitation sees them. Where no file says since when they are due, the first event known stands for it."""
    found = [Debt(account.overdue_since, account.last_paid_on) for account in accounts if account.overdue_since]
    return found or ([Debt(first_known)] if first_known else [])


def limitation_of(accounts: Iterable[CaseAccount], interrupted_on: date | None, today: date) -> Limitation:
    """How the case stands. The calendar is read only when a holiday could still save it (two queries, on a few days in three years)."""
    debts = debts_of(accounts, first_known=interrupted_on)
    found = limitation(debts, interrupted_on, today)
    return limitation(debts, interrupted_on, today, working_time().is_working) if hangs_on_holidays(found, today) else found
