"""Rows by COPY or executemany are the same rows that save() would have written (issue 2: speed; F01: all or none)."""

import gc
from datetime import UTC, date, datetime
from decimal import Decimal

import pytest
from django.db import DataError, IntegrityError, connection, transaction
from hypothesis import given, settings
from hypothesis import strategies as st

from audit.models import AuditEvent
from cases.choices import AddressKind, Relation, Source
from cases.models import Address, Case, CaseAccount, Contact, Debtor, Phone
from collection.lib.bulk import AT_ONCE, count_anew, load, load_new, overlap, reserve_ids, update
from tests.factories import MONDAY_9AM, make_case, make_debtor, make_placement

pytestmark = pytest.mark.django_db

PERSON = ["id", "name", "id_no", "id_index", "id_last4", "born_on"]
ODD_TEXTS = ["", "\\", "\\N", "\\.", "a\tb", "a\nb", "a\r\nb", "\\t", "张　三", "𠮷😀", "'\";--", "{", "NULL", " a ", "\x01\x7f"]


def person(number: int, pk: int | None = None, **values):
    plain = {"id": pk, "name": f"甲{number}", "id_no": f"{number:018}", "id_index": f"index{number}", "id_last4": f"{number:04}", "born_on": None} | values
    return tuple(plain.values())


def test_every_kind_of_field_reads_back_as_saved():
    """The same values through save() and through load() are the same columns in the database."""
    placement, debtor = make_placement(), make_debtor()
    fields = ["id", "placement_id", "client_id", "debtor_id", "case_no", "placed_on", "due_back_on", "amount", "balance", "balance_on", "overdue_days"]
    fields += ["warning", "stopped_at", "complaint_open", "extra", "created_at"]
    moment = datetime(2026, 11, 23, 1, 2, 3, 456789, tzinfo=UTC)
    values = [placement.pk, placement.client_id, debtor.pk, "A\\1", date(2026, 11, 23), None, Decimal("1234567.80"), Decimal(0), date(1999, 2, 28), None]
    values += ["停催\t注意\n", moment, True, {"备注": 'a"\\\t\n', "n": None}, MONDAY_9AM]
    own = reserve_ids(Case, 1)[0]

    count = load(Case, fields, [(own, *values)])

    loaded = Case.objects.values().get(pk=own)
    Case.objects.all().delete()
    Case(**dict(zip(fields, [own, *values], strict=True))).save()
    assert count == 1
    assert loaded == Case.objects.values().get(pk=own)


@pytest.mark.parametrize("text", ODD_TEXTS)
def test_odd_texts_come_back_to_the_letter(text):
    ids = reserve_ids(Debtor, 2)

    load(Debtor, PERSON, [person(1, ids[0], name=text, id_no=text), person(2, ids[1])])

    debtor = Debtor.objects.get(pk=ids[0])
    assert (debtor.name, debtor.id_no) == (text, text)
    assert Debtor.objects.get(pk=ids[1]).name == "甲2"


@settings(max_examples=40, deadline=None)
@given(st.lists(st.text(st.characters(exclude_characters="\0", exclude_categories=("Cs",)), max_size=40), min_size=1, max_size=20))
def test_any_texts_come_back_to_the_letter(texts):
    with transaction.atomic():
        ids = reserve_ids(Debtor, len(texts))
        load(Debtor, PERSON, [person(number, pk, name=text, id_no=text) for number, (pk, text) in enumerate(zip(ids, texts, strict=True))])
        found = list(Debtor.objects.filter(pk__in=ids).order_by("pk").values_list("name", "id_no"))
        transaction.set_rollback(True)

    assert found == [(text, text) for text in texts]


