"""Plain makers: dull defaults, pass only what the test is about."""

import itertools
import uuid
from datetime import date, datetime, timedelta
from decimal import Decimal
from zoneinfo import ZoneInfo

from django.contrib.auth.models import Group

from assignment.models import Assignment, AssignmentPlan, FilteringTask
from calls.models import ContactRecord, Dial
from cases.choices import AddressKind, LegalClass, PhoneKind, Relation, Source
from cases.models import Address, Arrival, ArrivalFile, Case, CaseAccount, Client, Contact, Debtor, ImportRun, Payee, Phone, Placement
from cases.services.imports import ask_undo, undo_import
from collection.lib.crypto import blind_index
from collection.lib.identity import resident_id_check_digit
from compliance.models import EntrustmentNotice, Verdict
from duties.services import open_duty
from letters.models import AuthorityPaper, Letter, LetterTemplate
from penalties.models import PenaltyEvent
from penalties.services import enforce_duties
from staff.choices import Role
from staff.models import Qualification, Team, User

SHANGHAI = ZoneInfo("Asia/Shanghai")
MONDAY_9AM = datetime(2026, 11, 23, 9, 0, tzinfo=SHANGHAI)
PASSWORD = "a-long-enough-secret"

_numbers = itertools.count(1)


def make_user(*roles: Role, team: Team | None = None, **fields) -> User:
    number = next(_numbers)
    fields = {"username": f"person{number}", "name": f"人员{number}", "staff_no": f"E{number:05}", "joined_on": date(2020, 1, 1)} | fields
    user = User.objects.create_user(password=PASSWORD, team=team, **fields)
    user.groups.set(Group.objects.filter(name__in=[role.value for role in roles]))
    return user


def make_team(**fields) -> Team:
    """A team with a lead."""
    team = Team.objects.create(**{"name": f"团队{next(_numbers)}"} | fields)
    if team.lead is None:
        team.lead = make_user(Role.TEAM_LEAD, team=team)
        team.save()
    return team


def make_client(**fields) -> Client:
    number = next(_numbers)
    defaults = {
        "code": f"bank{number}",
        "name": f"示例银行{number}",
        "short_name": f"示例{number}",
        "entrusted_from": date(2024, 1, 1),
        "entrusted_until": date(2028, 12, 31),
        "service_phone": "95500",
    }
    client = Client.objects.create(**defaults | fields)
    Payee.objects.create(client=client, name=client.name, bank="信用卡还款专户", account="6222000000000000000", valid_from=date(2024, 1, 1))
    return client


def make_id_no(number: int | None = None, *, born: str = "19850607") -> str:
    """A resident ID number that is valid in form and belongs to nobody."""
    number = next(_numbers) if number is None else number
    first = f"110101{born}{number % 1000:03}"
    return first + resident_id_check_digit(first)


def make_debtor(**fields) -> Debtor:
    number = next(_numbers)
    born = date(1950, 1, 1) + timedelta(days=number)
    id_no = fields.pop("id_no", None) or make_id_no(number, born=f"{born:%Y%m%d}")
    defaults = {"name": f"张三{number}", "id_no": id_no, "id_index": blind_index("id", id_no), "id_last4": id_no[-4:], "gender": "male"}
    return Debtor.objects.create(**defaults | fields)


def make_arrival(**fields) -> Arrival:
    client = fields.pop("client", None) or make_client()
    person = fields.pop("registered_by", None) or make_user(Role.SUPPLY_CHAIN)
    defaults = {"client": client, "channel": "sftp", "received_at": MONDAY_9AM, "registered_by": person, "registered_at": MONDAY_9AM}
    return Arrival.objects.create(**defaults | fields)


def make_placement(**fields) -> Placement:
    """A committed placement without cases; the bank's notice to its debtors is on file (CR-19), unless `is_notified=False`."""
    number = next(_numbers)
    is_notified = fields.pop("is_notified", True)
    team = fields.pop("team", None) or make_team()
    client = fields.pop("client", None) or make_client(team=team)
    person = fields.pop("created_by", None) or make_user(Role.DATA_SPECIALIST)
    arrival = make_arrival(client=client)
    file = ArrivalFile.objects.create(
        arrival=arrival, client=client, name="cases.xlsx", file="x.xlsx", size=1, sha256=f"{number:064}", uploaded_by=person, uploaded_at=MONDAY_9AM
    )
    defaults = {"client": client, "team": team, "code": f"P{number}", "placed_on": date(2026, 11, 23), "committed_at": MONDAY_9AM, "committed_by": person}
    about = defaults | fields
    shared = {name: about[name] for name in ("client", "team", "code", "placed_on", "committed_at", "committed_by")}
    run = ImportRun.objects.create(file=file, state="committed", created_by=person, created_at=MONDAY_9AM, **shared)
    placement = Placement.objects.create(run=run, **about)
    if is_notified:
        file_notice(placement, by=person)
    return placement


