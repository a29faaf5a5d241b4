"""A case in the shape that the desk's API answers with."""

from typing import Any

from calls.choices import ReviewField, ReviewState, StepState
from calls.selectors import Filtering
from calls.wording import missing_text
from cases.choices import CallStep
from cases.rules.amounts import mask_amounts
from workbench.selectors.case_view import CaseView


def case_shape(view: CaseView) -> dict[str, Any]:
    case, debtor = view.case, view.case.debtor
    plain = ("id", "case_no", "state", "placed_on", "due_back_on", "amount", "balance", "balance_on", "stage", "overdue_days", "product", "region")
    own = ("accounts", "other_cases", "contacts", "attempts_limit", "effective_limit", "is_mine")
    told = ("promise", "promise_policy", "summary", "timeline", "meanings", "extra", "warning", "band", "limitation_words")
    shape = {
        **{name: getattr(case, name) for name in (*plain, "complaint_open", "follow_up_at")},
        **{name: getattr(view, name) for name in (*own, *told)},
        "state_label": case.get_state_display(),
        "client": case.client.name,
        "placement": str(case.placement),
        "stopped": case.stopped_reason or "-" if case.stopped_at else "",
        "debtor_id": debtor.pk,
        "name": debtor.name,
        "masked_id": debtor.masked_id,
        "gender": debtor.get_gender_display(),
        "age": _age(debtor.born_on, view.today),
        "effective": view.counts.effective,
        "is_lost": view.gate.loss.is_proven,
        "is_open_order": view.gate.is_open_order,
        "filtering": _filtering_shape(view.filtering) if view.filtering else None,
        "masked": view.is_masked,
        "version": case.version,
        "flags": list(view.flags),
    }
    if view.is_masked:
        shape = _without_amounts(shape)
    return _without_the_debt(shape) if view.hides_bank else shape


def _without_the_debt(shape: dict[str, Any]) -> dict[str, Any]:
    """CR-12: a third party is on the line, nothing leaves the server that says whose debt it is, since when, or how it stands."""
    silent = {"client": "", "placement": "", "product": "", "stage": "", "overdue_days": None, "band": "", "warning": "", "stopped": "", "promise": None}
    empty = {name: [] for name in ("accounts", "other_cases", "summary", "timeline", "meanings", "extra")}
    return shape | silent | empty | {"limitation_words": {"text": "", "tone": ""}}


AMOUNTS = ("amount", "principal", "interest", "fees", "minimum_payment", "credit_limit", "last_paid_amount", "balance")


def _without_amounts(shape: dict[str, Any]) -> dict[str, Any]:
    """CR-17: until identity is confirmed nothing says how much. In words amounts were left out where they were made (`CaseView`)."""
    shape |= {"amount": None, "balance": None}
    shape["summary"] = [_Hidden(row) for row in shape["summary"]]
    shape["accounts"] = [_Hidden(row) for row in shape["accounts"]]
    shape["other_cases"] = [_Hidden(row) for row in shape["other_cases"]]
    shape["promise"] = _Hidden(shape["promise"]) if shape["promise"] else None
    return shape


class _Hidden:
    """A row whose amounts are not told."""

    def __init__(self, row: Any) -> None:
        self.row = row

    def __getattr__(self, name: str) -> Any:
        if name == "note":
            return mask_amounts(self.row.note)
        return None if name in (*AMOUNTS, "owed") else getattr(self.row, name)


def _age(born_on, today) -> int | None:
    if born_on is None:
        return None
    return today.year - born_on.year - ((today.month, today.day) < (born_on.month, born_on.day))


def _filtering_shape(filtering: Filtering) -> dict[str, Any]:
    review = filtering.review
    return {
        "task": filtering.task.pk,
        "state": review.state if review else ReviewState.PENDING,
        "category": str(review.category) if review and review.category else "",
        "reviews": [
            {"field": field, "label": str(ReviewField(field).label), "finding": finding, "note": note}
            for field in ReviewField.values
            for finding, note in [filtering.fields.get(field, ("", ""))]
        ],
        "steps": [
            {
                "step": step.step,
                "label": str(CallStep(step.step).label),
                "state": step.state,
                "state_label": str(StepState(step.state).label) if step.state else "",
                "is_closed": step.is_closed,
                "is_current": step.is_current,
                "reason": filtering.reasons.get(step.step, ""),
            }
            for step in filtering.steps
        ],
        "unverified": filtering.missing.unverified,
        "missing": missing_text(filtering.missing) if filtering.missing else "",
    }
