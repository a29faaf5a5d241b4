"""A template of each kind to start from, and lawyers' letters name a firm whose engagement is on file."""

from datetime import UTC, date, datetime

from django.db import migrations

SEEDED_AT = datetime(2026, 1, 1, tzinfo=UTC)

LAYOUT = {
    "first_page": "own",
    "first_header": "{agency_name}\n{agency_contact}",
    "first_footer": "",
    "odd_even": True,
    "odd_header": "{agency_name}　{letter_number}",
    "even_header": "{letter_number}　{agency_name}",
    "footer": "",
    "even_footer": "",
    "cover": "",
    "number_from": 1,
    "envelope": "dl_left",
    "letterhead_image": True,
    "seal_image": True,
    "qr": True,
    "pay_days": 15,
}
OF_CLIENT = {"first_header": "{client_name}", "odd_header": "{client_name}　{letter_number}", "even_header": "{letter_number}　{client_name}"}
IN_LOBBY = {"odd_header": "", "even_header": "", "envelope": "none", "qr": False}

SETTLEMENT = """{debtor_name}{debtor_honorific}：
您在{client_name}办理的{product}（账户：{masked_card}，证件号码：{masked_id}）的欠款已于{settled_on}全部结清。截至本证明出具之日，该笔欠款余额为零，{client_name}不再就该笔欠款向您主张权利，受托机构{agency_name}同时停止就该笔欠款与您联系。
# 一、如何核实
- 您可凭本证明编号（{letter_number}）拨打{client_name}服务电话{client_phone}查询核实。
- 个人信用信息的报送和更新由{client_name}依照《征信业管理条例》办理，如有疑问请向其查询。
# 二、说明
本证明仅用于证明上述欠款的结清情况，涂改无效。请妥善保存本证明和您的还款凭证。
特此证明。
{seal}
"""

PAYMENT = """尊敬的{debtor_name}{debtor_honorific}：
感谢您的支持与配合。受{client_name}委托，现将您{product}（户号：{case_no}）截至{balance_on}的应缴费用通知如下。
应缴金额合计人民币{amount}（大写：{amount_in_words}），明细如下：
{accounts_table}
# 一、缴费方式
- 请于{pay_by}前将款项足额存入您约定的代扣账户，或者缴存至：{payee_account}。
- 您也可以在办公时间到管理处以现金缴纳，并请索取收据。
# 二、核对与咨询
- 每项费用的所属期间、收费标准和依据，请向{client_name}查询核对，电话：{client_phone}。
- 如您已经缴清，请以收据或者银行回单为准，并请谅解。
{seal}
"""

ARREARS = """尊敬的{debtor_name}{debtor_honorific}：
受{client_name}委托，现就您{product}（户号：{case_no}）的欠缴费用通知如下。
# 一、欠缴情况
上期费用未能按约定扣缴成功。截至{balance_on}，您欠缴费用合计人民币{amount}（大写：{amount_in_words}），明细如下：
{accounts_table}
# 二、依据
依据《中华人民共和国民法典》第九百四十四条以及您签订的《物业服务合同》，业主应当按照约定支付物业费。
# 三、请您办理
- 请于{pay_by}前将款项足额存入您约定的代扣账户，或者缴存至：{payee_account}；也可以在办公时间到管理处以现金缴纳，并请索取收据。
- 您对欠缴的事实、金额或者服务质量有异议的，请在上述日期前以书面或者电话方式提出，电话：{client_phone}；核实答复之前，有异议的部分不再催缴。
- 如您确有困难，请与我们联系，协商分期缴纳。
如您已经缴清，请以收据或者银行回单为准，并请谅解。
{seal}
"""

LOBBY = """各位业主、住户：
本月费用的代扣工作已经完成，部分账户因余额不足等原因未能扣款成功。请您查询自己的缴费账户，于{pay_by}前保证余额充足，或者在办公时间到管理处以现金缴纳。
每户的具体情况只通知本人，此处不列出任何个人情况。需要核对的，请本人携带有效证件到管理处，或者致电{client_phone}。
收费标准和依据在管理处备查，欢迎咨询。感谢您的支持与配合。
{agency_name}
{seal}
"""

