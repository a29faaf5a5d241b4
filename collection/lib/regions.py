"""Where an address lies: province, city and county by GB/T 2260, the rest, and what is missing or unclear about it.

The table is the npm package @vant/area-data, read once. An address is never rewritten here; `Place.full` is how it is written to the carrier.
"""

import json
import re
import unicodedata
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from django.conf import settings

TABLE = "node_modules/@vant/area-data/dist/index.cjs"
# Ruled from the capital itself, without a city between.
MUNICIPALITIES = {"11", "12", "31", "50"}
# Not posted from here as inland mail; their addresses have no parts of this table's form.
ABROAD = {"71", "81", "82"}
# With one of these no carrier finds the place; the others are worth a look.
BLOCKING = ("empty", "province_missing", "ambiguous", "city_missing", "detail_missing")

_ENDINGS = re.compile(r"(?:特别行政区|维吾尔自治区|壮族自治区|回族自治区|自治区|省|市|地区|盟)$")
_PEOPLES = re.compile(r"(?:朝鲜族|土家族|苗族|藏族|羌族|彝族|布依族|侗族|哈尼族|壮族|傣族|白族|景颇族|傈僳族|回族|蒙古族|蒙古|哈萨克|柯尔克孜)*自治州$")
_UNKNOWN_COUNTY = re.compile(r"^[\u4e00-\u9fff]{1,7}?(?:区|县|旗|市)(?!场)")
# A house, a building, a village or a firm: something a postman can find.
_SPOT = re.compile(r"\d|[一二三四五六七八九十百]+(?:号|栋|幢|楼|室|单元|组|队)|村|屯|庄|组|院|校|厂|公司|大厦|广场|小区|花园|苑|银行|医院|机关")


class RegionsMissing(Exception):
    """The table is not installed: `make setup` brings it."""


@dataclass(frozen=True)
class Place:
    """The parts of an address. `faults` are codes: empty, province_missing, ambiguous, city_missing, detail_missing (blocking); county_missing,
    county_unknown (worth a look)."""

    province: str = ""
    city: str = ""
    county: str = ""
    detail: str = ""
    faults: tuple[str, ...] = ()

    @property
    def blocking(self) -> tuple[str, ...]:
        return tuple(fault for fault in self.faults if fault in BLOCKING)

    @property
    def region(self) -> str:
        """浙江省杭州市西湖区; a municipality is said once."""
        return "".join((self.province, "" if self.city == self.province else self.city, self.county))

    @property
    def full(self) -> str:
        return self.region + self.detail


@dataclass(frozen=True)
class _Table:
    provinces: dict[str, str]
    cities: dict[str, str]
    counties: dict[str, str]

    def cities_of(self, province: str) -> dict[str, str]:
        return {code: name for code, name in self.cities.items() if code.startswith(province)}

    def counties_of(self, beginning: str) -> dict[str, str]:
        return {code: name for code, name in self.counties.items() if code.startswith(beginning)}


@lru_cache(maxsize=1)
def _table() -> _Table:
    path = Path(settings.BASE_DIR) / TABLE
    if not path.exists():
        raise RegionsMissing(f"Addresses need {TABLE}: run make setup.")
    lists = {}
    for name, body in re.findall(r"(\w+)_list:\s*\{(.*?)\}", path.read_text(encoding="utf-8"), re.DOTALL):
        lists[name] = {code: json.loads(f'"{text}"') for code, text in re.findall(r'(\d{6})"?:\s*"([^"]+)"', body)}
    return _Table(
        provinces={code[:2]: name for code, name in lists["province"].items()},
        cities={code[:4]: name for code, name in lists["city"].items()},
        counties=lists["county"],
    )


def provinces() -> list[str]:
    return list(_table().provinces.values())


def plain(text: str) -> str:
    """Without blanks, with half-width digits; commas between the parts fall away."""
    return re.sub(r"[\s,，。;；|]+", "", unicodedata.normalize("NFKC", text))


