"""The whole bank procedure once, through the services that every door calls: A1.1 to A4."""

import io
import uuid
from datetime import date, datetime, timedelta
from decimal import Decimal

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from openpyxl import Workbook

from assignment.models import Assignment, FilteringTask
from assignment.selectors import holder_of
from assignment.services import applying, making
from audit.models import AuditEvent
from calls.models import Category
from calls.services import filtering, placing, recording
from cases.choices import CallStep, CaseState, LegalBasis, Relation, Verification
from cases.models import Case, Placement
from cases.services import casework, imports, intake, registry
from compliance.services import approve_instruction, enter_instruction
from compliance.services.wishes import note_entrustment
from duties.models import Duty
from letters.choices import Carrier, LetterKind, LetterState
from letters.models import Letter, LetterTemplate
from letters.selectors_quality import current_form
from letters.services import flow, mailing, printing, quality, runs
from penalties.models import PenaltyEvent
from penalties.services import enforce_duties
from staff.choices import Role
from staff.models import Notice, Qualification
from tests.factories import MONDAY_9AM, make_client, make_id_no, make_team, make_user

HEADERS = ["案件编号", "客户姓名", "身份证号", "卡号", "委案金额", "本人手机", "家庭地址", "单位名称", "单位电话", "逾期阶段"]


class Agency:
    """Everybody who has a part in the procedure, and a bank whose written instruction opens the whole call order."""

    def __init__(self) -> None:
        self.team = make_team(name="电催一组")
        self.lead = self.team.lead
        self.collectors = [make_user(Role.COLLECTOR, team=self.team) for _ in range(2)]
        self.supply, self.data, self.centre = make_user(Role.SUPPLY_CHAIN), make_user(Role.DATA_SPECIALIST), make_user(Role.DATA_CENTRE)
        self.office, self.quality, self.gm = make_user(Role.ADMIN_OFFICE), make_user(Role.QUALITY), make_user(Role.GM_OFFICE)
        self.client = make_client(team=self.team)
        for person in (self.lead, *self.collectors):
            Qualification.objects.create(person=person, passed_on=date(2026, 6, 1), valid_until=date(2027, 5, 31))
        instruction = enter_instruction(
            client=self.client, number="函〔2026〕8号", valid_from=date(2026, 1, 1), expires_on=date(2027, 12, 31), file=None, by=self.lead, now=MONDAY_9AM
        )
        approve_instruction(instruction_id=instruction.pk, by=self.gm, now=MONDAY_9AM)


@pytest.fixture
def agency(db) -> Agency:
    return Agency()


def at(minutes: float) -> datetime:
    return MONDAY_9AM + timedelta(minutes=minutes)


def bank_file(rows: int = 6) -> SimpleUploadedFile:
    book = Workbook()
    book.active.append(HEADERS)
    for row in range(rows):
        born = f"{date(1980, 1, 1) + timedelta(days=row):%Y%m%d}"
        book.active.append(
            [f"BANK{row:04}", f"李明{row}", make_id_no(row, born=born), f"62999900000000{row:02}", 10_000 + row, f"1390000{row:04}", "浙江省杭州市西湖区文三路1号", "示例公司", f"0571-8800{row:04}", "M3"]
        )  # fmt: skip
    content = io.BytesIO()
    book.save(content)
    return SimpleUploadedFile("委案.xlsx", content.getvalue())


def arrive_and_import(agency: Agency) -> Placement:
    arrival = intake.register_arrival(client=agency.client, channel="sftp", received_at=at(0), files=[bank_file()], by=agency.supply, now=at(1))
    intake.extend_intake(arrival_id=arrival.pk, reason="银行压缩包需重发", by=agency.supply, now=at(5))
    intake.hand_over_arrival(arrival_id=arrival.pk, by=agency.supply, now=at(20), to=agency.data)
    run = imports.start_import(file=arrival.files.get(), by=agency.data, now=at(21))
    imports.read_import(run_id=run.pk, clock=lambda: at(22))
    imports.confirm_mapping(run_id=run.pk, by=agency.data, now=at(23), placed_on=date(2026, 11, 23))
    imports.check_import(run_id=run.pk, clock=lambda: at(24))
    imports.commit_import(run_id=run.pk, by=agency.data, now=at(25))
    imports.write_import(run_id=run.pk, clock=lambda: at(26))
    run.refresh_from_db()
    note_entrustment(placement=run.placement, notified_on=date(2026, 11, 20), way="短信", evidence="批次 8", by=agency.data, now=at(26))
    return run.placement