ENTRUST = """尊敬的{debtor_name}{debtor_honorific}：
为便于您了解还款信息、协商还款安排，{client_name}已委托{agency_name}就您办理的{product}（账户：{masked_card}）与您联系。现依照《银行保险机构消费者权益保护管理办法》的要求通知如下。
# 一、受托机构
- 名称：{agency_name}；联系方式：{agency_contact}。
- 委托期限：自{entrusted_from}起至{entrusted_until}止。
- 受托事项：提醒还款、核对账目、协商还款安排、寄送函件。受托机构不收取您的任何款项，您的还款只进入{client_name}的账户。
# 二、您的权利
- 您有权要求联系您的人员说明姓名、工号和所属机构，有权核对账目、提出异议。
- 您的个人信息仅用于上述受托事项；委托结束后，受托机构将返还或者删除。
- 您可以随时致电{client_name}核实受托机构和人员的身份，对不当行为有权投诉，电话：{client_phone}。
{seal}
"""

TEMPLATES = [
    ("settlement", "结清证明", "结清证明", SETTLEMENT, OF_CLIENT),
    ("payment", "缴费通知", "缴费通知", PAYMENT, {}),
    ("arrears", "欠费通知", "欠费通知", ARREARS, {}),
    ("lobby", "大堂提示", "温馨提示", LOBBY, IN_LOBBY),
    ("entrust", "委托通知", "委托通知", ENTRUST, OF_CLIENT),
]
LAWYER_OPENING = "{law_firm}接受{client_name}的委托，"
LAWYER_NAMED = "{law_firm}接受{client_name}的委托，指派{lawyer}，"
OUR_CONTACT, FIRM_CONTACT = "- 本公司联系方式：{agency_contact}。", "- 本所联系方式：{law_firm_contact}。"


def seed(apps, schema_editor) -> None:
    template, paper = apps.get_model("letters", "LetterTemplate"), apps.get_model("letters", "AuthorityPaper")
    template.objects.bulk_create(
        template(kind=kind, name=name, heading=heading, body=body, layout=LAYOUT | layout, created_at=SEEDED_AT)
        for kind, name, heading, body, layout in TEMPLATES
    )
    for row in template.objects.filter(kind="lawyer", created_by=None, version=1, client=None, letters=None):
        row.body = row.body.replace(LAWYER_OPENING, LAWYER_NAMED).replace(OUR_CONTACT, FIRM_CONTACT)
        row.layout = row.layout | {
            "first_header": "{law_firm}\n{law_firm_contact}",
            "odd_header": "{law_firm}　{letter_number}",
            "even_header": "{letter_number}　{law_firm}",
        }
        row.save(update_fields=["body", "layout"])
    for row in template.objects.filter(kind="lawyer").exclude(layout__law_firm=None).exclude(layout__law_firm=""):
        row.law_firm = _firm_without_file(paper, row)
        row.save(update_fields=["law_firm"])


def _firm_without_file(paper, template):
    """Known by name only: its letters wait until the engagement is entered."""
    name = str(template.layout["law_firm"])[:100]
    same = {"kind": "law_firm", "name": name, "client": template.client}
    return paper.objects.filter(**same).first() or paper.objects.create(
        **same, number="—", valid_from=date(2026, 1, 1), valid_until=date(2026, 1, 1), entered_by=template.created_by, entered_at=template.created_at
    )


def unseed(apps, schema_editor) -> None:
    template = apps.get_model("letters", "LetterTemplate")
    template.objects.filter(kind__in=[row[0] for row in TEMPLATES]).delete()
    for row in template.objects.filter(kind="lawyer", created_by=None, version=1, client=None):
        row.body = row.body.replace(LAWYER_NAMED, LAWYER_OPENING).replace(FIRM_CONTACT, OUR_CONTACT)
        row.save(update_fields=["body"])


class Migration(migrations.Migration):
    dependencies = [("letters", "0006_what_letters_are_made_from")]
    operations = [migrations.RunPython(seed, unseed)]
