from django.db import models
from django.utils.translation import gettext_lazy as _


class RobotKind(models.TextChoices):
    """The group robots that a digest can be posted by."""

    WECOM = "wecom", _("WeCom group robot")
    DINGTALK = "dingtalk", _("DingTalk group robot")


class SendState(models.TextChoices):
    """waiting → sending → sent; an attempt that surely came to nothing waits again, then fails. Broken off while sending: unsure, and not repeated."""

    WAITING = "waiting", _("Waiting to be sent")
    SENDING = "sending", _("Being sent")
    SENT = "sent", _("Sent")
    FAILED = "failed", _("Failed")
    UNSURE = "unsure", _("Unsure")
