"""Letters, registry look-ups and appeals in every state, told through their services."""

from collections.abc import Callable
from datetime import datetime, timedelta

from django.db.models import F

from cases.choices import CaseState
from cases.models import Case
from cases.services.registry import answer_lookup, approve_lookup, confirm_lookup, refuse_lookup, request_lookup, submit_lookup
from collection.lib.press.fonts import FontMissing
from letters.choices import Carrier, LetterState, RectifyState, ReturnReason
from letters.models import Letter, LetterHold, Rectification
from letters.selectors import templates_for
from letters.services.flow import approve_letter, cancel_letter, refuse_letter, request_letter
from letters.services.holds import release_hold
from letters.services.mailing import dispatch_letter
from letters.services.printing import work_on_next_run
from letters.services.quality import Found, fill_quality_form
from letters.services.rectifying import answer_rectification
from letters.services.results import book_delivery, book_return
from letters.services.runs import start_print_run
from penalties.models import PenaltyEvent
from penalties.selectors import involved_in, terms_of
from penalties.services_appeals import appeal, decide_appeal, waive
from workbench.demo.agency import Agency
from workbench.demo.earlier import FIRST
from workbench.demo.letter_quality import LetterQuality, filled_form
from workbench.demo.post import Post
from workbench.demo.stationery import Stationery
from workbench.demo.timeline import Past, Timeline

Step = Callable[[datetime], None]
REASONS = ("多次电话未接，寄函催告", "承诺后失约", "客户要求书面函件", "失联，按住宅地址寄函")


