"""CR-46: every text column is either public or personal, and a personal one is encrypted, hashed, or shown only to who holds the case."""

from django.apps import apps
from django.db import models

from collection.lib.crypto import EncryptedTextField

# Who looks at a list must see whose case it is, so names stay readable; notes are the work itself. Both are scoped to the case's holder.
PERSONAL_BUT_READABLE = {
    "cases.Debtor": {"name", "name_pinyin", "gender", "id_last4"},
    "cases.Contact": {"name", "relation_text"},
    "cases.CaseAccount": {"card_last4", "account_no"},
    "cases.Phone": {"number_last4", "extension"},
    "cases.Address": {"postcode"},
    "cases.StagedRow": {"cells", "values"},
    "cases.Case": {"extra", "warning"},
    "calls.ContactRecord": {"note"},
}
NEVER_PLAIN = ("id_no", "card_no", "number", "text", "answer")


def test_columns_that_hold_numbers_and_addresses_of_people_are_encrypted():
    plain = [
        f"{model._meta.label}.{field.name}"
        for model in apps.get_app_config("cases").get_models()
        if model.__name__ in ("Debtor", "CaseAccount", "Phone", "Address", "RegistryRequest")
        for field in model._meta.get_fields()
        if isinstance(field, models.TextField | models.CharField) and field.name in NEVER_PLAIN and not isinstance(field, EncryptedTextField)
    ]

    assert plain == []


def test_readable_personal_columns_exist_as_listed():
    missing = [
        f"{label}.{name}"
        for label, names in PERSONAL_BUT_READABLE.items()
        for name in names
        if name not in {field.name for field in apps.get_model(label)._meta.get_fields()}
    ]

    assert missing == []