def file_notice(placement: Placement, *, by: User) -> EntrustmentNotice:
    """The bank has told the debtors of this placement that we are entrusted (CR-19)."""
    told = {"notified_on": date(2025, 1, 2), "way": "短信", "evidence": "银行批次", "entered_at": MONDAY_9AM}
    return EntrustmentNotice.objects.create(placement=placement, entered_by=by, **told)


def make_case(**fields) -> Case:
    """A case with one account, and the debtor as a contact with a mobile number and a home address."""
    number = next(_numbers)
    placement = fields.pop("placement", None) or make_placement()
    debtor = fields.pop("debtor", None) or make_debtor()
    holder, phone = fields.pop("holder", None), fields.pop("phone", f"138{number:08}")
    amount = Decimal(fields.pop("amount", "10000.00"))
    defaults = {
        "placement": placement,
        "client": placement.client,
        "debtor": debtor,
        "case_no": f"C{number}",
        "placed_on": placement.placed_on,
        "amount": amount,
        "balance": amount,
        "balance_on": placement.placed_on,
        "stage": "M3",
        "created_at": MONDAY_9AM,
    }
    case = Case.objects.create(**defaults | fields)
    CaseAccount.objects.create(case=case, card_no="6222021234567890", card_index=blind_index("card", "6222021234567890"), card_last4="7890", amount=amount)
    contact = make_contact(case, Relation.SELF, name=debtor.name, legal_class=LegalClass.DEBTOR, phone=phone)
    Address.objects.create(contact=contact, text="浙江省杭州市西湖区文三路1号", kind=AddressKind.HOME, source=Source.CLIENT_FILE)
    if holder:
        assign(case, holder)
    return case


def make_contact(case: Case, relation: Relation, *, phone: str = "", **fields) -> Contact:
    contact = Contact.objects.create(case=case, relation=relation, **{"name": "李四", "source": Source.CLIENT_FILE, "created_at": MONDAY_9AM} | fields)
    if phone:
        make_phone(contact, phone)
    return contact


def make_phone(contact: Contact, number: str, **fields) -> Phone:
    defaults = {
        "number": number,
        "number_index": blind_index("phone", number),
        "number_last4": number[-4:],
        "kind": PhoneKind.MOBILE,
        "source": Source.CLIENT_FILE,
    }
    return Phone.objects.create(contact=contact, **defaults | fields)


def assign(case: Case, collector: User) -> Assignment:
    """The collector holds the case (no plan, no filtering task)."""
    case.state = "assigned"
    case.save(update_fields=["state"])
    return Assignment.objects.create(case=case, collector=collector, assigned_at=MONDAY_9AM, assigned_by=collector.team.lead if collector.team else collector)


def make_template(**fields) -> LetterTemplate:
    """A template like the seeded demand letter, unless told otherwise."""
    seeded = LetterTemplate.objects.filter(client=None, kind=fields.get("kind", "demand"), version=1).first()
    defaults = {
        "kind": "demand",
        "name": f"函件{next(_numbers)}",
        "heading": seeded.heading,
        "body": seeded.body,
        "layout": seeded.layout,
        "created_at": MONDAY_9AM,
        "law_firm": make_firm() if fields.get("kind") == "lawyer" else None,
    }
    return LetterTemplate.objects.create(**defaults | fields)


def make_firm(**fields) -> AuthorityPaper:
    """A law firm that serves every client, its engagement on file and in force in 2026 (CR-27)."""
    number = next(_numbers)
    defaults = {
        "kind": "law_firm",
        "number": f"委函〔2026〕{number}号",
        "name": "示例律师事务所",
        "lawyer": "李律师",
        "lawyer_licence": "13301200000000000",
        "phone": "0571-80000000",
        "file": "x.pdf",
        "valid_from": date(2026, 1, 1),
        "valid_until": date(2026, 12, 31),
        "entered_by": make_user(Role.ADMINISTRATOR),
        "entered_at": MONDAY_9AM,
    }
    return AuthorityPaper.objects.create(**defaults | fields)


