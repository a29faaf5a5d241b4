from datetime import date

import pytest

from collection.lib.identity import document_fault, find_phones, gender, luhn_ok, parse_phone, resident_id_fault, split_phones

TODAY = date(2026, 11, 23)


@pytest.mark.parametrize(
    ("number", "fault"),
    [
        ("11010519491231002X", ""),
        ("110105194912310021", "checksum"),
        ("11010520991231002X", "birth"),
        ("99010519491231002", "form"),
        ("01010519491231002X", "province"),
        ("110105491231002", ""),
    ],
)
def test_resident_id_fault_names_what_is_wrong(number, fault):
    assert resident_id_fault(number, today=TODAY) == fault


def test_gender_is_the_sequence_digit():
    assert [gender("11010519491231002X"), gender("110105194912310011"), gender("x")] == ["female", "male", ""]


def test_luhn_ok_checks_the_last_digit():
    assert [luhn_ok("4111111111111111"), luhn_ok("4111111111111112"), luhn_ok("12")] == [True, False, False]


@pytest.mark.parametrize(
    ("text", "phone"),
    [
        ("138 0013 8000", ("13800138000", "", "mobile")),
        ("+86 13800138000", ("13800138000", "", "mobile")),
        ("１３８００１３８０００", ("13800138000", "", "mobile")),
        ("0571-88886666-801", ("057188886666", "801", "landline")),
        ("(010)62345678转12", ("01062345678", "12", "landline")),
        ("400-810-8888", ("4008108888", "", "service")),
        ("95588", ("95588", "", "service")),
        ("013800138000", ("13800138000", "", "mobile")),
        ("0571-88886666分机801", ("057188886666", "801", "landline")),
        ("12345", None),
        ("23800138000", None),
    ],
)
def test_parse_phone_knows_the_forms_used_here(text, phone):
    assert parse_phone(text) == phone


def test_split_phones_takes_several_numbers_of_one_cell_apart():
    assert split_phones("13800138000，0571-88886666；13900139000") == ["13800138000", "0571-88886666", "13900139000"]


@pytest.mark.parametrize(
    ("text", "numbers", "wrong", "words"),
    [
        ("13800138000(妻)", ["13800138000"], [], "妻"),
        ("13800138000妻子13900139000", ["13800138000", "13900139000"], [], "妻子"),
        ("13800138000 13900139000", ["13800138000", "13900139000"], [], ""),
        ("010-62345678或13800138000&13800138000", ["01062345678", "13800138000"], [], ""),
        ("138001380001", [], ["138001380001"], ""),
        ("13800138000，空号", ["13800138000"], ["空号"], ""),
        ("李四13800138000号12", [], ["李四13800138000号12"], ""),
    ],
)
def test_find_phones_reads_cells_of_several_numbers_and_names(text, numbers, wrong, words):
    phones, not_phones, beside = find_phones(text)

    assert ([phone[0] for phone in phones], not_phones, beside) == (numbers, wrong, words)


@pytest.mark.parametrize(
    ("number", "said", "fault"),
    [
        ("11010519491231002X", "", ""),
        ("110105194912310021", "身份证", "checksum"),
        ("H12345678", "", ""),
        ("E12345678", "护照", ""),
        ("E12345678", "", "form"),
        ("11010519491231002X", "护照", ""),
        ("12345678", "台胞证", ""),
        ("1234", "军官证", "form"),
    ],
)
def test_document_fault_knows_each_kinds_form(number, said, fault):
    assert document_fault(number, said, today=TODAY) == fault
