"""The canonical outcomes (the codes that card centres use) and the categories of filtered cases; managers edit both."""

from django.db import migrations

RIGHT, THIRD, NOBODY, INVALID, ADMIN = "right_party", "third_party", "no_contact", "invalid_number", "admin"
OUTCOMES = [
    # code, key, Chinese, English, group, target, what else it means
    ("PTP", "1", "承诺还款", "Promises to pay", RIGHT, "self", {"creates_promise": True, "moves_to": "promised"}),
    ("CDLT", "2", "需要时间，承诺还款", "Needs time, promises to pay", RIGHT, "self", {"creates_promise": True, "moves_to": "promised"}),
    ("HPTP", "3", "有困难，2–3日内可望还款", "Has difficulty, may pay in 2–3 days", RIGHT, "self", {"follow_up_days": 3}),
    ("CAPT", "4", "称已还款，在途", "Says it is paid, in transit", RIGHT, "self", {"follow_up_days": 3}),
    ("WTP", "5", "有还款意愿", "Willing to pay", RIGHT, "self", {"follow_up_days": 2}),
    ("CMIN", "6", "协商中", "In negotiation", RIGHT, "self", {"follow_up_days": 2}),
    ("RTP", "7", "拒绝还款", "Refuses to pay", RIGHT, "self", {"follow_up_days": 3}),
    ("NOST", "8", "拒绝沟通", "Refuses to talk", RIGHT, "self", {"follow_up_days": 3}),
    ("STAP", "9", "要求稍后再拨", "Asks to be called later", RIGHT, "self", {"follow_up_days": 1}),
    ("PYD", "0", "称已还清", "Says it is paid in full", RIGHT, "self", {"follow_up_days": 3}),
    ("OPTP", "p", "他人代偿", "Somebody else will pay", RIGHT, "self", {"follow_up_days": 3}),
    ("INSY", "y", "无还款诚意", "No sincerity", RIGHT, "self", {"follow_up_days": 3}),
    ("EYQK", "e", "恶意拖欠", "Wilful default", RIGHT, "self", {"follow_up_days": 3}),
    ("FEAD", "d", "对金额或费用有异议", "Disputes the amount or fees", RIGHT, "self", {"moves_to": "disputed"}),
    ("DENY", "q", "否认借款", "Denies the debt", RIGHT, "self", {"moves_to": "disputed"}),
    ("OUGT", "u", "听不懂、方言", "Cannot be understood", RIGHT, "self", {"is_effective_call": False, "follow_up_days": 1}),
    ("CAIN", "v", "本人回电", "The debtor called back", RIGHT, "self", {"is_effective_call": False, "counts_as_attempt": False}),
    ("LMS", "l", "他人接听，已留言", "Answered by somebody else, message left", THIRD, "self", {"is_contact": True, "follow_up_days": 2}),
    ("NSN", "i", "非本人号码", "Not the debtor's number", INVALID, "self", {"is_contact": True, "marks_number": "changed"}),
    ("CHLC", "c", "完全失联", "Fully lost", ADMIN, "self", {"moves_to": "lost_contact", "counts_as_attempt": False}),
    ("AGTP", "1", "同意转告", "Agrees to pass on", THIRD, "third_party", {"is_contact": True, "marks_number": "normal", "follow_up_days": 2}),
    ("CINF", "2", "提供了联系方式", "Gave contact details", THIRD, "third_party", {"is_contact": True, "marks_number": "normal", "follow_up_days": 1}),
    ("RFTP", "3", "拒绝转告", "Refuses to pass on", THIRD, "third_party", {"is_contact": True, "bars_number": True}),
    ("NOCL", "4", "要求停止联系", "Asks not to be called", THIRD, "third_party", {"is_contact": True, "bars_number": True}),
    ("VPAY", "5", "自愿代偿", "Offers to pay of their own will", THIRD, "third_party", {"is_contact": True, "marks_number": "normal", "follow_up_days": 1}),
    ("NSA", "6", "查无此人", "No such person", INVALID, "third_party", {"is_contact": True, "marks_number": "changed"}),
    ("CHQJ", "7", "已离职", "Has left the employer", THIRD, "third_party", {"is_contact": True, "marks_number": "normal"}),
    ("LMTP", "8", "已留言", "Message left", THIRD, "third_party", {"is_contact": True, "marks_number": "normal", "follow_up_days": 2}),
    ("NOAS", "a", "无人接听", "No answer", NOBODY, "any", {"marks_number": "no_answer", "follow_up_days": 1}),
    ("NOPK", "r", "拒接", "Refused to answer", NOBODY, "any", {"marks_number": "no_answer", "follow_up_days": 1}),
    ("BUSY", "b", "忙音", "Busy", NOBODY, "any", {"marks_number": "busy", "follow_up_days": 1}),
    ("OFF", "o", "关机", "Switched off", NOBODY, "any", {"marks_number": "off", "follow_up_days": 1}),
    ("MST", "m", "秘书台", "Secretary service", NOBODY, "any", {"marks_number": "no_answer", "follow_up_days": 1}),
    ("WFJT", "w", "无法接通", "Cannot connect", NOBODY, "any", {"marks_number": "no_answer", "follow_up_days": 1}),
    ("TNIS", "t", "停机", "Suspended", INVALID, "any", {"marks_number": "suspended"}),
    ("NOEX", "n", "空号", "Number does not exist", INVALID, "any", {"marks_number": "empty"}),
    ("TSAJ", "z", "死亡、羁押或无行为能力", "Dead, in custody or incapable", ADMIN, "any", {"is_contact": True, "stops_case": True}),
]

CATEGORIES = [
    ("willing", "有还款意愿", "Willing to pay"),
    ("able_delays", "有能力但拖延", "Able, but delays"),
    ("hardship", "还款困难", "In hardship"),
    ("refuses", "拒绝还款", "Refuses"),
    ("disputes", "有争议", "Disputes"),
    ("half_lost", "半失联（可联系第三人）", "Half lost (a third party is reached)"),
    ("lost", "失联", "Lost contact"),
    ("incapable", "死亡或无行为能力", "Dead or incapable"),
]


def seed(apps, schema_editor) -> None:
    outcome_model, category_model = apps.get_model("calls", "Outcome"), apps.get_model("calls", "Category")
    for position, (code, key, name_zh, name_en, group, target, more) in enumerate(OUTCOMES):
        reached = group == RIGHT
        means = {"is_contact": reached, "is_right_party": reached, "is_effective_call": reached, "marks_number": "normal" if reached else ""} | more
        outcome_model.objects.create(code=code, hotkey=key, name_zh=name_zh, name_en=name_en, group=group, target=target, position=position, **means)
    category_model.objects.bulk_create(
        category_model(code=code, name_zh=name_zh, name_en=name_en, position=position) for position, (code, name_zh, name_en) in enumerate(CATEGORIES)
    )


def unseed(apps, schema_editor) -> None:
    for name in ("Outcome", "Category"):
        apps.get_model("calls", name).objects.all().delete()


class Migration(migrations.Migration):
    dependencies = [("calls", "0001_initial")]
    operations = [migrations.RunPython(seed, unseed)]
