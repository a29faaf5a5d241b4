"""What customers said beyond promises: passed on to departments and answered (E14), flagged on the case (CR-16, CR-50), asked for (CR-02),
agreed to in a plan (CR-33), and what interrupts the limitation (CR-34)."""

from datetime import datetime, timedelta

from django.utils import timezone

from calls.models import Referral
from calls.services.promises import sign_plan
from calls.services.referrals import answer_referral, refer
from cases.choices import CaseState
from cases.models import Case
from compliance.choices import Interruption, PolicyKey
from compliance.services.flags import lift_flag, raise_flag
from compliance.services.limitation import record_interruption
from compliance.services.wishes import note_wish
from workbench.demo.agency import Agency
from workbench.demo.timeline import Past, Timeline

REFERRALS = [
    # department, what the customer says, reply (none: still waiting), who replies
    ("finance", "客户称上周五已还款 3,000 元，账上未见入账，请核对。", "已与银行核对，款项已入账，余额次日更新。", "finance1"),
    ("quality", "客户反映前一位催收员语气生硬，希望核实。", "已复听录音，用语规范，已向客户说明。", "quality1"),
    ("finance", "客户询问指定还款账户是否变更，请确认。", "", ""),
    ("data", "客户称身份证已换证，有效期与委案文件不符。", "", ""),
]
FLAGS = [
    ("hardship", "客户失业在家，带两名未成年子女，通话录音 2 分 10 秒处。"),
    ("illness", "家属告知客户住院手术，已提供住院证明照片。"),
    ("lawyer", "客户称已委托示例律师事务所刘律师处理，要求与律师联系。"),
]
WISHES = [
    (PolicyKey.WINDOW, {"spans": [["09:00", "11:30"], ["14:00", "17:30"]]}, "phone", "通话录音 1 分 05 秒处：中午休息时间不要来电。"),
    (PolicyKey.WINDOW, {"from": "18:00", "to": "20:00"}, "phone", "通话录音 0 分 48 秒处：白天上班，只能晚上接听。"),
    (PolicyKey.CHANNEL, {"only": "letter"}, "letter", "客户来信（收件登记 2026-118）：要求书面联系。"),
    (PolicyKey.EFFECTIVE_PER_DAY, {"limit": 1}, "sms", "客户短信回复：每天最多联系一次。"),
]


class Talk:
    def __init__(self, agency: Agency, past: Past, timeline: Timeline) -> None:
        self.agency, self.past, self.timeline = agency, past, timeline

    def plan(self) -> None:
        self.timeline.add(self.past.at(1, 10, 20), self._pass_on)
        self.timeline.add(self.past.at(1, 16, 30), self._reply)
        self.timeline.add(self.past.at(1, 17, 0), self._flag)
        self.timeline.add(self.past.at(1, 17, 20), self._arrange)

    def _cases(self, start: int, count: int) -> list[Case]:
        """Worked cases that no other part of the story takes up again."""
        free = Case.objects.filter(state=CaseState.WORKING, assignments__ended_at=None, assignments__isnull=False, letters=None, registry_requests=None)
        return list(free.filter(stopped_at=None, flags=None, referrals=None).order_by("pk")[start : start + count])

    def _pass_on(self, now: datetime) -> None:
        for number, case in enumerate(self._cases(40, len(REFERRALS))):
            department, text, _reply, _who = REFERRALS[number]
            moment = now + timedelta(minutes=7 * number)
            refer(case_id=case.pk, department=department, text=text, by=case.assignments.get(ended_at=None).collector, now=moment)

    def _reply(self, now: datetime) -> None:
        for referral, (_department, _text, reply, who) in zip(Referral.objects.filter(state="open").order_by("pk"), REFERRALS, strict=False):
            if reply:
                answer_referral(referral_id=referral.pk, reply=reply, by=self.agency[who], now=now)

    def _flag(self, now: datetime) -> None:
        flags = []
        for case, (kind, evidence) in zip(self._cases(50, len(FLAGS)), FLAGS, strict=False):
            flags.append(raise_flag(case_id=case.pk, kind=kind, evidence=evidence, by=case.assignments.get(ended_at=None).collector, now=now))
        if len(flags) == len(FLAGS):
            lead = flags[1].case.placement.team.lead
            lift_flag(flag_id=flags[1].pk, reason="家属确认已康复出院，恢复联系", by=lead, now=now + timedelta(minutes=40))

    def _arrange(self, now: datetime) -> None:
        """Wishes, one instalment plan, and one debt whose limitation began anew."""
        cases = self._cases(60, len(WISHES) + 2)
        for case, (key, value, said_by, evidence) in zip(cases, WISHES, strict=False):
            note_wish(case=case, key=key, value=value, said_by=said_by, evidence=evidence, by=case.assignments.get(ended_at=None).collector, now=now)
        if len(cases) > len(WISHES) + 1:
            planned, demanded = cases[-2:]
            lead = planned.placement.team.lead
            sign_plan(case_id=planned.pk, instalments=24, evidence="个性化分期协议（银行编号 JY-2026-0316）", by=lead, now=now)
            evidence = "邮政签收回执（本人签收）"
            record_interruption(case=demanded, event=Interruption.DEMANDED, on=timezone.localdate(now) - timedelta(days=9), evidence=evidence, by=lead, now=now)
