"""What people owed each other in the months before the story, beside the banks' files: look-ups, referrals, appeals; and how each month was closed.

Most in time, some late, now and then a clock that stood still or a duty that went to a colleague: each a service's doing at its moment.
"""

from datetime import datetime, timedelta

from calls.models import Referral
from calls.services.referrals import answer_referral, refer
from cases.models import Case, RegistryRequest
from cases.services.registry import answer_lookup, approve_lookup, confirm_lookup, request_lookup, submit_lookup
from duties.choices import Kind
from duties.models import Duty
from duties.rules import WorkingTime
from duties.services import hand_over_duty
from duties.services_pauses import pause_duty, resume_duty
from penalties.choices import EventState
from penalties.models import PenaltyEvent
from penalties.selectors import involved_in
from penalties.services_appeals import appeal, decide_appeal, waive
from penalties.services_months import close_month
from staff.models import Notice
from workbench.demo.agency import Agency
from workbench.demo.chance import Chance
from workbench.demo.earlier import ENDED, FIRST
from workbench.demo.timeline import Past, Step, Timeline

LOOKUPS = (*range(93, 31, -4), 22, 18, 14)
REFERRALS = (*range(92, 31, -4), 21, 17, 13)
APPEALS = range(90, 10, -6)
PURPOSES = ("预留电话均无法接通，核实现住址以便寄函", "信函退回，核实户籍地址", "银行要求补充户籍信息")
ASKED = [
    # department, what the customer says, the reply
    ("finance", "客户称已还款 2,000 元，账上未见，请核对。", "已与银行核对，款项次日入账。"),
    ("lead", "客户希望由主管回电说明还款方案。", "已回电说明，客户同意按月还款。"),
    ("data", "客户称手机号已停用多年，请核对来源。", "号码来自委案文件，已标注为停用。"),
    ("quality", "客户反映通话中未说明公司名称，请核实。", "已复听录音，开场已说明，已向客户解释。"),
    ("gm_office", "客户要求查看银行的委托证明。", "已请银行客服联系客户出示委托函。"),
]
GROUNDS = ("当日银行系统中断，附情况说明。", "当日参加监管部门培训，任务未及时转交。", "文件有密码，银行次日才回复。")
REASONS = ("银行传输系统故障，非本人原因", "当日全公司停电，已有物业证明", "系统升级期间无法登录")


