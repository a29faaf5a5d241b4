"""The company's first quick texts; leads and administrators keep them."""

from django.db import migrations

TEXTS = [
    # title, text, for
    ("核身通过", "已核实身份，告知欠款余额及还款账户。", "self"),
    ("承诺还款", "客户承诺按约定日期和金额还款，已提示还入银行指定账户。", "self"),
    ("请求延期", "客户表示近期资金紧张，请求延期，未作承诺。", "self"),
    ("称已还款", "客户称已还款，待与银行核对到账。", "self"),
    ("要求复核", "客户对金额有异议，已登记并转交核实。", "self"),
    ("同意转告", "对方同意转告本人回电，未提及任何债务信息。", "third_party"),
    ("不再拨打", "对方要求不再拨打，已致歉并登记。", "third_party"),
    ("无人接听", "振铃无人接听，择时再拨。", "any"),
]


def seed(apps, schema_editor) -> None:
    rows = apps.get_model("calls", "QuickText").objects
    for position, (title, text, target) in enumerate(TEXTS):
        rows.get_or_create(owner=None, title=title, is_active=True, defaults={"text": text, "target": target, "position": position})


def unseed(apps, schema_editor) -> None:
    apps.get_model("calls", "QuickText").objects.filter(owner=None, title__in=[title for title, _text, _target in TEXTS]).delete()


class Migration(migrations.Migration):
    dependencies = [("calls", "0005_issues_of_wording")]
    operations = [migrations.RunPython(seed, unseed)]
