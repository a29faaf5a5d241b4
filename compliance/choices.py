from django.db import models
from django.utils.translation import gettext_lazy as _
from django.utils.translation import gettext_noop


class Layer(models.TextChoices):
    """Whose limit it is; each layer may only tighten the one before."""

    LAW = "law", _("Law and industry rules")
    CLIENT = "client", _("Client")
    COMPANY = "company", _("Company")
    DEBTOR = "debtor", _("Debtor's request")
    CONSENT = "consent", _("Debtor's consent")


class PolicyKey(models.TextChoices):
    """The limits of compliance.md, "Parameters to ship"."""

    WINDOW = "contact.window", _("Contact hours")
    BUSINESS_WINDOW = "contact.window.business", _("Contact hours of business clients")
    EFFECTIVE_PER_DAY = "voice.effective.per_debtor_day", _("Effective calls per debtor and day")
    ATTEMPTS_PER_NUMBER = "voice.attempts.per_number_day", _("Attempts per number and day")
    THIRD_PARTY_FAILURES = "third_party.after_failures", _("Failed attempts before third parties may be called")
    THIRD_PARTY_DAYS = "third_party.failure_days", _("Different days of failed attempts")
    THIRD_PARTY_VALID_DAYS = "third_party.valid_days", _("Days that a loss of contact stays proven")
    EFFECTIVE_GAP = "voice.effective.gap_minutes", _("Minutes between two effective calls of a day")
    EFFECTIVE_PER_WEEK = "voice.effective.per_debtor_week", _("Effective calls per debtor in seven days (strict profile)")
    ENTRUSTMENT_NOTICE = "entrustment.notice", _("The bank's notice of entrustment before the first call (1: required)")
    PROMISE_DAYS = "promise.max_days", _("Furthest day of a promise to pay, in days")
    PROMISE_LEAST = "promise.least_amount", _("Least amount of a promise to pay, in yuan")
    PROMISES_IN_ROW = "promise.max_broken_in_row", _("Broken promises in a row after which none is taken")
    PROMISE_GRACE = "promise.grace_days", _("Days of grace after a promised day")
    AMEND_MINUTES = "record.amend_minutes", _("Minutes in which a caller may amend the own record")
    DISCLOSURES_PER_DAY = "call.disclosed_per_user_day", _("Numbers shown for calling, per person and day")
    REVEALS_PER_DAY = "reveal.per_user_day", _("Reveals of personal data per person and day")
    INSTALMENTS = "instalment.max_months", _("Monthly instalments of a plan")
    # What only a debtor asks for.
    CHANNEL = "contact.channel", _("Channel")
    LANGUAGE = "contact.language", _("Language")


# What a debtor may agree to on record beyond the law's own limit (CR-01, CR-04).
AGREED = (PolicyKey.WINDOW, PolicyKey.ATTEMPTS_PER_NUMBER)
WINDOWS = (PolicyKey.WINDOW, PolicyKey.BUSINESS_WINDOW)


# The rule that a new row of a limit is filed under.
RULE_OF_KEY = {
    PolicyKey.WINDOW: "CR-02",
    PolicyKey.BUSINESS_WINDOW: "CR-02",
    PolicyKey.EFFECTIVE_PER_DAY: "CR-03",
    PolicyKey.ATTEMPTS_PER_NUMBER: "CR-04",
    PolicyKey.THIRD_PARTY_FAILURES: "CR-10",
    PolicyKey.THIRD_PARTY_DAYS: "CR-10",
    PolicyKey.THIRD_PARTY_VALID_DAYS: "CR-10",
    PolicyKey.EFFECTIVE_GAP: "CR-05",
    PolicyKey.EFFECTIVE_PER_WEEK: "CR-06",
    PolicyKey.ENTRUSTMENT_NOTICE: "CR-19",
    PolicyKey.PROMISE_DAYS: "PTP",
    PolicyKey.PROMISE_LEAST: "PTP",
    PolicyKey.PROMISES_IN_ROW: "PTP",
    PolicyKey.PROMISE_GRACE: "PTP",
    PolicyKey.AMEND_MINUTES: "E14",
    PolicyKey.DISCLOSURES_PER_DAY: "CR-46",
    PolicyKey.REVEALS_PER_DAY: "CR-46",
    PolicyKey.INSTALMENTS: "CR-33",
    PolicyKey.CHANNEL: "CR-16",
    PolicyKey.LANGUAGE: "CR-20",
}

