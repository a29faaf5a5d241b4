"""The list component: paging, sorting, filtering, choice of columns, export. The URL holds the state.

A page declares its columns and where its rows come from:

    class PlacementList(DeskList):
        list_name = "cases:import-list"
        permission_required = "cases.view_placement"
        title = _("Placements")
        filter_form = PlacementFilter            # a Form with apply(rows) -> rows
        default_sort = "-created_at"
        columns = [
            Column("code", _("Placement"), sort="code", link=True),
            Column("amount", _("Amount"), sort="amount", kind="money"),
        ]

        def rows(self):
            return imports_visible_to(self.request.user).select_related("client")
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from urllib.parse import urlsplit

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.core.paginator import Paginator
from django.db import transaction
from django.db.models import F, QuerySet
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect, QueryDict
from django.urls import resolve
from django.utils import timezone, translation
from django.utils.functional import cached_property
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.generic import TemplateView

from audit.services import record
from staff.exports import attachment, workbook_of
from staff.models import ListExport
from staff.pages import DeskPermission
from staff.rules import saved_filters
from staff.services_exports import request_export

PAGE_SIZES = (50, 100, 200)
BIG_FIRST = ("money", "number", "date", "datetime")
COUNTED_UP_TO = 10_000
EXPORTED_AT_ONCE = 5_000
EXPORTED_AT_MOST = 200_000


@dataclass(frozen=True)
class Column:
    """One column. `value` is an attribute path ("client.short_name") or a function of the row; the key, when not given.

    `kind` says how it is shown: text, money, number, date, datetime, state (a badge; the value is (value, label)), masked, person,
    countdown (the due time, or (due time, start)), or template, which renders `template` with `row` and `value`. `sort` is the ordering field; a column without one
    can't be sorted. `link` makes the cell the row's link. `hidden` columns show once chosen.
    """

    key: str
    label: Any
    value: str | Callable[[Any], Any] = ""
    kind: str = "text"
    sort: str = ""
    link: bool = False
    hidden: bool = False
    template: str = ""
    exported: bool = True

    def value_of(self, row: Any) -> Any:
        if callable(self.value):
            return self.value(row)
        found = row
        for name in (self.value or self.key).split("."):
            found = getattr(found, name, None)
            if callable(found) and not hasattr(found, "all"):
                found = found()
            if found is None:
                return None
        return found

    @property
    def is_number(self) -> bool:
        return self.kind in ("money", "number")


# Every list of the product by its name: what a saved preference may speak of.
LISTS: dict[str, type["DeskList"]] = {}


class CappedPaginator(Paginator):
    """Counts no further than COUNTED_UP_TO rows, so that a million rows answer like fifty."""

    @cached_property
    def counted(self) -> int:
        return self.object_list.order_by()[: COUNTED_UP_TO + 1].count()

    @property
    def count(self) -> int:
        return min(self.counted, COUNTED_UP_TO)

    @property
    def is_capped(self) -> bool:
        return self.counted > COUNTED_UP_TO


class DeskList(DeskPermission, TemplateView):
    """A list page; see the module's text. A fragment (only the table) is answered to htmx, a workbook to ?export=xlsx."""

    template_name = "components/list_page.html"
    list_name = ""
    title: Any = ""
    subtitle: Any = ""
    columns: list[Column] = []
    filter_form: type | None = None
    default_sort = "-pk"
    empty_title: Any = ""
    empty_text: Any = ""
    empty_icon = "inbox"
    # (label, url name, permission) of the button that makes the first row; shown in the page's head too.
    new_action: tuple[Any, str, str] | None = None
    # [(label, url name, permission)]: a POST of the chosen rows' ids as "ids".
    bulk_actions: list[tuple[Any, str, str]] = []
    exportable = True
    export_permission = ""

    def __init_subclass__(cls, **kwargs: Any) -> None:
        super().__init_subclass__(**kwargs)
        if cls.list_name:
            LISTS[cls.list_name] = cls

    def rows(self) -> QuerySet:
        raise NotImplementedError

    def complete(self, rows: list) -> list:
        """The rows of one page with all that their cells name. A list that is long and wide sorts slim rows, and fetches the rest here."""
        return rows

    def row_url(self, row: Any) -> str:
        return ""

    def get(self, request, *args: Any, **kwargs: Any) -> HttpResponse:
        if request.GET.get("export") == "xlsx":
            return self.export()
        return super().get(request, *args, **kwargs)

    def get_template_names(self) -> list[str]:
        return ["components/_list.html"] if self.request.headers.get("HX-Target") == "list" else [self.template_name]

    # --- What is asked for -----------------------------------------------------------------------------------------------

    @cached_property
    def form(self) -> Any:
        """Bound once the address names one of its fields; paging and sorting alone don't make it a filter."""
        if self.filter_form is None:
            return None
        asked = any(name in self.request.GET for name in self.filter_form.base_fields)
        form = self.filter_form(self.request.GET if asked else None, **self.filter_arguments())
        for field in form.fields.values():
            _call_no_choice_all(field)
        return form

    def filter_arguments(self) -> dict[str, Any]:
        return {}

    @cached_property
    def filter_fits(self) -> bool:
        return self.form is None or not self.form.is_bound or self.form.is_valid()

    @property
    def is_filtered(self) -> bool:
        return self.form is not None and self.form.is_bound and any(self.request.GET.get(name) for name in self.form.fields)

    def found_rows(self) -> QuerySet:
        """The rows that fit the filter. A filter that can't be read finds nothing, rather than everything."""
        rows = self.rows()
        if not self.filter_fits:
            return rows.none()
        if self.form is not None and self.form.is_bound:
            rows = self.form.apply(rows)
        return rows.order_by(*self.ordering())

    @property
    def sort(self) -> str:
        asked = self.request.GET.get("sort", "")
        allowed = {column.key for column in self.columns if column.sort}
        return asked if asked.removeprefix("-") in allowed else ""

    def ordering(self) -> list[Any]:
        """Only the declared columns sort; the primary key makes the order total."""
        if not self.sort:
            return [self.default_sort] if self.default_sort.lstrip("-") in ("pk", "id") else [self.default_sort, "-pk"]
        field = next(column.sort for column in self.columns if column.key == self.sort.lstrip("-"))
        order = F(field).desc(nulls_last=True) if self.sort.startswith("-") else F(field).asc(nulls_last=True)
        return [order, "-pk"]

    def page_size(self) -> int:
        asked = self.request.GET.get("size", "")
        return int(asked) if asked in map(str, PAGE_SIZES) else PAGE_SIZES[0]

    def shown_columns(self) -> list[Column]:
        chosen = self.request.user.preferences.get("lists", {}).get(self.list_name, {}).get("columns")
        if chosen:
            return [column for column in self.columns if column.key in chosen] or self.columns
        return [column for column in self.columns if not column.hidden]

    # --- What is shown ---------------------------------------------------------------------------------------------------

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        paginator = CappedPaginator(self.found_rows(), self.page_size())
        page = paginator.get_page(self.request.GET.get("page"))
        columns = self.shown_columns()
        may = self.request.user.has_perm
        return super().get_context_data(
            list=self,
            page=page,
            table=[self._line(row, columns) for row in self.complete(list(page))],
            heads=[self._head(column) for column in columns],
            shown_columns=columns,
            shown_keys=[column.key for column in columns],
            filter=self.form,
            chips=self._chips(),
            clear_url=self._url(clear=list(self.form.fields) if self.form else []),
            saved_filters=saved_filters(self.request.user.preferences, self.list_name),
            bulk=[action for action in self.bulk_actions if may(action[2])],
            new=self.new_action if self.new_action and may(self.new_action[2]) else None,
            may_export=self.may_export(),
            is_filtered=self.is_filtered,
            page_sizes=PAGE_SIZES,
            count_text=_count_text(paginator),
            range_text=_range_text(page),
            **kwargs,
        )

    @property
    def empty_heading(self) -> Any:
        return self.empty_title or gettext_lazy("Nothing here yet")

    def _line(self, row: Any, columns: list[Column]) -> dict[str, Any]:
        cells = [(column, column.value_of(row)) for column in columns]
        name = next((value for column, value in cells if column.link), cells[0][1])
        return {"row": row, "pk": row.pk, "url": self.row_url(row), "cells": cells, "name": name}

    def _head(self, column: Column) -> dict[str, Any]:
        """A click sorts, the next one turns the order, the third returns to the list's own order."""
        if not column.sort:
            return {"column": column}
        up, down = column.key, f"-{column.key}"
        first, second = (down, up) if column.kind in BIG_FIRST else (up, down)
        following = {first: second, second: None}.get(self.sort, first)
        shown = self.sort or {column.sort: up, f"-{column.sort}": down}.get(self.default_sort, "")
        aria = {up: "ascending", down: "descending"}.get(shown, "none")
        return {"column": column, "aria": aria, "url": self._url(sort=following)}

    def _chips(self) -> list[dict[str, Any]]:
        """What the filter asks for, each with an address without it."""
        if not self.is_filtered or not self.filter_fits:
            return []
        asked = [name for name in self.form.fields if self.request.GET.get(name)]
        return [{"label": self.form[name].label, "value": _said(self.form, name), "clear": self._url(clear=[name])} for name in asked]

    def _url(self, *, clear: list[str] | None = None, **changes: Any) -> str:
        query = self.request.GET.copy()
        for name in [*(clear or []), "page", "export"]:
            query.pop(name, None)
        for name, value in changes.items():
            query.pop(name, None)
            if value is not None:
                query[name] = value
        return f"{self.request.path}?{query.urlencode()}" if query else self.request.path

    # --- Export ------------------------------------------------------------------------------------------------------------

    def may_export(self) -> bool:
        return bool(self.list_name and self.exportable and (not self.export_permission or self.request.user.has_perm(self.export_permission)))

    def export(self) -> HttpResponse:
        """What is shown, as a workbook with a serial number of the trail. A long one is made meanwhile and told in the inbox."""
        if not self.may_export():
            raise Http404
        if not self.filter_fits:
            return self._instead_of_a_workbook(messages.ERROR, _("The filter can't be read; mend it, then export again."))
        rows, now = list(self.found_rows()[: EXPORTED_AT_ONCE + 1]), timezone.now()
        if len(rows) > EXPORTED_AT_ONCE:
            request_export(title=str(self.title), address=self._url(), by=self.request.user, now=now)
            return self._instead_of_a_workbook(messages.SUCCESS, _("A long list: the workbook is being made. Your inbox tells you when it is ready."))
        with transaction.atomic():
            event = record("list.exported", subject=self.request.user, by=self.request.user, at=now, changes={self.list_name: (None, len(rows))})
        return attachment(self.workbook(rows, serial=event.pk, now=now), f"{self.title}-{event.pk}.xlsx")

    def workbook(self, rows: Iterable, *, serial: int | str, now: datetime) -> bytes:
        columns = [column for column in self.shown_columns() if column.exported]
        return workbook_of(columns, rows, title=str(self.title), person=self.request.user, serial=serial, now=now)

    def export_again(self, *, serial: str, now: datetime) -> tuple[bytes, int]:
        """The workbook of a long export and its number of rows, made while nobody waits."""
        rows = self.found_rows()[:EXPORTED_AT_MOST]
        count = rows.count()
        return self.workbook(rows.iterator(chunk_size=2000), serial=serial, now=now), count

    def _instead_of_a_workbook(self, level: int, message: str) -> HttpResponse:
        messages.add_message(self.request, level, message)
        return HttpResponseRedirect(self._url())


