"""Annex 3: addresses by GB/T 2260, read from the table that set-up installs."""

import pytest

from collection.lib.regions import place_of


@pytest.mark.parametrize(
    ("text", "parts"),
    [
        ("浙江省杭州市西湖区文三路1号", ("浙江省", "杭州市", "西湖区", "文三路1号")),
        ("浙江 杭州，西湖区 文三路１号", ("浙江省", "杭州市", "西湖区", "文三路1号")),
        ("杭州市西湖区文三路1号", ("浙江省", "杭州市", "西湖区", "文三路1号")),
        ("义乌市稠州路12号", ("浙江省", "金华市", "义乌市", "稠州路12号")),
        ("北京市朝阳区建国路8号", ("北京市", "北京市", "朝阳区", "建国路8号")),
        ("吉林延边延吉市人民路1号", ("吉林省", "延边朝鲜族自治州", "延吉市", "人民路1号")),
        ("湖北省仙桃市沔阳大道1号", ("湖北省", "仙桃市", "", "沔阳大道1号")),
        ("江苏省南京市鼓楼区中山路1号", ("江苏省", "南京市", "鼓楼区", "中山路1号")),
    ],
    ids=[
        "whole",
        "short names and blanks",
        "no province",
        "county alone",
        "municipality",
        "autonomous prefecture",
        "ruled by the province",
        "same name elsewhere",
    ],
)
def test_an_address_falls_into_its_parts(text, parts):
    place = place_of(text)

    assert (place.province, place.city, place.county, place.detail) == parts
    assert place.faults == ()


@pytest.mark.parametrize(
    ("text", "faults", "is_blocking"),
    [
        ("", ("empty",), True),
        ("文三路1号", ("province_missing",), True),
        ("鼓楼区中山路1号", ("ambiguous",), True),
        ("浙江省文三路1号", ("city_missing",), True),
        ("浙江省杭州市西湖区", ("detail_missing",), True),
        ("浙江省杭州市文三路1号", ("county_missing",), False),
        ("浙江省杭州市示范区青禾街1号", ("county_unknown",), False),
    ],
    ids=["empty", "no province", "same name in several cities", "no city", "no street", "no district", "unknown district"],
)
def test_what_is_missing_is_said(text, faults, is_blocking):
    place = place_of(text)

    assert place.faults == faults
    assert bool(place.blocking) == is_blocking


def test_the_full_address_fills_in_what_one_place_can_mean():
    assert place_of("上海浦东新区世纪大道1号").full == "上海市浦东新区世纪大道1号"
    assert place_of("杭州西湖区文三路1号").full == "浙江省杭州市西湖区文三路1号"