# For these the larger figure is the stricter one.
LARGER_IS_STRICTER = (
    PolicyKey.THIRD_PARTY_FAILURES,
    PolicyKey.THIRD_PARTY_DAYS,
    PolicyKey.EFFECTIVE_GAP,
    PolicyKey.ENTRUSTMENT_NOTICE,
    PolicyKey.PROMISE_LEAST,
)


class Direction(models.TextChoices):
    """Who rang: we, or the debtor."""

    OUT = "out", _("Outbound")
    IN = "in", _("Inbound")


class Channel(models.TextChoices):
    """By which way a debtor wants to be reached, or said something."""

    PHONE = "phone", _("Phone")
    SMS = "sms", _("Text message")
    LETTER = "letter", _("Letter")
    EMAIL = "email", _("E-mail")
    IN_PERSON = "in_person", _("In person")


class FlagKind(models.TextChoices):
    """What holds dunning, or asks for care (CR-16, CR-50)."""

    DISPUTE = "dispute", _("Disputes the debt")
    COMPLAINT = "complaint", _("Complaint open")
    INCAPABLE = "incapable", _("Dead, in custody or incapable")
    ILLNESS = "illness", _("Seriously ill")
    LAWYER = "lawyer", _("Has named a lawyer")
    RELIEF = "relief", _("Bankruptcy or debt mediation")
    HARDSHIP = "hardship", _("In hardship")
    PLAN = "plan", _("Instalment plan being performed")
    LOST = "lost", _("Contact lost")


# These say something of the person, so that they hold on every case of the debtor.
FLAGS_OF_PERSON = (FlagKind.INCAPABLE, FlagKind.ILLNESS, FlagKind.LAWYER, FlagKind.RELIEF)
# These hold calls to the debtor and, but for the lawyer named, to everybody (CR-16; CR-33 while an instalment plan is performed).
FLAGS_THAT_HOLD = (FlagKind.INCAPABLE, FlagKind.ILLNESS, FlagKind.LAWYER, FlagKind.RELIEF, FlagKind.PLAN)


class Interruption(models.TextChoices):
    """What begins the three years anew, shown by evidence (compliance.md, "Limitation engine"). An unanswered dial does not."""

    DELIVERED = "delivered", _("A letter or message arrived")
    DEMANDED = "demanded", _("A demand was received or signed for")
    DEBITED = "debited", _("The bank debited the account as agreed")
    PAID = "paid", _("The debtor paid a part")
    PROMISED = "promised", _("The debtor promised, asked for time or signed a plan")
    FILED = "filed", _("Suit, payment order, arbitration, mediation or report to the police")
    ASSIGNED = "assigned", _("A notice of assignment arrived")
    ACKNOWLEDGED = "acknowledged", _("The debtor agreed in writing to pay although the time was over")


class TargetClass(models.TextChoices):
    DEBTOR = "debtor", _("Debtor")
    THIRD_PARTY = "third_party", _("Third party")


class AttemptKind(models.TextChoices):
    """What an attempt to reach the debtor came to, as far as loss of contact is concerned (CR-10)."""

    REACHED = "reached", _("Reached")
    FAILED = "failed", _("Failed")
    INCAPABLE = "incapable", _("Dead or incapable")


