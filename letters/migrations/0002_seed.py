"""The letters and the quality form that the agency starts with; managers edit them in the browser."""

from datetime import UTC, datetime

from django.db import migrations

SEEDED_AT = datetime(2026, 1, 1, tzinfo=UTC)

LAYOUT = {
    "first_header": "{agency_name}\n{agency_contact}",
    "odd_header": "{agency_name}　{letter_number}",
    "even_header": "{letter_number}　{agency_name}",
    "first_footer": "",
    "footer": "",
    "number_from": 1,
    "law_firm": "",
}

CHECK_AND_OBJECT = """# {n}、如何核对、还款、提出异议和提交证据
- 核对：您可随时向{client_name}查询账单、还款记录和本函所列金额，服务电话：{client_phone}。
- 还款：请只向{client_name}的账户还款：{payee_account}。本公司不收取任何费用，也不接受任何形式的代收。
- 异议：您对欠款的事实、金额或者本函内容有异议的，请自收到本函之日起30日内，以书面或者电话方式向{client_name}或者本公司提出；核实答复之前，有异议的部分不再催收。
- 证据：已还款、被盗刷或者已与银行另有约定的，请提供还款凭证、合同等证明材料。
- 本公司联系方式：{agency_contact}。
"""

DEMAND = (
    """尊敬的{debtor_name}{debtor_honorific}：
您在{client_name}办理的{product}（账户：{masked_card}，证件号码：{masked_id}）自{overdue_since}起逾期，至今未按约定偿还。受{client_name}委托，本公司就上述欠款函告如下。
# 一、欠款金额
截至{balance_on}，您的欠款余额为人民币{amount}（大写：{amount_in_words}），明细如下：
{accounts_table}
标“—”的项目以{client_name}的账单为准；上述日期之后的还款和息费以银行核算为准。
# 二、原因和依据
您未按领用合约约定的还款日足额还款，已构成逾期。依据《中华人民共和国民法典》第五百零九条、第六百七十四条、第六百七十六条，《商业银行信用卡业务监督管理办法》以及您与银行签订的《信用卡领用合约》，您应当偿还欠款本息及约定的费用。
# 三、您的权利和义务
您有权了解欠款的构成，有权核对账目、提出异议、与银行协商还款方案，有权对不当的催收行为投诉。您有义务按照合约约定还款，并保持联系方式真实有效。
"""
    + CHECK_AND_OBJECT.replace("{n}", "四")
    + """请您在收到本函后尽快与{client_name}或者本公司联系，协商妥善的还款安排。如您已经还清，请以银行账单为准，并请谅解。
{seal}
"""
)

LAWYER = (
    """尊敬的{debtor_name}{debtor_honorific}：
{law_firm}接受{client_name}的委托，就您{product}账户（{masked_card}，证件号码：{masked_id}）自{overdue_since}起逾期未还一事，致函如下。
# 一、基本事实
截至{balance_on}，您的欠款余额为人民币{amount}（大写：{amount_in_words}），明细如下：
{accounts_table}
标“—”的项目以{client_name}的账单为准。
# 二、法律依据
您与银行签订的《信用卡领用合约》合法有效。依据《中华人民共和国民法典》第五百零九条、第五百七十七条、第六百七十四条、第六百七十六条，您应当按照约定返还借款、支付利息，并承担违约责任。
# 三、您的权利和义务
您有权核对账目、提出异议、提交证据，也可以委托律师与本所联系。您有义务按照合约约定还款。委托人保留依法维护其合法权益的权利。
"""
    + CHECK_AND_OBJECT.replace("{n}", "四").replace("本公司不收取", "本所不收取").replace("或者本公司提出", "或者本所提出")
    + """{seal}
"""
)

STATEMENT = """尊敬的{debtor_name}{debtor_honorific}：
受{client_name}委托，现将您{product}账户（{masked_card}）的账目函告如下，请您核对。
截至{balance_on}，账面余额为人民币{amount}（大写：{amount_in_words}）。
{accounts_table}
标“—”的项目以{client_name}的账单为准。
您对上述金额有异议的，请自收到本函之日起30日内与{client_name}（服务电话：{client_phone}）或者本公司（{agency_contact}）联系，并提供还款凭证等证明材料。本函仅供核对账目，不是还款通知。
{seal}
"""

TEMPLATES = [("demand", "催告函（信用卡）", "催告函", DEMAND), ("lawyer", "律师函（信用卡）", "律师函", LAWYER), ("statement", "对账函", "对账函", STATEMENT)]

ITEMS = [
    # code, Chinese, English, weight, serious
    ("addressee", "收件人姓名与案件一致", "Addressee as in the case", 12, True),
    ("address", "收件地址、邮编完整且与案件一致", "Address and postcode complete and as in the case", 12, True),
    ("amount", "欠款金额、大写及截止日期与系统一致", "Amount, words and date as in the system", 15, True),
    ("content", "函件种类、版本正确，内容完整、无缺页", "Right letter and version, complete, no page missing", 10, False),
    ("payee", "还款账户为委托银行账户", "The payee is the bank's own account", 12, True),
    ("privacy", "证件号、卡号已隐去，信封外无欠款字样", "ID and card masked; nothing about a debt on the envelope", 10, True),
    ("seal", "落款、印章齐全清晰", "Signature and seal complete and clear", 8, False),
    ("envelope", "信封完好、封口严密，窗口可见完整地址", "Envelope sound and closed; whole address in the window", 5, False),
    ("attachments", "附件齐全", "Attachments complete", 5, False),
    ("deadline", "在规定时限内寄出", "Sent within the deadline", 6, False),
    ("tracking", "邮件号码与登记一致、可查询", "Tracking number as recorded and traceable", 5, False),
]


def seed(apps, schema_editor) -> None:
    template = apps.get_model("letters", "LetterTemplate")
    template.objects.bulk_create(
        template(kind=kind, name=name, heading=heading, body=body, layout=LAYOUT, created_at=SEEDED_AT) for kind, name, heading, body in TEMPLATES
    )
    names = ("code", "name_zh", "name_en", "weight", "serious")
    apps.get_model("letters", "QualityForm").objects.create(
        name_zh="信件发送质量监督表",
        name_en="Letter quality form",
        items=[dict(zip(names, item, strict=True)) for item in ITEMS],
        valid_from=SEEDED_AT,
    )


def unseed(apps, schema_editor) -> None:
    apps.get_model("letters", "QualityForm").objects.all().delete()
    apps.get_model("letters", "LetterTemplate").objects.all().delete()


class Migration(migrations.Migration):
    dependencies = [("letters", "0001_initial")]
    operations = [migrations.RunPython(seed, unseed)]
