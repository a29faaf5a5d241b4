"""Months of letters: approved, dispatched in time or late, sampled, their forms filled, defects, and what became of them."""

from datetime import datetime, timedelta

from cases.models import Case
from duties.choices import Kind
from duties.services import meet_duty, open_duty
from letters.choices import Carrier, FormSubject, LetterState, RectifyBy, RectifyState
from letters.models import DispatchDay, Letter, LetterHold, LetterNumber, Rectification
from letters.rules import number_text
from letters.selectors import templates_for
from letters.selectors_quality import current_form
from letters.services.catching_up import catch_up
from letters.services.flow import path_of
from letters.services.holds import release_hold
from letters.services.quality import Filled, Found, fill_day_form, fill_quality_form
from letters.services.rectifying import answer_rectification, judge_rectification
from letters.services.sampling import draw_letter
from staff.models import User
from workbench.demo.agency import Agency
from workbench.demo.chance import Chance
from workbench.demo.timeline import Past, Step, Timeline

# Working days before now, and how many letters went out on each.
DAYS = {92: 3, 87: 5, 81: 5, 76: 6, 71: 5, 66: 6, 62: 5, 56: 6, 50: 5, 44: 7, 40: 6, 34: 5, 21: 6, 19: 7, 14: 5, 11: 4}
LATE, LATE_CHECK = 8, 6  # of a hundred
# How often, out of a hundred letters, an item is not in order: (item, severity, note, per cent).
FAULTS = [
    ("envelope", "slight", "信封封口不严", 9),
    ("seal", "general", "落款处印章模糊", 8),
    ("tracking", "general", "登记的邮件号码末位有误，查询不到", 6),
    ("attachments", "slight", "缺少账单附件一页", 4),
    ("address", "serious", "邮编与案件地址不一致", 3),
    ("privacy", "serious", "窗口处露出“催告”字样", 2),
]
LATE_FOUND = Found("general", "晚于规定时限一天寄出")
DAY_FAULTS = {40: {"receipt": Found("general", "交接回执缺少承运人签字")}, 19: {"list": Found("slight", "寄件清单两处涂改未签名")}}


def filled_form(now: datetime, found: dict[str, Found], *, subject: str = FormSubject.LETTER, task: str = "", to: str = RectifyBy.DISPATCHER) -> Filled:
    items = current_form(now, subject).items
    return Filled(answers={item["code"]: item["code"] not in found for item in items}, defects=found, task=task, to=to)