def assign(agency: Agency, placement: Placement) -> list[FilteringTask]:
    plan = making.make_plan(placement=placement, team=agency.team, mode="both", holdings="cumulative", by=agency.lead, now=at(30))
    applying.apply_plan(plan_id=plan.pk, version=plan.version, by=agency.lead, now=at(31))
    return list(FilteringTask.objects.filter(placement=placement))


def call(case: Case, relation: Relation, *, by, now: datetime, outcome: str, **fields) -> None:
    phone = case.contacts.get(relation=relation).phones.first()
    verdict = recording.open_call(case_id=case.pk, phone_id=phone.pk, by=by, now=now)
    assert verdict.allowed, verdict.objections
    placing.place_call(verdict_id=verdict.pk, by=by, now=now)
    times = {"started_at": now, "ended_at": now + timedelta(seconds=40), "request_key": uuid.uuid4(), "by": by, "now": now + timedelta(minutes=1)}
    recording.record_call(verdict_id=verdict.pk, outcome=outcome, **times | fields)


def filter_case(case: Case, collector, now: datetime) -> None:
    for field in ("identity", "accounts", "stage", "payments", "employer", "contacts", "addresses", "remarks"):
        filtering.review_field(case_id=case.pk, field=field, finding="clear", by=collector, now=now)
    call(case, Relation.EMPLOYER, by=collector, now=now, outcome="NOAS")
    filtering.close_step(case_id=case.pk, step=CallStep.EMPLOYER, state="called", by=collector, now=now + timedelta(minutes=2))
    call(case, Relation.SELF, by=collector, now=now + timedelta(minutes=3), outcome="NOAS")
    filtering.close_step(case_id=case.pk, step=CallStep.SELF, state="called", by=collector, now=now + timedelta(minutes=5))
    for contact in case.contacts.all():
        casework.verify_contact(contact=contact, verification=Verification.VERIFIED, by=collector, now=now)
        for phone in contact.phones.all():
            casework.verify_phone(phone=phone, verification=Verification.UNVERIFIABLE, by=collector, now=now)
        for address in contact.addresses.all():
            casework.verify_address(address=address, verification=Verification.VERIFIED, by=collector, now=now)
    filtering.classify_case(case_id=case.pk, category=Category.objects.order_by("position").first().pk, by=collector, now=now + timedelta(minutes=6))


def ask_for_letter(case: Case) -> Letter:
    template = LetterTemplate.objects.filter(kind=LetterKind.DEMAND).first()
    address = case.contacts.get(relation=Relation.SELF).addresses.get(source="client_file")
    return flow.request_letter(case=case, template=template, address=address, reason="多次联系未果", by=holder_of(case), now=at(80))


@pytest.mark.django_db
def test_an_arrival_becomes_cases_and_the_lead_is_told(agency):
    """A1.1, A1.2"""
    placement = arrive_and_import(agency)

    assert (placement.run.state, placement.case_count, placement.amount) == ("committed", 6, Decimal("60015.00"))
    assert set(Duty.objects.values_list("kind_id", "holder__name")) == {
        ("intake", agency.supply.name),
        ("import", agency.data.name),
        ("assignment", agency.lead.name),
    }
    assert [duty.state for duty in Duty.objects.order_by("pk")] == ["met", "met", "open"]
    assert Notice.objects.filter(recipient=agency.lead).exclude(path="/instructions/").count() == 1


@pytest.mark.django_db
def test_a_plan_gives_each_case_one_holder_and_each_collector_a_deadline(agency):
    """A2.1, A2.2, A3.1"""
    tasks = assign(agency, arrive_and_import(agency))

    assert [task.accounts for task in tasks] == [3, 3]
    assert {assignment.collector for assignment in Assignment.objects.open()} == set(agency.collectors)
    assert {duty.due_at.isoformat(timespec="minutes") for duty in Duty.objects.filter(kind_id="filtering")} == {"2026-11-25T09:30+00:00"}
    assert Duty.objects.get(kind_id="assignment").state == "met"


@pytest.mark.django_db
def test_the_last_classified_case_meets_the_filtering_duty(agency):
    """A3.1, A3.2, A3.3"""
    tasks = assign(agency, arrive_and_import(agency))
    task = tasks[0]

    for index, held in enumerate(Assignment.objects.open().filter(collector=task.collector).select_related("case")):
        filter_case(held.case, task.collector, at(60 + 10 * index))

    duties = {duty.holder: duty.state for duty in Duty.objects.filter(kind_id="filtering")}
    assert duties == {task.collector: "met", tasks[1].collector: "open"}
    assert {held.case.state for held in Assignment.objects.open().filter(collector=task.collector).select_related("case")} == {CaseState.WORKING}


