"""The API's description says exactly what the API does: every operation, every answer, every error."""

import warnings

import pytest
from drf_spectacular.drainage import GENERATOR_STATS
from drf_spectacular.generators import SchemaGenerator
from drf_spectacular.validation import validate_schema

WRITES = ("post", "put", "patch", "delete")


@pytest.fixture(scope="module")
def schema():
    GENERATOR_STATS.reset()
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        return SchemaGenerator().get_schema(request=None, public=True)


@pytest.fixture(scope="module")
def operations(schema):
    return [(path, method, described) for path, methods in schema["paths"].items() for method, described in methods.items()]


def test_the_description_is_made_without_a_warning_and_is_valid(schema):
    validate_schema(schema)

    assert (dict(GENERATOR_STATS._error_cache), dict(GENERATOR_STATS._warn_cache)) == ({}, {})


def test_every_path_is_versioned(schema):
    assert [path for path in schema["paths"] if not path.startswith("/api/v1/")] == []


def test_every_operation_declares_its_errors(operations):
    """Forbidden always; not found where an id is asked for; bad request where something is sent; another media type where a body is."""
    missing = []
    for path, method, described in operations:
        expected = {"403"}
        expected |= {"404"} if "{id}" in path or "{" in path else set()
        expected |= {"400", "415"} if "requestBody" in described else set()
        expected |= {"400"} if any(row["in"] == "query" for row in described.get("parameters", [])) else set()
        missing += [(method, path, sorted(expected - set(described["responses"])))] if expected - set(described["responses"]) else []

    assert missing == []


def test_every_write_takes_a_key_but_those_that_must_be_asked_anew(operations):
    """F14"""
    without = [
        described["operationId"]
        for _path, method, described in operations
        if method in WRITES and "Idempotency-Key" not in [row["name"] for row in described.get("parameters", [])]
    ]

    assert sorted(without) == ["call", "confirm_identity", "reveal"]