def test_json_comes_back_as_it_was():
    changes = {"金额": [None, "1\\2\t3\n"], "n": [1, 2.5], "b": [True, None], "quote": ['"', "'"]}

    load(
        AuditEvent,
        ["at", "action", "actor", "subject_type", "subject_id", "subject", "changes", "origin"],
        [(MONDAY_9AM, "a", "b", "c", "1", "d", changes, "")],
    )

    event = AuditEvent.objects.get(action="a")
    assert (event.changes, event.at, event.actor_id, event.reason) == (changes, MONDAY_9AM, None, "")


def test_what_is_encrypted_stays_encrypted():
    """CR-46: ciphertext in the column, bound to it."""
    load(Debtor, PERSON[1:], [person(1, id_no="110101199003078515")[1:]])

    with connection.cursor() as cursor:
        cursor.execute("SELECT id_no FROM cases_debtor")
        stored = cursor.fetchone()[0]
    assert stored.startswith("k1:")
    assert Debtor.objects.get().id_no == "110101199003078515"


def test_fields_that_are_not_named_get_their_default():
    case = make_case()

    contact = reserve_ids(Contact, 1)[0]
    load(Contact, ["id", "case_id", "relation", "source", "created_at"], [(contact, case.pk, Relation.SPOUSE, Source.CLIENT_FILE, MONDAY_9AM)])
    load(Phone, ["contact_id", "number", "number_index", "number_last4", "kind", "source"], [(contact, "1", "x", "1", "mobile", Source.CLIENT_FILE)])
    load(Address, ["contact_id", "text", "kind", "source"], [(contact, "某路1号", AddressKind.HOME, Source.CLIENT_FILE)])

    kept = Contact.objects.get(pk=contact)
    assert (kept.name, kept.legal_class, kept.verification, kept.relation) == ("", "unrelated", "pending", "spouse")
    assert kept.phones.values_list("status", "extension", "verified_by", "expires_on").get() == ("unknown", "", None, None)
    assert kept.addresses.get().text == "某路1号"


def test_reserved_ids_are_nobody_elses():
    """A row saved in between, before and after gets another id."""
    first = make_debtor().pk
    ids = list(reserve_ids(Debtor, AT_ONCE + 5))
    between = make_debtor().pk
    more = list(reserve_ids(Debtor, 3))

    load(Debtor, PERSON, [person(number, pk) for number, pk in enumerate([*ids, *more])])

    after = make_debtor().pk
    everything = [first, *ids, between, *more, after]
    assert everything == sorted(set(everything))
    assert Debtor.objects.count() == len(everything)


def test_first_id_of_an_empty_table_can_be_reserved():
    before = list(reserve_ids(Address, 2))

    assert len(before) == 2
    assert list(reserve_ids(Address, 0)) == []
    assert min(reserve_ids(Address, 2)) > max(before)


def test_long_load_is_whole():
    """More rows than are turned into text at once."""
    rows = (person(number)[1:] for number in range(2 * AT_ONCE + 1))

    count = load(Debtor, PERSON[1:], rows)

    assert count == Debtor.objects.count() == 2 * AT_ONCE + 1
    assert load(Debtor, PERSON[1:], []) == 0


def test_broken_unique_constraint_leaves_none_of_the_rows():
    """F24: IntegrityError, and nothing of this call."""
    make_debtor(id_index="index7")

    with pytest.raises(IntegrityError), transaction.atomic():
        load(Debtor, PERSON[1:], [person(number)[1:] for number in range(10)])

    assert Debtor.objects.count() == 1


def test_broken_check_and_length_are_refused():
    case = make_case()
    fields = ["case_id", "relation", "source", "created_at"]

    with pytest.raises(IntegrityError), transaction.atomic():
        load(Contact, fields, [(case.pk, "stranger", Source.CLIENT_FILE, MONDAY_9AM)])

    assert not case.contacts.filter(relation="stranger").exists()


@pytest.mark.postgres
def test_missing_parent_is_refused():
    with connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")

    with pytest.raises(IntegrityError), transaction.atomic():
        load(CaseAccount, ["case_id", "amount"], [(10**9, Decimal(1))])


