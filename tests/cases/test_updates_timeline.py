"""What a bank tells later is on the case's timeline, for who may see the case."""

from datetime import date

import pytest
from django.urls import reverse

from tests.factories import assign, make_caller

pytestmark = pytest.mark.django_db


def test_payments_balances_warnings_and_earlier_records_are_on_the_timeline(placed, imported, team, sign_in):
    caller = make_caller(team=team)
    case = placed["A1"]
    assign(case, caller)
    imported("payment", [{"案件编号": "A1", "还款金额": 500, "还款日期": date(2026, 11, 21), "还款方式": "微信"}])
    imported("balance", [{"案件编号": "A1", "最新欠款": 9800, "截止日期": date(2026, 11, 22)}])
    imported("warning", [{"案件编号": "A1", "警告信息": "注意用语"}])
    imported("record", [{"案件编号": "A1", "催收时间": "2026-10-08 10:30", "催收内容": "打 13900001111 无人接听", "催收员": "张明"}])

    lines = {line["kind"]: line for line in sign_in(team.lead).get(reverse("workbench:api-case", args=[case.pk])).json()["timeline"]}
    page = sign_in(team.lead).get(reverse("workbench:case-detail", args=[case.pk]), {"tab": "timeline"})

    assert "500.00" in lines["payment"]["title"]
    assert lines["payment"]["text"] == "微信"
    assert "9,500.00 → ¥9,800.00" in lines["balance"]["title"]
    assert lines["warning"]["text"] == "注意用语"
    assert (lines["note"]["person"], lines["note"]["text"], lines["note"]["at"][:10]) == ("张明", "打 139****1111 无人接听", "2026-10-08")
    assert page.content.decode().count("bi-cash-coin") == 1
