"""The global search finds what the person may see, by what one has at hand, and shows masked values only."""

import pytest

from collection.lib.crypto import blind_index
from staff.choices import Role
from tests.factories import make_case, make_contact, make_debtor, make_id_no, make_placement, make_team, make_user
from workbench.selectors.search import FOUND_AT_MOST

pytestmark = pytest.mark.django_db

ID_NO = make_id_no(7)
PHONE = "13912345678"


@pytest.fixture
def case(team, collector):
    debtor = make_debtor(name="曾国强", name_pinyin="zengguoqiang zgq cengguoqiang cgq", id_no=ID_NO)
    found = make_case(placement=make_placement(team=team), holder=collector, debtor=debtor, phone=PHONE, case_no="SPD-2026-0001")
    account = found.accounts.get()
    account.card_no, account.card_index, account.card_last4 = "6225880011223344", blind_index("card", "6225880011223344"), "3344"
    account.save()
    return found


def found_by(client, text, **extra):
    return list(client.post("/search/", {"q": text}, **extra).context["cases"])


@pytest.mark.parametrize(
    "text",
    [
        "曾国强", "曾", "zengguoqiang", "zeng", "ZGQ", "cgq", "SPD-2026-0001", "spd-2026", ID_NO, ID_NO.lower(), ID_NO[-4:], PHONE, "139 1234 5678",
        "+86 13912345678", "5678", "6225880011223344", "6225 8800 1122 3344", "3344", " 曾国强 ",
    ],
)  # fmt: skip
def test_case_is_found_by(sign_in, collector, case, text):
    make_case(placement=case.placement, holder=collector)

    assert found_by(sign_in(collector), text) == [case]


@pytest.mark.parametrize("text", ["", " ", "z", "1", "国强", "0000000000", "13999999999", "' OR 1=1 --", "%", "__", "\x00ab"])
def test_case_is_not_found_by(sign_in, collector, case, text):
    assert found_by(sign_in(collector), text) == []


@pytest.mark.parametrize("text", ["曾国强", PHONE, ID_NO, "5678", "SPD-2026-0001"])
def test_case_of_a_colleague_is_not_found(sign_in, team, case, text):
    colleague, other_lead = make_user(Role.COLLECTOR, team=team), make_team().lead

    assert found_by(sign_in(colleague), text) == []
    assert found_by(sign_in(other_lead), text) == []
    assert found_by(sign_in(team.lead), text) == [case]


def test_person_without_cases_may_not_search(sign_in):
    client = sign_in(make_user(Role.ADMIN_OFFICE))

    assert client.post("/search/", {"q": "曾国强"}).status_code == 403
    assert 'id="search"' not in client.get("/").content.decode()


def test_results_are_masked(sign_in, collector, case):
    content = sign_in(collector).post("/search/", {"q": case.case_no}).content.decode()

    assert f"{ID_NO[:4]}**********{ID_NO[-4:]}" in content
    assert ID_NO not in content
    assert PHONE not in content


def test_results_are_at_most_twenty(sign_in, collector, team):
    placement = make_placement(team=team)
    for number in range(FOUND_AT_MOST + 3):
        make_case(placement=placement, holder=collector, case_no=f"MANY{number:03}")

    assert len(found_by(sign_in(collector), "MANY")) == FOUND_AT_MOST


def test_htmx_gets_the_results_only(sign_in, collector, case):
    response = sign_in(collector).post("/search/", {"q": "曾"}, headers={"HX-Request": "true", "HX-Target": "search-results"})

    content = response.content.decode()
    assert "曾国强" in content
    assert "<html" not in content


def test_stranger_of_the_same_last_digits_is_found_through_contacts_too(sign_in, collector, case):
    make_contact(case, "colleague", phone="13800007777")

    assert found_by(sign_in(collector), "7777") == [case]


@pytest.mark.parametrize("count", [1, 3])
def test_number_of_queries_does_not_grow_with_the_results(sign_in, collector, team, django_assert_num_queries, count):
    placement = make_placement(team=team)
    for number in range(count):
        make_case(placement=placement, holder=collector, case_no=f"Q{number}", debtor=make_debtor(name="赵"))
    client = sign_in(collector)

    with django_assert_num_queries(6):
        client.post("/search/", {"q": "赵"}, headers={"HX-Request": "true", "HX-Target": "search-results"})
