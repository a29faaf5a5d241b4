"""Foreign keys point down the staircase, as imports do; a string foreign key could dodge the import linter."""

from django.apps import apps

STAIRCASE = ["lib", "audit", "operations", "staff", "duties", "cases", "compliance", "assignment", "calls", "letters", "penalties", "figures", "workbench"]
NEIGHBOURS = [{"compliance", "assignment"}, {"calls", "letters"}, {"audit", "operations"}]


def test_foreign_keys_point_down_the_staircase():
    wrong = [
        f"{model._meta.label}.{field.name} → {field.related_model._meta.label}"
        for model in apps.get_models()
        if model._meta.app_label in STAIRCASE
        for field in model._meta.get_fields()
        if field.is_relation
        and field.concrete
        and field.related_model._meta.app_label in STAIRCASE
        and not _is_down(model._meta.app_label, field.related_model._meta.app_label)
    ]

    assert wrong == []


def _is_down(upper: str, lower: str) -> bool:
    if upper == lower:
        return True
    return STAIRCASE.index(lower) < STAIRCASE.index(upper) and {upper, lower} not in NEIGHBOURS