def short_name(name: str) -> str:
    """浙江 for 浙江省, 延边 for 延边朝鲜族自治州; never shorter than two characters."""
    cut = _PEOPLES.sub("", name)
    cut = _ENDINGS.sub("", cut)
    return cut if len(cut) >= 2 else name


def place_of(text: str) -> Place:
    """The parts of an address as it stands. What the text leaves out and only one place can mean is filled in."""
    rest = plain(text)
    if not rest:
        return Place(faults=("empty",))
    table = _table()
    province, rest = _begins(rest, table.provinces)
    if province in ABROAD:
        return Place(table.provinces[province], table.provinces[province], "", rest, () if _SPOT.search(rest) else ("detail_missing",))
    if not province:
        return _without_province(rest, table)
    return _within(province, rest, table)


def _begins(text: str, names: dict[str, str]) -> tuple[str, str]:
    """The code of the name that the text begins with, and the rest; the longest name wins. A short name is one too."""
    found = [(len(said), code) for code, name in names.items() for said in {name, short_name(name)} if text.startswith(said)]
    if not found:
        return "", text
    length, code = max(found)
    return code, text[length:]


def _within(province: str, rest: str, table: _Table) -> Place:
    name = table.provinces[province]
    if province in MUNICIPALITIES:
        rest = re.sub(rf"^(?:{name}|{short_name(name)}市|市辖区|县(?!.{{0,3}}路))", "", rest)
        return _with_county(name, name, province, rest, table)
    city, after = _begins(rest, table.cities_of(province))
    if city and not table.cities[city].startswith(("省直辖", "自治区直辖")):
        return _with_county(name, table.cities[city], city, after.removeprefix("市辖区"), table)
    county, after = _county(rest, table.counties_of(province))
    if county and len(county) == 1:
        return _judged(name, _city_name(county[0], table), table.counties[county[0]], after)
    return _judged(name, "", "", rest, "ambiguous" if county else "city_missing")


def _without_province(rest: str, table: _Table) -> Place:
    city, after = _begins(rest, {code: name for code, name in table.cities.items() if name.endswith(("市", "州", "盟", "地区"))})
    if city and (rest.startswith(table.cities[city]) or _county(after, table.counties_of(city))[0]):
        return _with_county(table.provinces[city[:2]], table.cities[city], city, after, table)
    counties, after = _county(rest, table.counties)
    if len(counties) == 1:
        return _judged(table.provinces[counties[0][:2]], _city_name(counties[0], table), table.counties[counties[0]], after)
    return Place(detail=rest, faults=("ambiguous",) if counties else ("province_missing",))


def _with_county(province: str, city: str, beginning: str, rest: str, table: _Table) -> Place:
    possible = table.counties_of(beginning)
    found, after = _county(rest, possible)
    if found:
        return _judged(province, city, table.counties[found[0]], after)
    if not [name for name in possible.values() if name != city]:  # 东莞, 中山: no counties at all
        return _judged(province, city, "", rest)
    unknown = _UNKNOWN_COUNTY.match(rest)
    if unknown:
        return _judged(province, city, unknown.group(0), rest[unknown.end() :], "county_unknown")
    return _judged(province, city, "", rest, "county_missing")


def _county(text: str, names: dict[str, str]) -> tuple[list[str], str]:
    """The codes of the counties that the text begins with (the same name is given in several provinces), and the rest."""
    longest = max((len(name) for name in names.values() if text.startswith(name)), default=0)
    return [code for code, name in names.items() if longest and name == text[:longest]], text[longest:]


def _city_name(county: str, table: _Table) -> str:
    name = table.cities.get(county[:4], "")
    if county[:2] in MUNICIPALITIES:
        return table.provinces[county[:2]]
    return table.counties[county] if not name or "直辖" in name else name


def _judged(province: str, city: str, county: str, detail: str, *faults: str) -> Place:
    if city == county:  # a county-level city ruled by the province
        county = ""
    missing = () if len(detail) >= 2 and _SPOT.search(detail) else ("detail_missing",)
    return Place(province, city, county, detail, (*faults, *missing))