class Quarter:
    def __init__(self, agency: Agency, past: Past, timeline: Timeline) -> None:
        self.agency, self.past, self.timeline, self.chance = agency, past, timeline, Chance(86)

    @property
    def working(self) -> WorkingTime:
        return self.past.working

    def plan(self) -> None:
        for days_ago in LOOKUPS:
            self.timeline.add(self.past.at(days_ago, 10, self.chance.between(0, 50)), self._look_up())
        for number, days_ago in enumerate(REFERRALS):
            self.timeline.add(self.past.at(days_ago, 14, self.chance.between(0, 50)), self._refer(*ASKED[number % len(ASKED)]))
        for number, days_ago in enumerate(APPEALS):
            self.timeline.add(self.past.at(days_ago, 11), self._appeal(number))
        for days_ago in range(FIRST, 0, -1):
            if self.past.day(days_ago).month != self.past.day(days_ago + 1).month:  # the first working day of a month
                self.timeline.add(self.past.at(days_ago - 2, 16), self._close())
        self.timeline.add(self.past.at(ENDED - 2, 18), self._read_notices)

    def _case(self) -> Case | None:
        """One that is held, and has no look-up yet."""
        held = Case.objects.live().filter(assignments__ended_at=None, assignments__isnull=False, registry_requests=None, stopped_at=None)
        cases = list(held.select_related("placement__team__lead", "team", "holder").order_by("pk"))
        return self.chance.one(cases) if cases else None

    # --- Look-ups --------------------------------------------------------------------------------------------------------------

    def _look_up(self) -> Step:
        late, paused = self.chance.turn("look-up late", 14), self.chance.turn("look-up paused", 10)
        purpose = self.chance.one(PURPOSES)

        def step(now: datetime) -> None:
            case = self._case()
            if case is None:
                return
            request = request_lookup(case=case, legal_basis="client", purpose=purpose, by=case.holder, now=now)
            approved = self.working.add_minutes(now, self.chance.between(20, 70))
            self.timeline.add(approved, self._approve(request, case, late=late, paused=paused))

        return step

    def _approve(self, request: RegistryRequest, case: Case, *, late: bool, paused: bool) -> Step:
        def step(now: datetime) -> None:
            approve_lookup(request_id=request.pk, by=case.home_team.lead, now=now)
            done = self.working.close_after(now, 1 if late or paused else 0) - timedelta(minutes=self.chance.between(15, 100))
            if paused:
                duty, gm = Duty.objects.about(request).get(kind=Kind.REGISTRY), self.agency["gm1"]
                pause_duty(duty_id=duty.pk, by=gm, reason="等待银行盖章的调取函", now=now + timedelta(minutes=20))
                morning = self.working.close_after(now, 1) - timedelta(hours=8)
                self.timeline.add(morning, lambda at: resume_duty(duty_id=duty.pk, by=gm, now=at))
            self.timeline.add(done, self._confirm(request))
            self.timeline.add(self.working.close_after(now, 4) - timedelta(hours=2), self._answer(request))

        return step

    def _confirm(self, request: RegistryRequest) -> Step:
        def step(now: datetime) -> None:
            centre = self.agency["centre1"]
            submit_lookup(request_id=request.pk, submitted_to="委托银行资产保全部", by=centre, now=now)
            confirm_lookup(request_id=request.pk, confirmed_with="资产保全部 何经理", by=centre, now=now)

        return step

    def _answer(self, request: RegistryRequest) -> Step:
        def step(now: datetime) -> None:
            answer, until = "户籍地址与银行预留地址一致。", now.date() + timedelta(days=240)
            answer_lookup(request_id=request.pk, answer=answer, expires_on=until, by=self.agency["centre1"], now=now)

        return step

    # --- What customers said ------------------------------------------------------------------------------------------------

    def _refer(self, department: str, text: str, reply: str) -> Step:
        late, passed_on = self.chance.turn("reply late", 11), self.chance.of(40)

        def step(now: datetime) -> None:
            case = self._case()
            if case is None:
                return
            referral = refer(case_id=case.pk, department=department, text=text, by=case.holder, now=now)
            if passed_on and department in ("gm_office", "data"):
                first, second = ("gm1", "gm2") if department == "gm_office" else ("data1", "data2")
                duty = Duty.objects.about(referral).get(kind=Kind.REFERRAL)
                to = self.agency[second if duty.holder == self.agency[first] else first]
                hand_over_duty(duty_id=duty.pk, to=to, by=self.agency["lead3"], reason="原经办人当日请假", now=now + timedelta(minutes=30))
            done = self.working.close_after(now, 2 if late else self.chance.between(0, 1)) - timedelta(minutes=self.chance.between(15, 80))
            self.timeline.add(done, self._reply(referral, reply))

        return step

    def _reply(self, referral: Referral, reply: str) -> Step:
        def step(now: datetime) -> None:
            holder = Duty.objects.about(referral).get(kind=Kind.REFERRAL).holder
            answer_referral(referral_id=referral.pk, reply=reply, by=holder, now=now)

        return step

    # --- Appeals and statements -----------------------------------------------------------------------------------------------

    def _appeal(self, number: int) -> Step:
        """Somebody who missed a duty in the last days objects; it is decided within its five days, once a day later."""
        days, uphold = 6 if number == 4 else self.chance.between(1, 4), self.chance.of(65)

        def step(now: datetime) -> None:
            fresh = PenaltyEvent.objects.filter(state=EventState.RECORDED, recorded_at__gt=now - timedelta(days=5)).select_related("person", "team__lead")
            event = fresh.order_by("-points", "-pk").first()
            if event is None:
                return
            row = appeal(event_id=event.pk, text=self.chance.one(GROUNDS), by=event.person, now=now)
            duty = Duty.objects.about(row).get(kind=Kind.APPEAL)
            decision = "无书面记录，维持处罚" if uphold else "情况属实，予以免除"
            decided = self.working.close_after(now, days) - timedelta(hours=self.chance.between(1, 6))
            self.timeline.add(decided, lambda at: decide_appeal(event_id=event.pk, uphold=uphold, decision=decision, by=duty.holder, now=at))

        return step

    def _close(self) -> Step:
        """The GM office looks through last month's events, waives one, and closes the month."""

        def step(now: datetime) -> None:
            judge = self.agency["gm1"]
            month = (now.date().replace(day=1) - timedelta(days=1)).replace(day=1)
            recorded = PenaltyEvent.objects.filter(month=month, state=EventState.RECORDED).select_related("person", "team__lead", "duty").order_by("pk")
            events = [event for event in recorded if judge not in involved_in(event)][:2]
            if not PenaltyEvent.objects.filter(month=month).exists():
                return
            if events:
                waive(event_id=events[0].pk, reason=self.chance.one(REASONS), by=judge, now=now)
            close_month(month=month, by=judge, now=now)
            if len(events) > 1:  # known only afterwards: a correction in the next month
                waive(event_id=events[1].pk, reason=self.chance.one(REASONS), by=judge, now=now + timedelta(minutes=30))

        return step

    def _read_notices(self, now: datetime) -> None:
        """Nobody has months of unread lines in the inbox."""
        Notice.objects.unread().update(read_at=now)
