"""A rule is done when a test that names it shows it (requirements A1–A4)."""

import re

import pytest
from django.conf import settings

RULES = ["A1.1", "A1.1b", "A1.2", "A1.3", "A1.4", "A2.1", "A2.2", "A3.1", "A3.2", "A3.3", "A4"]


@pytest.fixture(scope="module")
def cited() -> set[str]:
    tests = settings.BASE_DIR / "tests"
    text = "\n".join(path.read_text() for path in tests.rglob("test_*.py") if path.name != "test_rules_cited.py")
    return set(re.findall(r"\b(?:A\d(?:\.\d+b?)?|CR-\d+)\b", text))


@pytest.mark.parametrize("rule", RULES)
def test_each_rule_of_the_bank_procedure_has_a_test(cited, rule):
    assert rule in cited
