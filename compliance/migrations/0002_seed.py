"""The limits and scripts that the agency starts with (compliance.md, "Parameters to ship"); all but the law's are edited in the browser."""

from datetime import datetime
from zoneinfo import ZoneInfo

from django.db import migrations

SHANGHAI = ZoneInfo("Asia/Shanghai")
START = datetime(2025, 2, 28, tzinfo=SHANGHAI)  # GB/T 45251-2025 in force
G1, G2 = "中国银行业协会《催收工作指引（试行）》", "GB/T 45251-2025"
POLICIES = [
    # key, rule, layer, value, source
    ("contact.window", "CR-01", "law", {"from": "08:00", "to": "22:00"}, f"{G2}; {G1}"),
    ("contact.window", "CR-02", "company", {"from": "09:00", "to": "20:00"}, "催收电话管理制度 E11"),
    ("voice.effective.per_debtor_day", "CR-03", "law", {"limit": 3}, G2),
    ("voice.attempts.per_number_day", "CR-04", "law", {"limit": 6}, G1),
    ("third_party.after_failures", "CR-10", "law", {"limit": 3}, f"{G1}; {G2}"),
    ("third_party.failure_days", "CR-10", "company", {"limit": 2}, "公司默认值"),
    ("third_party.valid_days", "CR-10", "company", {"limit": 7}, "公司默认值"),
    ("promise.max_days", "PTP", "company", {"limit": 30}, "公司默认值"),
    ("reveal.per_user_day", "CR-46", "company", {"limit": 80}, "公司默认值"),
]

DEBTOR = """您好，我是{company}的催收专员，工号{staff_no}，受{bank}委托与您联系，本次通话全程录音。
请问您是{name}先生/女士吗？
为保护您的信息，需要先核实身份：请您说一下身份证后四位，以及卡号后四位（或您登记的地址）。
{identity}
谢谢您的配合。您在{bank}的欠款截至{balance_on}余额为{amount}，已逾期{overdue_days}天，请问是什么原因没有按时还款？
（倾听，记录原因）请问您计划在哪一天、还多少？款项请只还入银行指定账户：{payee}。
我帮您登记：{name}承诺于约定日期还款。如有异议或困难，您可以现在告诉我，也可以拨打银行客服{bank_phone}核实。
感谢您的接听，再见。"""

THIRD_PARTY = """您好，我是{company}的工作人员，工号{staff_no}，本次通话录音。
我想联系{name}先生/女士，有一件个人事务需要与本人沟通。
请问您方便转告本人回个电话吗？或者您是否知道如何联系到本人？
（对方询问何事）抱歉，涉及个人隐私，只能与本人说明。
（对方不愿协助或要求不再拨打）好的，打扰您了，我们不会再拨打这个号码。
谢谢您，再见。"""

SCRIPTS = [("debtor", "本人通话标准话术", DEBTOR), ("third_party", "第三人通话标准话术", THIRD_PARTY)]


def seed(apps, schema_editor) -> None:
    policy_model, script_model = apps.get_model("compliance", "ContactPolicy"), apps.get_model("compliance", "Script")
    policy_model.objects.bulk_create(
        policy_model(key=key, rule=rule, layer=layer, value=value, source=source, valid_from=START) for key, rule, layer, value, source in POLICIES
    )
    script_model.objects.bulk_create(script_model(target=target, title=title, text=text, valid_from=START) for target, title, text in SCRIPTS)


def unseed(apps, schema_editor) -> None:
    for name in ("ContactPolicy", "Script"):
        apps.get_model("compliance", name).objects.all().delete()


class Migration(migrations.Migration):
    dependencies = [("compliance", "0001_initial")]
    operations = [migrations.RunPython(seed, unseed)]
