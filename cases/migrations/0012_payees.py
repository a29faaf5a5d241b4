import re

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models
from django.db.models import F, Q

# As the one account was written until now; any other wording stays whole, as the account.
WORDING = re.compile(r"^户名[:：]\s*(?P<name>.{1,100}?)\s*账号[:：]\s*(?P<account>[\d\s*-]+?)\s*开户行[:：]\s*(?P<bank>.{1,100})$")


def copy_account(apps, schema_editor):
    """The one account of each client is the first on its list, for as long as it entrusts."""
    client_model, payee_model = apps.get_model("cases", "Client"), apps.get_model("cases", "Payee")
    for client in client_model.objects.exclude(payee_account="").order_by("pk"):
        found = WORDING.match(client.payee_account.strip())
        parts = found.groupdict() if found else {"account": client.payee_account.strip()}
        if parts["account"]:
            payee_model.objects.create(client=client, valid_from=client.entrusted_from, **parts)


def copy_back(apps, schema_editor):
    """The first account of each client, as letters named it."""
    client_model, payee_model = apps.get_model("cases", "Client"), apps.get_model("cases", "Payee")
    for payee in payee_model.objects.order_by("-pk"):
        words = f"户名：{payee.name} 账号：{payee.account} 开户行：{payee.bank}" if payee.name else payee.account
        client_model.objects.filter(pk=payee.client_id).update(payee_account=words[:200])


class Migration(migrations.Migration):
    dependencies = [
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
        ("cases", "0011_client_kind"),
    ]

    operations = [
        migrations.CreateModel(
            name="Payee",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("name", models.CharField(blank=True, max_length=100, verbose_name="account holder")),
                ("bank", models.CharField(blank=True, max_length=100, verbose_name="bank and branch")),
                ("account", models.CharField(max_length=200, verbose_name="account number")),
                ("valid_from", models.DateField(verbose_name="valid from")),
                ("valid_until", models.DateField(blank=True, null=True, verbose_name="valid until")),
                ("note", models.CharField(blank=True, max_length=200, verbose_name="note")),
                ("added_at", models.DateTimeField(null=True, verbose_name="added")),
                (
                    "added_by",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="added by",
                    ),
                ),
                (
                    "client",
                    models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name="payees", to="cases.client", verbose_name="client"),
                ),
            ],
            options={
                "verbose_name": "payee",
                "verbose_name_plural": "payees",
                "default_permissions": (),
                "constraints": [
                    models.CheckConstraint(condition=~Q(account=""), name="cases_payee_has_an_account"),
                    models.CheckConstraint(condition=Q(valid_until=None) | Q(valid_until__gte=F("valid_from")), name="cases_payee_ends_after_it_starts"),
                    models.UniqueConstraint(fields=["client", "account", "valid_from"], name="cases_payee_once"),
                ],
            },
        ),
        migrations.RunPython(copy_account, copy_back),
    ]
