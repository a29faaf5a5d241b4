"""CR-46, S33, S34: personal data is ciphertext in the database, bound to its column."""

import pytest
from django.core.exceptions import FieldError
from django.db import connection

from cases.models import Debtor
from collection.lib.crypto import CannotDecrypt, blind_index, decrypt, encrypt
from tests.factories import make_debtor


@pytest.mark.django_db
def test_the_database_holds_no_id_number_in_the_clear():
    debtor = make_debtor()

    with connection.cursor() as cursor:
        cursor.execute("SELECT id_no FROM cases_debtor")
        stored = cursor.fetchone()[0]

    assert stored.startswith("k1:")
    assert debtor.id_no not in stored
    assert Debtor.objects.get().id_no == debtor.id_no


def test_a_value_moved_to_another_column_does_not_decrypt():
    stored = encrypt("13800138000", place="cases.Phone.number")

    with pytest.raises(CannotDecrypt):
        decrypt(stored, place="cases.Debtor.id_no")


def test_a_wrong_key_fails_loudly(settings):
    stored = encrypt("13800138000", place="cases.Phone.number")
    settings.FIELD_KEY = "another"

    with pytest.raises(CannotDecrypt):
        decrypt(stored, place="cases.Phone.number")


def test_an_encrypted_column_cannot_be_searched():
    with pytest.raises(FieldError):
        Debtor.objects.filter(id_no="1").exists()


def test_blind_index_finds_the_same_value_of_the_same_kind_only():
    assert blind_index("id", "1") == blind_index("id", "1")
    assert blind_index("id", "1") != blind_index("phone", "1")
    assert blind_index("id", "") == ""
