"""Annex 3: an address is completed before a letter goes there; who opened and who changed it is on the trail (CR-46)."""

from datetime import timedelta

import pytest

from audit.models import AuditEvent
from collection.lib.errors import Outdated, Refused
from letters import services
from letters.services.addressing import correct_address
from tests.factories import MONDAY_9AM, make_case, make_letter

pytestmark = pytest.mark.django_db
LATER = MONDAY_9AM + timedelta(hours=1)


def correct(address, by, text="浙江省杭州市上城区解放路1号", **fields):
    given = {"address_id": address.pk, "text": text, "postcode": "310000", "seen": address.text, "by": by, "now": LATER}
    return correct_address(**given | fields)


def test_an_incomplete_address_is_refused_with_the_way_to_mend_it(case, demand, address, collector):
    address.text = "解放路1号"
    address.save()

    with pytest.raises(Refused) as refusal:
        services.request_letter(case=case, template=demand, address=address, reason="失联", by=collector, now=LATER)
    assert "缺少省、市" in str(refusal.value)
    correct(address, collector)

    address.refresh_from_db()
    assert services.request_letter(case=case, template=demand, address=address, reason="失联", by=collector, now=LATER).state == "requested"


def test_a_correction_is_on_the_trail_masked(address, collector):
    correct(address, collector)

    event = AuditEvent.objects.get(action="address.corrected")
    assert "解放路" not in str(event.changes)
    assert "上城区" in str(event.changes)


def test_two_who_correct_one_address_do_not_overwrite_each_other(address, collector, lead):
    # F13
    seen = address.text
    correct(address, collector)

    with pytest.raises(Outdated):
        correct(address, lead, text="浙江省杭州市西湖区文二路2号", seen=seen)


@pytest.mark.parametrize("fields", [{"text": "西湖区"}, {"postcode": "31000x"}, {"text": "浙江省杭州市西湖区\U00031234路1号"}])
def test_what_no_carrier_finds_is_not_saved(address, collector, fields):
    with pytest.raises(Refused):
        correct(address, collector, **fields)

    address.refresh_from_db()
    assert address.text == "浙江省杭州市西湖区文三路1号"


def test_the_address_of_a_printed_letter_stays_as_it_is(case, address, collector):
    make_letter(case=case, state="rendered")

    with pytest.raises(Refused):
        correct(address, collector)


def test_the_page_masks_and_opening_one_is_on_the_trail(sign_in, case, address, collector, admin):
    browser = sign_in(collector)

    page = browser.get(f"/letters/addresses/of/{case.pk}/").content.decode()
    opened = browser.get(f"/letters/addresses/{address.pk}/").content.decode()

    assert "杭州市" in page
    assert "文三路" not in page
    assert "文三路" in opened
    assert AuditEvent.objects.filter(action="address.opened", subject_id=str(address.pk)).count() == 1
    assert sign_in(admin).get(f"/letters/addresses/{address.pk}/").status_code == 404


def test_the_admin_office_opens_addresses_of_letters_it_prints_only(sign_in, case, address, admin):
    make_letter(case=case, state="approved")
    other = make_case().contacts.get(relation="self").addresses.get()

    assert sign_in(admin).get(f"/letters/addresses/{address.pk}/").status_code == 200
    assert sign_in(admin).get(f"/letters/addresses/{other.pk}/").status_code == 404
