"""Months of letter quality: mail of before the demo's own weeks, its samples, filled forms, defects, and what became of them."""

import random
from datetime import datetime, timedelta

from cases.models import Case
from letters.choices import Carrier, FormSubject, LetterState, RectifyBy, RectifyState
from letters.models import DispatchDay, Letter, LetterHold, LetterNumber, Rectification
from letters.rules import number_text
from letters.selectors import templates_for
from letters.selectors_quality import current_form
from letters.services.catching_up import catch_up
from letters.services.holds import release_hold
from letters.services.quality import Filled, Found, fill_day_form, fill_quality_form
from letters.services.rectifying import answer_rectification, judge_rectification
from letters.services.sampling import draw_letter
from workbench.demo.agency import Agency
from workbench.demo.timeline import Past

# Working days before now, and how many letters went out on each.
DAYS = {86: 4, 82: 5, 66: 6, 62: 5, 44: 7, 40: 6, 24: 6, 22: 7, 14: 5, 11: 4}
# How often, out of a hundred letters, an item is not in order: (item, severity, note, per cent).
FAULTS = [
    ("envelope", "slight", "信封封口不严", 9),
    ("seal", "general", "落款处印章模糊", 8),
    ("tracking", "general", "登记的邮件号码末位有误，查询不到", 6),
    ("deadline", "general", "晚于规定时限一天寄出", 5),
    ("attachments", "slight", "缺少账单附件一页", 4),
    ("address", "serious", "邮编与案件地址不一致", 3),
    ("privacy", "serious", "窗口处露出“催告”字样", 2),
]
DAY_FAULTS = {40: {"receipt": Found("general", "交接回执缺少承运人签字")}, 22: {"list": Found("slight", "寄件清单两处涂改未签名")}}


def filled_form(now: datetime, found: dict[str, Found], *, subject: str = FormSubject.LETTER, task: str = "", to: str = RectifyBy.DISPATCHER) -> Filled:
    items = current_form(now, subject).items
    return Filled(answers={item["code"]: item["code"] not in found for item in items}, defects=found, task=task, to=to)


class LetterQuality:
    def __init__(self, agency: Agency, past: Past) -> None:
        self.agency, self.past = agency, past
        self.chance = random.Random(20261123)

    def tell(self, _now: datetime) -> None:
        """Told at once, each step at its own moment of the past."""
        cases = list(Case.objects.filter(letters=None).select_related("placement__team__lead").order_by("-pk")[: sum(DAYS.values())])
        for days_ago, count in DAYS.items():
            letters = [self._send(case, days_ago, place) for place, case in enumerate(cases[:count])]
            cases = cases[count:]
            for place, letter in enumerate(letters):
                self._check(letter, self.past.at(days_ago - 1, 9) + timedelta(minutes=7 * place))
            self._check_day(days_ago)

    def _send(self, case: Case, days_ago: int, place: int) -> Letter:
        kinds = ("demand", "demand", "demand", "statement", "lawyer")
        template = templates_for(case).filter(kind=kinds[(case.pk + place) % 5]).order_by("-pk").first()
        address = case.contacts.get(relation="self").addresses.order_by("pk").first()
        lead, sent = case.placement.team.lead, self.past.at(days_ago, 15) + timedelta(minutes=3 * place)
        carrier = Carrier.EMS if template.kind == "lawyer" else (Carrier.CHINA_POST, Carrier.CHINA_POST, Carrier.SF)[place % 3]
        letter = Letter.objects.create(
            case=case,
            template=template,
            address=address,
            state=LetterState.DELIVERED,
            number=self._number(sent),
            reason="多次电话未接，寄函催告",
            balance=case.balance,
            balance_on=sent.date(),
            requested_by=self.agency["collector1"],
            requested_at=sent - timedelta(days=1),
            decided_by=self.agency["gm1"] if template.kind == "lawyer" else lead,
            decided_at=sent - timedelta(hours=20),
            pages=2,
            rendered_at=sent - timedelta(hours=4),
            carrier=carrier,
            tracking_no={"china_post": "XA{:09}CN", "ems": "EA{:09}CN", "sf": "SF{:012}"}[carrier].format(700_000_000 + case.pk),
            dispatched_by=self.agency["office1"] if place % 3 else self.agency["office2"],
            dispatched_at=sent,
            delivered_at=sent + timedelta(days=3),
        )
        draw_letter(letter, by=letter.dispatched_by, now=sent)
        return letter

    def _number(self, moment: datetime) -> str:
        counter, _is_new = LetterNumber.objects.get_or_create(year=moment.year)
        counter.last += 1
        counter.save(update_fields=["last"])
        return number_text(moment.year, counter.last)

    def _check(self, letter: Letter, now: datetime) -> None:
        found = {item: Found(severity, note) for item, severity, note, often in FAULTS if self.chance.randrange(100) < often}
        is_serious = any(one.severity == "serious" for one in found.values())
        asks = is_serious or "seal" in found or "tracking" in found
        to = RectifyBy.TEMPLATE if "privacy" in found else RectifyBy.DISPATCHER
        checker = self.agency["quality1"]
        check = fill_quality_form(letter_id=letter.pk, filled=filled_form(now, found, task="核对后更正并补寄" if asks else "", to=to), by=checker, now=now)
        for hold in LetterHold.objects.filter(check_row=check, released_at=None):
            release_hold(hold_id=hold.pk, reason="其余函件已逐封核对，无同类问题", by=self.agency["gm1"], now=now + timedelta(hours=3))
        for row in Rectification.objects.filter(check_row=check, state=RectifyState.OPEN).select_related("holder"):
            late = self.chance.randrange(5) == 0
            done = now + timedelta(days=6 if late else 1, hours=2)
            answer_rectification(rectification_id=row.pk, text="已更正登记并补寄，附新的邮件号码。", photo=None, by=row.holder, now=done)
            judge_rectification(rectification_id=row.pk, accept=True, verdict="已核对", by=checker, now=done + timedelta(hours=5))

    def _check_day(self, days_ago: int) -> None:
        now = self.past.at(days_ago - 1, 11)
        day = DispatchDay.objects.get(day=self.past.day(days_ago))
        catch_up(now=now)
        filled = filled_form(now, DAY_FAULTS.get(days_ago, {}), subject=FormSubject.DAY)
        fill_day_form(day_id=day.pk, filled=filled, by=self.agency["quality1"], now=now + timedelta(minutes=20))