@pytest.mark.postgres
def test_too_long_a_text_is_refused():
    with pytest.raises(DataError), transaction.atomic():
        load(Debtor, PERSON[1:], [person(1, name="x" * 101)[1:]])


def test_naive_time_is_refused():
    case = make_case()
    naive = MONDAY_9AM.replace(tzinfo=None)

    with pytest.raises(ValueError, match="zone"), transaction.atomic():
        load(Contact, ["case_id", "relation", "source", "created_at"], [(case.pk, Relation.SPOUSE, Source.CLIENT_FILE, naive)])


@pytest.mark.postgres
def test_nul_is_refused():
    """PostgreSQL holds none; a row must not end where it stands."""
    with pytest.raises(ValueError, match="NUL"), transaction.atomic():
        load(Debtor, PERSON[1:], [person(1, name="a\0b")[1:], person(2)[1:]])


def test_rows_of_another_length_are_refused():
    with pytest.raises(ValueError, match=r"shorter|longer"), transaction.atomic():
        load(Debtor, PERSON[1:], [person(1)[1:], person(2)[1:-1]])


def test_rolled_back_with_the_callers_transaction():
    """F01: whoever does not commit leaves nothing."""
    with transaction.atomic():
        load(Debtor, PERSON[1:], [person(1)[1:]])
        transaction.set_rollback(True)

    assert not Debtor.objects.exists()


def test_new_rows_only_leaves_out_what_is_there():
    """A1.2: a debtor whom another import made meanwhile is not made again, and is left as it is."""
    known = make_debtor(id_index="index2", name="旧名")

    first = load_new(Debtor, PERSON[1:], [person(number)[1:] for number in (1, 2, 3, 3)])
    second = load_new(Debtor, PERSON[1:], [person(number)[1:] for number in (3, 4)])

    known.refresh_from_db()
    assert (first, second) == (2, 1)
    assert known.name == "旧名"
    assert sorted(Debtor.objects.values_list("id_index", flat=True)) == ["index1", "index2", "index3", "index4"]


@pytest.mark.postgres
def test_counted_anew_is_known_to_the_planner():
    load(Debtor, PERSON[1:], [person(number)[1:] for number in range(500)])

    count_anew(Debtor)

    with connection.cursor() as cursor:
        cursor.execute("SELECT reltuples FROM pg_class WHERE relname = 'cases_debtor'")
        assert cursor.fetchone()[0] == 500


def test_changed_rows_have_their_values_and_no_other_does():
    ids = reserve_ids(Debtor, 3)
    load(Debtor, PERSON, [person(number, pk) for number, pk in enumerate(ids)])

    count = update(Debtor, ("id", "name", "id_no", "born_on"), [(ids[0], "a\\\tb", "X1", date(1990, 3, 7)), (ids[2], "乙", "", None)])

    assert count == 2
    assert list(Debtor.objects.order_by("pk").values_list("name", "id_no", "born_on")) == [
        ("a\\\tb", "X1", date(1990, 3, 7)),
        ("甲1", "000000000000000001", None),
        ("乙", "", None),
    ]


@pytest.mark.postgres
@pytest.mark.django_db(transaction=True)
def test_overlap_keeps_order_transaction_and_failure():
    """While one batch goes in, the next is built; what fails there fails here, and everything is in the caller's transaction."""
    seen = []

    def put(number: int) -> None:
        seen.append((number, load(Debtor, PERSON[1:], [person(number)[1:]])))
        if number == 3:
            raise ZeroDivisionError

    with transaction.atomic():
        overlap(range(3), lambda number: number, put)
    with pytest.raises(ZeroDivisionError), transaction.atomic():
        overlap(range(3, 6), lambda number: number, put)

    assert seen == [(0, 1), (1, 1), (2, 1), (3, 1)]
    assert Debtor.objects.count() == 3
    assert gc.isenabled()