# What the gate says, by code; the values come from the facts it judged.
MESSAGES = {
    "hours": gettext_noop("It is %(time)s where the person called is. Calls are allowed from %(from)s to %(to)s."),
    "spans": gettext_noop("It is %(time)s where the person called is. Calls are allowed at %(hours)s."),
    "weekend": gettext_noop("It is the weekend where the person called is. Business clients are called from Monday to Friday."),
    "month_end": gettext_noop("Business clients are not called on the month's last %(days)s days."),
    "channel": gettext_noop("The debtor asked not to be called, but to be reached by %(channel)s."),
    "plan": gettext_noop("The debtor pays by a signed instalment plan: dunning waits while it is performed."),
    "effective": gettext_noop("The debtor was already spoken to %(count)s times today, over all cases and collectors; %(limit)s a day are allowed."),
    "attempts": gettext_noop("This number was already dialled %(count)s times today; %(limit)s a day are allowed."),
    "third_party": gettext_noop(
        "Third parties stay locked until contact with the debtor is lost: %(failures)s of %(needed)s failed attempts in a row, on %(days)s of %(needed_days)s days."
    ),
    "known_elsewhere": gettext_noop(
        "Third parties stay locked: on another case of this client the debtor has a number that can be used. Ask your team lead to have it called first."
    ),
    "barred": gettext_noop("Whoever answers this number asked not to be called again. It is barred for everybody, for every case."),
    "dead_number": gettext_noop("This number is dead for this person. Choose another one."),
    "number_expired": gettext_noop("This number may be used until %(expires)s only. Ask for a new registry look-up."),
    "entrustment": gettext_noop("The client's entrustment is not in force on %(day)s. Ask your team lead."),
    "training": gettext_noop("Your training is not valid today. Renew it before you call."),
    "stopped": gettext_noop("The case is stopped: %(reason)s."),
    "complaint": gettext_noop("A complaint on this case is open. It is answered first."),
    "disputed": gettext_noop("The debtor disputes the debt. Your team lead answers the objection first."),
    "flagged": gettext_noop("Dunning is held: %(flag)s. Your team lead decides how to go on."),
    "notice": gettext_noop("The bank's notice to the debtor that we act for it is not on file. It is needed before the first call."),
    "gap": gettext_noop("The debtor was spoken to %(minutes)s minutes ago; wait %(limit)s minutes, unless they asked to be called back."),
    "week": gettext_noop("The debtor was spoken to %(count)s times in seven days; the strict profile allows %(limit)s."),
    "hardship": gettext_noop("The debtor is in hardship: offer a way to pay, do not press."),
    "ended": gettext_noop("The case has ended; nobody is called for it any more."),
    "no_limit": gettext_noop("No limit is in force for “%(key)s”. Ask the administrator to enter one."),
}


class Wording(models.TextChoices):
    """What is wrong with a phrase (compliance.md, "Wording")."""

    IMPERSONATION = "impersonation", _("poses as an authority")
    THREAT = "threat", _("threatens")
    FALSEHOOD = "falsehood", _("says what isn't so")
    SHAME = "shame", _("shames or discloses to others")
    BORROWING = "borrowing", _("suggests borrowing elsewhere")
    PAYEE = "payee", _("names a fee or a private payee")
    PROPERTY = "property", _("threatens to cut a supply")


# Matched on normalised text: NFKC, no blanks, homophones mended.
HOMOPHONES = {"法愿": "法院", "发院": "法院", "报鲸": "报警", "公桉": "公安", "工安": "公安", "起酥": "起诉", "起素": "起诉", "传漂": "传票", "套线": "套现"}
TRADITIONAL = str.maketrans("檢傳貸現訴報單騙詐緝證斷電氣鎖張貼誠戶賬線", "检传贷现诉报单骗诈缉证断电气锁张贴诚户账线")
FILLERS = "*·•_~^|"  # put between two characters to hide a word
BLOCK_LIST = (
    ("imp-1", Wording.IMPERSONATION, r"公安|派出所|经侦|法院工作人员|检察院|本?法务部执行庭|冻结令|传票已签发"),
    ("thr-1", Wording.THREAT, r"上门抓|坐牢|判刑|通缉|让你(单位|家人|孩子).{0,6}(知道|丢人)|曝光|爆通讯录|后果自负|弄死|卸(胳膊|腿)"),
    ("fal-1", Wording.FALSEHOOD, r"已立案|(今天|马上)起诉|黑名单|失信人|影响(子女|三代)"),
    ("sha-1", Wording.SHAME, r"张贴|公告栏|朋友圈.{0,4}发|通知(单位|村里|居委会)"),
    ("bor-1", Wording.BORROWING, r"借(新|别的)?网贷|套现|以卡养卡|找.{0,3}借钱?先还"),
    ("pay-1", Wording.PAYEE, r"手续费|服务费|转(我|个人)(账户|微信|支付宝)"),
    ("pro-1", Wording.PROPERTY, r"(停|断|限)(水|电|气|暖|梯)(?!通知)|锁(卡|门禁)"),
)
