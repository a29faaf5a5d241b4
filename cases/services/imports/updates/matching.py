"""Which case a row speaks of: the client's own, by case number, or by card and placement date. Other banks' cases do not exist here (S06)."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date

from cases.choices import ENDED
from cases.models import Case, CaseAccount, Client, StagedRow
from cases.rules.findings import Found
from cases.services.books import Values
from cases.services.imports.keys import person_index
from collection.lib.crypto import blind_index


@dataclass(frozen=True)
class Known:
    """What is needed of a case to tell whether a row means it."""

    pk: int
    case_no: str
    state: str
    placed_on: date
    name: str
    id_index: str
    version: int


_FIELDS = ("pk", "case_no", "state", "placed_on", "debtor__name", "debtor__id_index", "version")


def match(client: Client, rows: Sequence[StagedRow]) -> dict[int, list[Found]]:
    """Each row gets its case's id, number and version; or a finding that says why not. Two queries, whatever their number."""
    by_number, by_card = _of_numbers(client, rows), _of_cards(client, rows)
    found: dict[int, list[Found]] = {}
    for row in rows:
        row.case_id = row.case_version = None
        number, card = row.values.get("case_no", ""), (row.values.get("card_no", ""), row.values.get("placed_on", ""))
        if not number and not all(card):
            found[row.pk] = []
            continue
        candidates = by_number[number] if number else by_card[card]
        case, code = _choose(candidates)
        if case is None:
            found[row.pk] = [Found(code, "case.no" if number else "card.no")]
            continue
        row.case_id, row.case_no, row.case_version = case.pk, case.case_no, case.version
        found[row.pk] = list(_doubts(case, row.values))
    return found


def _of_numbers(client: Client, rows: Iterable[StagedRow]) -> dict[str, list[Known]]:
    numbers = {row.values["case_no"] for row in rows if row.values.get("case_no")}
    known: dict[str, list[Known]] = defaultdict(list)
    for case in _known(Case.objects.filter(client=client, case_no__in=numbers).values_list(*_FIELDS)) if numbers else ():
        known[case.case_no].append(case)
    return known


def _of_cards(client: Client, rows: Iterable[StagedRow]) -> dict[tuple[str, str], list[Known]]:
    cards = {row.values["card_no"] for row in rows if not row.values.get("case_no") and row.values.get("card_no")}
    number_of = {blind_index("card", card): card for card in cards}
    accounts = CaseAccount.objects.filter(case__client=client, card_index__in=number_of)
    pairs = accounts.values_list("card_index", *(f"case__{name}" for name in _FIELDS)) if cards else ()
    known: dict[tuple[str, str], list[Known]] = defaultdict(list)
    for index, *values in pairs:
        case = Known(*values)
        own = known[number_of[index], case.placed_on.isoformat()]
        if case not in own:  # a card of two currencies is two accounts
            own.append(case)
    return known


def _known(rows: Iterable[tuple]) -> list[Known]:
    return [Known(*values) for values in rows]


def _choose(candidates: list[Known]) -> tuple[Known | None, str]:
    """The live one; of ended ones the latest, if it is one."""
    live = [case for case in candidates if case.state not in ENDED]
    chosen = live or sorted(candidates, key=lambda case: (case.placed_on, case.pk))[-1:]
    if not chosen:
        return None, "case_unknown"
    return (chosen[0], "") if len(chosen) == 1 else (None, "case_ambiguous")


def _doubts(case: Known, values: Values) -> Iterable[Found]:
    """A row that also names the debtor must name this one."""
    if values.get("id_no") and person_index(values["id_no"]) != case.id_index:
        yield Found("debtor_mismatch", "debtor.id_no")
    elif values.get("name") and values["name"] != case.name:
        yield Found("name_mismatch", "debtor.name")