def make_letter(**fields) -> Letter:
    """A letter awaiting approval, to the debtor's home, on the seeded demand template. `state` moves it on, with what that state needs."""
    case = fields.pop("case", None) or make_case()
    person = fields.pop("requested_by", None) or make_user(Role.COLLECTOR, team=case.placement.team)
    defaults = {
        "case": case,
        "template": fields.pop("template", None) or LetterTemplate.objects.filter(client=None, kind="demand").earliest("pk"),
        "address": fields.pop("address", None) or Address.objects.filter(contact__case=case).earliest("pk"),
        "reason": "逾期三期，电话无人接听",
        "balance": case.balance,
        "balance_on": case.balance_on,
        "requested_by": person,
        "requested_at": MONDAY_9AM,
    }
    state = fields.get("state", "requested")
    if state not in ("requested", "cancelled"):
        defaults |= {"decided_by": case.placement.team.lead, "decided_at": MONDAY_9AM}
    if state in ("rendered", "dispatched", "delivered", "returned"):
        defaults |= {"number": f"2026-{next(_numbers):06}", "rendered_at": MONDAY_9AM, "pages": 2}
    if state in ("dispatched", "delivered", "returned"):
        defaults |= {"carrier": "ems", "tracking_no": f"EA{next(_numbers):09}CN", "dispatched_by": make_user(Role.ADMIN_OFFICE), "dispatched_at": MONDAY_9AM}
    return Letter.objects.create(**defaults | fields)


def make_event(person: User | None = None, *, kind: str = "intake", start: datetime = MONDAY_9AM) -> PenaltyEvent:
    """A missed duty of this person, recorded when it was due."""
    holder = person or make_user()
    duty = open_duty(kind=kind, subject=make_arrival(), holder=holder, start=start, by=None)
    enforce_duties(now=duty.due_at)
    return PenaltyEvent.objects.select_related("duty__kind", "person").get(duty=duty)


def make_training(person: User, **fields) -> Qualification:
    """Training that is valid in November 2026 (CR-47)."""
    return Qualification.objects.create(person=person, **{"passed_on": date(2026, 6, 1), "valid_until": date(2027, 5, 31)} | fields)


def make_caller(*, team: Team | None = None, **fields) -> User:
    """A collector who may call: trained."""
    person = make_user(Role.COLLECTOR, team=team or make_team(), **fields)
    make_training(person)
    return person


def make_filtering_task(collector: User, cases: list[Case], **fields) -> FilteringTask:
    """The collector holds these cases of one placement, to be filtered; the clock (duty "filtering") runs."""
    placement = cases[0].placement
    plan = AssignmentPlan.objects.create(
        placement=placement, team=placement.team, mode="both", holdings="cumulative", state="applied", basis="x",
        created_by=placement.team.lead, created_at=MONDAY_9AM, applied_by=placement.team.lead, applied_at=MONDAY_9AM,
    )  # fmt: skip
    defaults = {"placement": placement, "collector": collector, "plan": plan, "accounts": len(cases), "started_at": MONDAY_9AM}
    task = FilteringTask.objects.create(**defaults | fields)
    for case in cases:
        row = assign(case, collector)
        row.plan, row.filtering_task = plan, task
        row.save(update_fields=["plan", "filtering_task"])
    open_duty(kind="filtering", subject=task, holder=collector, start=MONDAY_9AM, by=None, accounts=len(cases))
    return task


def undo_placement(*, run_id: int, reason: str, by: User) -> None:
    """Asked for, and carried out at once."""
    ask_undo(run_id=run_id, reason=reason, by=by, now=MONDAY_9AM)
    undo_import(run_id=run_id, clock=lambda: MONDAY_9AM)


def make_record(case: Case, collector: User, outcome: str = "NOAS", *, at: datetime = MONDAY_9AM, phone: Phone | None = None, **fields) -> ContactRecord:
    """A call as it lies in the books, without having asked the gate of today."""
    phone = phone or Phone.objects.filter(contact__case=case, contact__relation=Relation.SELF).order_by("pk").first()
    verdict = Verdict.objects.create(case=case, contact=phone.contact, phone=phone, asked_by=collector, at=at, allowed=True)
    defaults = {"started_at": at, "ended_at": at + timedelta(minutes=1), "request_key": uuid.uuid4(), "outcome_id": outcome}
    return ContactRecord.objects.create(
        case=case, contact=phone.contact, phone=phone, number_index=phone.number_index, debtor=case.debtor, verdict=verdict, collector=collector,
        **defaults | fields,
    )  # fmt: skip


def mark_placed(verdict: Verdict) -> Verdict:
    """As if the number had been shown, at the moment the gate answered."""
    Dial.objects.filter(verdict=verdict, placed_at=None).update(placed_at=verdict.at, backend="desk_phone")
    return verdict
