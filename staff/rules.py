"""What a person may keep of their own lists. Plain values in, plain values out."""

from urllib.parse import parse_qsl, urlencode

SAVED_NAME_LENGTH = 40
SAVED_QUERY_LENGTH = 1000
SAVED_AT_MOST = 20
# Where one is in a list, not what one looks for.
NOT_KEPT = {"page", "export"}


def kept_query(text: str) -> str:
    """The part of a list's address that a saved filter keeps."""
    pairs = parse_qsl(text.lstrip("?"), keep_blank_values=False)
    return urlencode([(name, value) for name, value in pairs if name not in NOT_KEPT])


def with_columns(preferences: dict, list_name: str, columns: list[str]) -> dict:
    """No columns means the list's own choice."""
    return _changed(preferences, list_name, columns=columns)


def with_saved_filter(preferences: dict, list_name: str, name: str, query: str) -> dict:
    """A filter of the same name is replaced."""
    others = [row for row in saved_filters(preferences, list_name) if row["name"] != name]
    return _changed(preferences, list_name, saved=[*others, {"name": name, "query": query}])


def without_saved_filter(preferences: dict, list_name: str, name: str) -> dict:
    return _changed(preferences, list_name, saved=[row for row in saved_filters(preferences, list_name) if row["name"] != name])


def saved_filters(preferences: dict, list_name: str) -> list[dict[str, str]]:
    return preferences.get("lists", {}).get(list_name, {}).get("saved", [])


def _changed(preferences: dict, list_name: str, **values: list) -> dict:
    lists = dict(preferences.get("lists", {}))
    lists[list_name] = lists.get(list_name, {}) | values
    return preferences | {"lists": lists}