class Papers:
    def __init__(self, agency: Agency, past: Past, timeline: Timeline) -> None:
        self.agency, self.past, self.timeline = agency, past, timeline

    def plan(self) -> None:
        """Months of letters and their quality, then a week of letters that went their whole way, then today's in each earlier state."""
        self.timeline.add(self.past.at(FIRST + 2, 9, 0), Stationery(self.agency).make)
        LetterQuality(self.agency, self.past, self.timeline).plan()
        self.timeline.add(self.past.at(8, 10, 0), self._request(0, 8))
        self.timeline.add(self.past.at(8, 15, 0), self._approve(limit=7))
        self.timeline.add(self.past.at(7, 9, 30), self._print(limit=6))
        self.timeline.add(self.past.at(7, 15, 30), self._dispatch(limit=5))
        self.timeline.add(self.past.at(6, 10, 30), self._check(limit=3))
        self.timeline.add(self.past.at(6, 16, 0), self._release)
        self.timeline.add(self.past.at(5, 10, 0), self._rectify)
        self.timeline.add(self.past.at(4, 11, 0), self._book)
        self.timeline.add(self.past.at(1, 10, 0), self._request(1, 9))
        self.timeline.add(self.past.at(1, 10, 40), self._approve(limit=5))
        self.timeline.add(self.past.at(1, 15, 0), self._print(limit=2))
        self.timeline.add(self.past.at(1, 16, 0), Post(self.agency).tell)
        self.timeline.add(self.past.at(10, 11, 0), self._lookups(0, "answered"))
        self.timeline.add(self.past.at(5, 11, 0), self._lookups(1, "approved"))
        self.timeline.add(self.past.at(0, 10, 0), self._lookups(2, "today"))

    # --- Letters -----------------------------------------------------------------------------------------------------------

    def _cases(self, start: int, count: int) -> list[Case]:
        states = (CaseState.WORKING, CaseState.LOST_CONTACT, CaseState.PROMISED)
        free = Case.objects.filter(state__in=states, assignments__ended_at=None, letters=None, registry_requests=None, assignments__isnull=False)
        return list(free.select_related("client", "placement__team__lead").order_by("pk")[start * 3 : start * 3 + count])

    def _request(self, round_no: int, count: int) -> Step:
        def step(now: datetime) -> None:
            for number, case in enumerate(self._cases(round_no, count)):
                kind = "lawyer" if number == 4 else "statement" if number == 5 else "demand"
                by = case.assignments.get(ended_at=None).collector
                address = case.contacts.get(relation="self").addresses.order_by("pk").first()
                moment = now + timedelta(minutes=number)
                template = templates_for(case).filter(kind=kind).order_by(F("client").desc(nulls_last=True)).first()
                request_letter(case=case, template=template, address=address, reason=REASONS[number % len(REASONS)], by=by, now=moment)

        return step

    def _in_state(self, state: str, limit: int) -> list[Letter]:
        return list(Letter.objects.filter(state=state).select_related("template", "case__placement__team__lead").order_by("pk")[:limit])

    def _approve(self, *, limit: int) -> Step:
        def step(now: datetime) -> None:
            waiting = self._in_state(LetterState.REQUESTED, 99)
            for number, letter in enumerate(waiting[:limit]):
                lead = letter.case.placement.team.lead
                by = self.agency["gm1"] if letter.template.kind == "lawyer" else lead
                if number == limit - 1:
                    refuse_letter(letter_id=letter.pk, reason="地址待核实，先电话确认", by=by, now=now)
                else:
                    approve_letter(letter_id=letter.pk, by=by, now=now)
            for letter in waiting[limit : limit + 1]:
                cancel_letter(letter_id=letter.pk, reason="客户已还款，不再寄送", by=letter.requested_by, now=now)

        return step

    def _print(self, *, limit: int) -> Step:
        """Real PDFs. Where the machine has no fonts the letters stay approved, and say so on their page."""

        def step(now: datetime) -> None:
            letters = self._in_state(LetterState.APPROVED, limit)
            if not letters:
                return
            start_print_run(letter_ids=[letter.pk for letter in letters], by=self.agency["office1"], now=now)
            try:
                work_on_next_run(clock=lambda: now + timedelta(minutes=2))
            except FontMissing:
                return

        return step

    def _dispatch(self, *, limit: int) -> Step:
        def step(now: datetime) -> None:
            for number, letter in enumerate(self._in_state(LetterState.RENDERED, limit)):
                carrier = Carrier.EMS if letter.template.kind == "lawyer" else Carrier.CHINA_POST
                tracking = f"{'EA' if carrier == Carrier.EMS else 'XA'}{990_000_000 + letter.pk:09}CN"
                moment = now + timedelta(minutes=4 * number)
                dispatch_letter(letter_id=letter.pk, carrier=carrier, tracking_no=tracking, by=self.agency["office1"], now=moment)

        return step

    def _check(self, *, limit: int) -> Step:
        """One without fault, one with a small defect, one with a serious one."""

        def step(now: datetime) -> None:
            found = {1: {"envelope": Found("general", "信封封口不严")}, 2: {"address": Found("serious", "邮编与案件地址不一致")}}
            for number, letter in enumerate(self._in_state(LetterState.DISPATCHED, limit)):
                filled = filled_form(now, found.get(number, {}), task="核对地址后补寄" if number == 2 else "")
                fill_quality_form(letter_id=letter.pk, filled=filled, by=self.agency["quality1"], now=now + timedelta(minutes=6 * number))

        return step

    def _book(self, now: datetime) -> None:
        office = self.agency["office1"]
        for number, letter in enumerate(self._in_state(LetterState.DISPATCHED, 4)):
            if number == 3:
                book_return(letter_id=letter.pk, reason=ReturnReason.MOVED, by=office, now=now)
            else:
                book_delivery(letter_id=letter.pk, by=office, now=now)

    def _release(self, now: datetime) -> None:
        for hold in LetterHold.objects.filter(released_at=None):
            release_hold(hold_id=hold.pk, reason="已逐封核对地址和邮编，其余函件无误", by=self.agency["gm1"], now=now)

    def _rectify(self, now: datetime) -> None:
        for row in Rectification.objects.filter(state=RectifyState.OPEN).select_related("holder"):
            answer_rectification(rectification_id=row.pk, text="已向委托行核对邮编并补寄，新邮件号码已登记。", photo=None, by=row.holder, now=now)

    # --- Registry ----------------------------------------------------------------------------------------------------------

    def _lookups(self, round_no: int, far: str) -> Step:
        def step(now: datetime) -> None:
            for number, case in enumerate(self._cases(5 + round_no, 4 if far == "today" else 2)):
                by, lead = case.assignments.get(ended_at=None).collector, case.placement.team.lead
                request = request_lookup(case=case, legal_basis="client", purpose="预留电话均无法接通，核实现住址以便寄函", by=by, now=now)
                if far == "answered":
                    self._answer(request.pk, lead, now)
                elif far == "approved":
                    if number:
                        refuse_lookup(request_id=request.pk, reason="先按住宅地址寄函", by=lead, now=now + timedelta(hours=1))
                    else:  # approved, and nobody submitted it that day
                        approve_lookup(request_id=request.pk, by=lead, now=now + timedelta(hours=1))
                elif number:
                    self._some_way(request.pk, lead, number, now)

        return step

    def _answer(self, request_id: int, lead, now: datetime) -> None:
        centre, moments = self.agency["centre1"], [now + timedelta(minutes=40 * number) for number in range(1, 5)]
        approve_lookup(request_id=request_id, by=lead, now=moments[0])
        submit_lookup(request_id=request_id, submitted_to="委托银行资产保全部", by=centre, now=moments[1])
        confirm_lookup(request_id=request_id, confirmed_with="资产保全部 何经理", by=centre, now=moments[2])
        answer_lookup(
            request_id=request_id,
            answer="户籍地址与银行预留地址不同，已登记。",
            expires_on=self.past.day(0) + timedelta(days=150),
            address=f"江苏省苏州市姑苏区青禾街{request_id}号",
            by=centre,
            now=self.past.at(8, 16, 0),
        )

    def _some_way(self, request_id: int, lead, number: int, now: datetime) -> None:
        centre = self.agency["centre1"]
        approve_lookup(request_id=request_id, by=lead, now=now + timedelta(minutes=5))
        if number > 1:
            submit_lookup(request_id=request_id, submitted_to="委托银行资产保全部", by=centre, now=now + timedelta(minutes=15))
        if number > 2:
            confirm_lookup(request_id=request_id, confirmed_with="资产保全部 何经理", by=centre, now=now + timedelta(minutes=25))

    # --- Penalties ---------------------------------------------------------------------------------------------------------

    def appeal_some(self, now: datetime) -> None:
        """Of what no closed month holds: one waived, one upheld, one open; each only where its time still runs."""
        events = list(
            PenaltyEvent.objects.filter(state="recorded", month__gt=terms_of(now).closed).select_related("person", "team__lead").order_by("recorded_at")
        )
        judge, other = self.agency["gm1"], self.agency["gm2"]
        free = [event for event in events if not {judge, other} & set(involved_in(event))]
        if free:
            waive(event_id=free[0].pk, reason="当日银行传输系统故障，非本人原因", by=judge, now=now)
        fresh = [event for event in free[1:] if self.past.working.close_after(event.recorded_at, 5) > now]
        for event, uphold in zip(fresh, (True, None), strict=False):
            appeal(event_id=event.pk, text="当日临时抽调支援其他项目，已口头向主管报备。", by=event.person, now=now)
            if uphold is not None:
                decide_appeal(event_id=event.pk, uphold=uphold, decision="无书面报备记录，维持处罚", by=judge, now=now)