class LetterQuality:
    def __init__(self, agency: Agency, past: Past, timeline: Timeline) -> None:
        self.agency, self.past, self.timeline = agency, past, timeline
        self.chance = Chance(20261123)

    def plan(self) -> None:
        for days_ago, count in DAYS.items():
            for place in range(count):
                late = self.chance.turn("dispatched late", LATE)
                self.timeline.add(self.past.at(days_ago + 1 + late, self.chance.between(9, 16), 3 * place), self._approve(days_ago, place, late=late))
            self.timeline.add(self.past.at(days_ago - 1, 11), self._check_day(days_ago))

    def _approve(self, days_ago: int, place: int, *, late: bool) -> Step:
        """A letter that its collector asked for the day before; the admin office has a working day to dispatch it."""

        def step(now: datetime) -> None:
            live = Case.objects.live().filter(assignments__ended_at=None, assignments__isnull=False, letters=None, registry_requests=None, stopped_at=None)
            case = live.select_related("placement__team__lead", "client", "holder").order_by("-pk").first()
            if case is None:
                return
            kinds = ("demand", "demand", "demand", "statement", "lawyer")
            template = templates_for(case).filter(kind=kinds[(case.pk + place) % 5]).order_by("-pk").first()
            lead, office = case.placement.team.lead, self.agency["office1" if place % 3 else "office2"]
            letter = Letter.objects.create(
                case=case,
                template=template,
                address=case.contacts.get(relation="self").addresses.order_by("pk").first(),
                state=LetterState.APPROVED,
                reason="多次电话未接，寄函催告",
                balance=case.balance,
                balance_on=now.date(),
                requested_by=case.holder,
                requested_at=now - timedelta(hours=18),
                decided_by=self.agency["gm1"] if template.kind == "lawyer" else lead,
                decided_at=now,
            )
            open_duty(kind=Kind.LETTER_DISPATCH, subject=letter, holder=office, start=now, by=letter.decided_by, path=path_of(letter))
            self.timeline.add(self.past.at(days_ago, self.chance.between(14, 16), 3 * place), self._send(letter, office, days_ago, place, late=late))

        return step

    def _send(self, letter: Letter, office: User, days_ago: int, place: int, *, late: bool) -> Step:
        def step(now: datetime) -> None:
            carrier = Carrier.EMS if letter.template.kind == "lawyer" else (Carrier.CHINA_POST, Carrier.CHINA_POST, Carrier.SF)[place % 3]
            letter.number, letter.pages, letter.rendered_at, letter.carrier = self._number(now), 2, now - timedelta(hours=4), carrier
            letter.tracking_no = {"china_post": "XA{:09}CN", "ems": "EA{:09}CN", "sf": "SF{:012}"}[carrier].format(700_000_000 + letter.case_id)
            letter.state, letter.dispatched_by, letter.dispatched_at, letter.delivered_at = LetterState.DELIVERED, office, now, now + timedelta(days=3)
            letter.save()
            meet_duty(kind=Kind.LETTER_DISPATCH, subject=letter, by=office, now=now)
            draw_letter(letter, by=office, now=now)
            checked = self.past.at(days_ago - (3 if self.chance.turn("checked late", LATE_CHECK) else 1), self.chance.between(9, 15), 7 * place)
            self.timeline.add(checked, self._check(letter, late=late))

        return step

    def _number(self, moment: datetime) -> str:
        counter, _is_new = LetterNumber.objects.get_or_create(year=moment.year)
        counter.last += 1
        counter.save(update_fields=["last"])
        return number_text(moment.year, counter.last)

    def _check(self, letter: Letter, *, late: bool) -> Step:
        def step(now: datetime) -> None:
            found = {item: Found(severity, note) for item, severity, note, often in FAULTS if self.chance.of(often)} | (
                {"deadline": LATE_FOUND} if late else {}
            )
            is_serious = any(one.severity == "serious" for one in found.values())
            asks = is_serious or "seal" in found or "tracking" in found
            to = RectifyBy.TEMPLATE if "privacy" in found else RectifyBy.DISPATCHER
            checker = self.agency["quality1"]
            check = fill_quality_form(letter_id=letter.pk, filled=filled_form(now, found, task="核对后更正并补寄" if asks else "", to=to), by=checker, now=now)
            for hold in LetterHold.objects.filter(check_row=check, released_at=None):
                release_hold(hold_id=hold.pk, reason="其余函件已逐封核对，无同类问题", by=self.agency["gm1"], now=now + timedelta(hours=3))
            for row in Rectification.objects.filter(check_row=check, state=RectifyState.OPEN).select_related("holder"):
                days = 4 if self.chance.of(15) else 1
                self.timeline.add(self.past.working.close_after(now, days) - timedelta(hours=6), self._put_right(row))

        return step

    def _put_right(self, row: Rectification) -> Step:
        def step(now: datetime) -> None:
            answer_rectification(rectification_id=row.pk, text="已更正登记并补寄，附新的邮件号码。", photo=None, by=row.holder, now=now)
            self.timeline.add(now + timedelta(hours=4), self._judge(row))

        return step

    def _judge(self, row: Rectification) -> Step:
        return lambda now: judge_rectification(rectification_id=row.pk, accept=True, verdict="已核对", by=self.agency["quality1"], now=now)

    def _check_day(self, days_ago: int) -> Step:
        def step(now: datetime) -> None:
            day = DispatchDay.objects.filter(day=self.past.day(days_ago)).first()
            if day is None:
                return
            catch_up(now=now)
            filled = filled_form(now, DAY_FAULTS.get(days_ago, {}), subject=FormSubject.DAY)
            fill_day_form(day_id=day.pk, filled=filled, by=self.agency["quality1"], now=now + timedelta(minutes=20))

        return step
