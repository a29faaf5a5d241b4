"""Queries that are written once: each asking gets its own answer."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from decimal import Decimal

import pytest
from django.db import connection
from django.db.models import BigAutoField, CharField, DateTimeField, DecimalField, F, Value
from django.test.utils import CaptureQueriesContext

from cases.models import Case, Phone
from collection.lib.prepared import Among, Given, GivenList, Prepared
from tests.factories import MONDAY_9AM, make_case

pytestmark = pytest.mark.django_db

ONE = Prepared(lambda: Case.objects.select_related("debtor").filter(pk=Given("case", BigAutoField())))
SEVERAL = Prepared(lambda: Case.objects.filter(Among(F("case_no"), GivenList("numbers", CharField()))).order_by("pk").values_list("pk", flat=True))
OWED = Prepared(
    lambda: Case.objects.filter(balance__gte=Given("least", DecimalField(max_digits=14, decimal_places=2))).order_by("pk").values_list("pk", flat=True)
)
WORKED = Prepared(lambda: Case.objects.filter(touched_at__lt=Given("moment", DateTimeField())).order_by("pk").values_list("pk", flat=True))


def test_each_asking_finds_what_it_asks_for(django_assert_num_queries):
    first, second = make_case(), make_case()

    with django_assert_num_queries(2):
        found = [ONE.first(case=case.pk) for case in (second, first)]
        names = [case.debtor.name for case in found]

    assert found == [second, first]
    assert names == [second.debtor.name, first.debtor.name]
    assert ONE.rows(case=first.pk + second.pk) == []


@pytest.mark.parametrize("wanted", [[], [1], [0, 2], [0, 1, 2]])
def test_a_list_may_be_of_any_length(wanted):
    cases = [make_case() for _number in range(3)]

    found = SEVERAL.rows(numbers=[cases[number].case_no for number in wanted])

    assert found == [cases[number].pk for number in wanted]


def test_amounts_and_moments_are_compared_as_the_database_stores_them():
    small = make_case(amount=Decimal("99.90"), touched_at=MONDAY_9AM)
    large = make_case(amount=Decimal("1000"), touched_at=MONDAY_9AM + timedelta(hours=1))

    assert [OWED.rows(least=Decimal(least)) for least in ("99.90", "100", "1000.01")] == [[small.pk, large.pk], [large.pk], []]
    assert WORKED.rows(moment=MONDAY_9AM + timedelta(minutes=1)) == [small.pk]


def test_what_is_encrypted_comes_back_in_the_clear():
    phone = make_case().contacts.get().phones.get()

    assert Prepared(lambda: Phone.objects.filter(pk=Given("phone", BigAutoField()))).first(phone=phone.pk).number == phone.number


def test_the_first_of_a_union_says_how_its_columns_are_read():
    case = make_case(touched_at=MONDAY_9AM)
    given = Given("case", BigAutoField())
    both = Prepared(
        lambda: (
            Case.objects.filter(pk=given)
            .order_by()
            .values_list(Value("owed"), "balance", "touched_at")
            .union(Case.objects.filter(pk=given).order_by().values_list(Value("placed"), "amount", "created_at"), all=True)
        )
    )

    assert sorted(both.rows(case=case.pk)) == [("owed", case.balance, MONDAY_9AM), ("placed", case.amount, case.created_at)]


def test_what_is_not_given_is_an_error():
    with pytest.raises(KeyError):
        ONE.rows()


def test_threads_that_ask_first_at_once_get_one_query_each_right():
    writings = []

    def write():
        writings.append(1)
        return Case.objects.filter(pk=Given("case", BigAutoField())).values_list("pk", flat=True)

    query = Prepared(write)
    with ThreadPoolExecutor(8) as threads:
        texts = set(threads.map(lambda _number: query.statement.name, range(32)))

    assert (len(texts), len(writings)) == (1, 1)


on_postgresql = pytest.mark.skipif(connection.vendor != "postgresql", reason="PostgreSQL keeps plans")


@on_postgresql
@pytest.mark.django_db(transaction=True)
def test_the_server_plans_once_for_each_connection(settings):
    settings.PREPARE_ON_SERVER = True
    case = make_case()
    with CaptureQueriesContext(connection) as captured:
        found = [ONE.first(case=case.pk), SEVERAL.rows(numbers=[case.case_no]), OWED.rows(least=Decimal("0.01")), ONE.first(case=case.pk)]
    connection.close()
    found.append(ONE.first(case=case.pk))

    assert found == [case, [case.pk], [case.pk], case, case]
    assert [query["sql"].partition(" ")[0] for query in captured] == ["EXECUTE"] * 4


@on_postgresql
@pytest.mark.django_db(transaction=True)
def test_a_connection_of_one_request_keeps_no_plan(settings):
    """Behind PgBouncer in transaction mode the next statement may meet another server."""
    settings.PREPARE_ON_SERVER = False
    case = make_case()

    with CaptureQueriesContext(connection) as captured:
        assert ONE.first(case=case.pk) == case

    assert [query["sql"].partition(" ")[0] for query in captured] == ["SELECT"]