@pytest.mark.django_db
def test_a_registry_request_is_approved_submitted_confirmed_and_answered(agency):
    """A1.3"""
    assign(agency, arrive_and_import(agency))
    case = Case.objects.first()
    collector = holder_of(case)

    request = registry.request_lookup(case=case, legal_basis=LegalBasis.CLIENT, purpose="核实户籍地址", by=collector, now=at(70))
    registry.approve_lookup(request_id=request.pk, by=agency.lead, now=at(71))
    registry.submit_lookup(request_id=request.pk, submitted_to="示例银行", by=agency.centre, now=at(72))
    registry.confirm_lookup(request_id=request.pk, confirmed_with="王经理", by=agency.centre, now=at(73))
    registry.answer_lookup(
        request_id=request.pk, answer="已核实", expires_on=date(2027, 5, 1), by=agency.centre, now=at(74), address="浙江省杭州市余杭区良渚街道1号"
    )

    assert Duty.objects.get(kind_id="registry").state == "met"
    assert [address.source for address in case.contacts.get(relation=Relation.SELF).addresses.order_by("pk")] == ["client_file", "registry"]


@pytest.mark.django_db
def test_a_letter_is_asked_for_approved_printed_mailed_and_checked(agency):
    """A1.4, annexes 3 and 4"""
    assign(agency, arrive_and_import(agency))
    case = Case.objects.first()

    letter = ask_for_letter(case)
    flow.approve_letter(letter_id=letter.pk, by=agency.lead, now=at(81))
    runs.start_print_run(letter_ids=[letter.pk], by=agency.office, now=at(82))
    printing.work_on_next_run(clock=lambda: at(83))
    mailing.dispatch_letter(letter_id=letter.pk, carrier=Carrier.EMS, tracking_no="EA123456785CN", by=agency.office, now=at(84))
    answers = {item["code"]: True for item in current_form(at(85)).items}
    quality.fill_quality_form(letter_id=letter.pk, filled=quality.Filled(answers=answers), by=agency.quality, now=at(85))

    letter = Letter.objects.get()
    assert (letter.state, letter.number, letter.quality_check.grade) == (LetterState.DISPATCHED, "2026-000001", "pass")
    assert {duty.kind_id: duty.state for duty in Duty.objects.filter(kind__code__startswith="letter")} == {"letter_dispatch": "met", "letter_quality": "met"}


@pytest.mark.django_db
def test_one_duty_of_each_kind_left_unmet_is_one_penalty_event_each(agency):
    """A4: after every rule above. The scheduler comes by twice, days later."""
    assign(agency, arrive_and_import(agency))
    case = Case.objects.first()
    request = registry.request_lookup(case=case, legal_basis=LegalBasis.CLIENT, purpose="核实户籍地址", by=holder_of(case), now=at(70))
    registry.approve_lookup(request_id=request.pk, by=agency.lead, now=at(71))
    waiting, sent = (ask_for_letter(case) for case in Case.objects.order_by("pk")[:2])
    for letter in (waiting, sent):
        flow.approve_letter(letter_id=letter.pk, by=agency.lead, now=at(81))
    runs.start_print_run(letter_ids=[sent.pk], by=agency.office, now=at(82))
    printing.work_on_next_run(clock=lambda: at(83))
    mailing.dispatch_letter(letter_id=sent.pk, carrier=Carrier.EMS, tracking_no="EA123456785CN", by=agency.office, now=at(84))
    late = intake.register_arrival(client=agency.client, channel="sftp", received_at=at(90), files=[bank_file(2)], by=agency.supply, now=at(91))
    handed = intake.register_arrival(client=agency.client, channel="sftp", received_at=at(90), files=[bank_file(3)], by=agency.supply, now=at(91))
    intake.hand_over_arrival(arrival_id=handed.pk, by=agency.supply, now=at(92), to=agency.data)

    first = enforce_duties(now=MONDAY_9AM + timedelta(days=9))
    second = enforce_duties(now=MONDAY_9AM + timedelta(days=9))

    events = sorted(PenaltyEvent.objects.values_list("duty__kind_id", "person__name"))
    assert events == sorted(
        [
            ("filtering", agency.collectors[0].name),
            ("filtering", agency.collectors[1].name),
            ("import", agency.data.name),
            ("intake", agency.supply.name),
            ("letter_dispatch", agency.office.name),
            ("letter_quality", agency.quality.name),
            ("registry", agency.centre.name),
        ]
    )
    assert (first.events, second.events) == (7, 0)
    assert late.pk
    assert all(event.due_at == event.duty.due_at for event in PenaltyEvent.objects.select_related("duty"))
    assert AuditEvent.objects.filter(subject_type="penalties.penaltyevent").count() == 7