def made_again(export: ListExport) -> tuple[bytes, int]:
    """The workbook of a long export, as its maker would see it now: same address, rights, columns and language.

    The page of that address says `may_export` and makes it (`export_again`).
    """
    address = urlsplit(export.address)
    request = HttpRequest()
    request.method, request.path, request.path_info = "GET", address.path, address.path
    request.GET, request.user = QueryDict(address.query), export.person
    match = resolve(address.path)
    page = match.func.view_class(**match.func.view_initkwargs)
    page.setup(request, *match.args, **match.kwargs)
    if not (page.has_permission() and page.may_export()):
        raise PermissionDenied(f"{export} is no longer for {export.person.username}")
    with translation.override(export.person.language):
        return page.export_again(serial=f"E{export.pk}", now=timezone.now())


def _count_text(paginator: CappedPaginator) -> str:
    if paginator.is_capped:
        return _("%(count)s+ rows") % {"count": f"{COUNTED_UP_TO:,}"}
    return _("1 row") if paginator.count == 1 else _("%(count)s rows") % {"count": f"{paginator.count:,}"}


def _range_text(page: Any) -> str:
    total = f"{page.paginator.count:,}{'+' if page.paginator.is_capped else ''}"
    return _("%(first)s–%(last)s of %(total)s") % {"first": f"{page.start_index():,}", "last": f"{page.end_index():,}", "total": total}


def _call_no_choice_all(field: Any) -> None:
    """In a filter an empty choice means "all", not a row of dashes."""
    if getattr(field, "empty_label", None):
        field.empty_label = _("All")
    elif not hasattr(field, "queryset") and isinstance(getattr(field, "choices", None), list):
        field.choices = [(key, _("All") if key == "" and str(label).startswith("---") else label) for key, label in field.choices]


def _said(form: Any, name: str) -> str:
    """A filter's value in the user's words: the choice's label, not its code."""
    value, field = form.cleaned_data[name], form.fields[name]
    if value is True:
        return _("yes")
    labels = {} if hasattr(field, "queryset") else {str(key): str(label) for key, label in getattr(field, "choices", [])}
    values = value if isinstance(value, list | tuple | QuerySet) else [value]
    return "、".join(labels.get(str(one), str(one)) for one in values)
