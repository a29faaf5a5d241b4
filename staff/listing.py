"""The list component: paging, sorting, filtering, choice of columns, export. The URL holds the state.

A page declares its columns and where its rows come from:

    class PlacementList(DeskList):
        list_name = "cases:placement-list"
        permission_required = "cases.view_placement"
        title = _("Placements")
        filter_form = PlacementFilter            # a Form with apply(rows) -> rows
        default_sort = "-created_at"
        columns = [
            Column("code", _("Placement"), sort="code", link=True),
            Column("amount", _("Amount"), sort="amount", kind="money"),
        ]

        def rows(self):
            return placements_visible_to(self.request.user).select_related("client")
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from django.contrib import messages
from django.core.paginator import Paginator
from django.db import transaction
from django.db.models import F, QuerySet
from django.http import Http404, HttpResponse, HttpResponseRedirect
from django.utils import timezone
from django.utils.functional import cached_property
from django.utils.translation import gettext as _
from django.views.generic import TemplateView

from audit.services import record
from staff.exports import workbook_of
from staff.pages import DeskPermission

PAGE_SIZES = (50, 100, 200)
COUNTED_UP_TO = 10_000
EXPORTED_UP_TO = 5_000


@dataclass(frozen=True)
class Column:
    """One column. `value` is an attribute path ("client.short_name") or a function of the row; the key, when not given.

    `kind` says how it is shown: text, money, number, date, datetime, state (a badge), masked, person, countdown, or template, which
    renders `template` with `row` and `value`. `sort` is the ordering field; a column without one can't be sorted.
    `wide` is optional extra: hidden until chosen.
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


class CappedPaginator(Paginator):
    """Counts no further than COUNTED_UP_TO rows, so that a million rows answer like fifty."""

    @cached_property
    def count(self) -> int:
        return self.object_list.order_by()[: COUNTED_UP_TO + 1].count()

    @property
    def is_capped(self) -> bool:
        return self.count > COUNTED_UP_TO


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
    # (label, url name, permission) of the button that makes the first row; shown in the page's head too.
    new_action: tuple[Any, str, str] | None = None
    # [(label, url name, permission)]: a POST of the chosen rows' ids as "ids".
    bulk_actions: list[tuple[Any, str, str]] = []

    def rows(self) -> QuerySet:
        raise NotImplementedError

    def row_url(self, row: Any) -> str:
        return ""

    def get(self, request, *args: Any, **kwargs: Any) -> HttpResponse:
        if request.GET.get("export") == "xlsx":
            return self.export()
        return super().get(request, *args, **kwargs)

    def get_template_names(self) -> list[str]:
        return ["components/_list.html"] if self.request.headers.get("HX-Target") == "list" else [self.template_name]

    @cached_property
    def form(self) -> Any:
        return self.filter_form(self.request.GET or None, **self.filter_arguments()) if self.filter_form else None

    def filter_arguments(self) -> dict[str, Any]:
        return {}

    def found_rows(self) -> QuerySet:
        rows = self.rows()
        if self.form is not None and self.form.is_bound and self.form.is_valid():
            rows = self.form.apply(rows)
        return rows.order_by(*self.ordering())

    @property
    def sort(self) -> str:
        asked = self.request.GET.get("sort", "")
        allowed = {column.key for column in self.columns if column.sort}
        return asked if asked.lstrip("-") in allowed else ""

    def ordering(self) -> list[Any]:
        """Only the declared columns sort; the primary key makes the order total."""
        if not self.sort:
            return [self.default_sort] if self.default_sort.lstrip("-") == "pk" else [self.default_sort, "-pk"]
        field = next(column.sort for column in self.columns if column.key == self.sort.lstrip("-"))
        order = F(field).desc(nulls_last=True) if self.sort.startswith("-") else F(field).asc(nulls_last=True)
        return [order, "-pk"]

    def shown_columns(self) -> list[Column]:
        chosen = self.request.user.preferences.get("lists", {}).get(self.list_name, {}).get("columns")
        if chosen:
            return [column for column in self.columns if column.key in chosen] or self.columns
        return [column for column in self.columns if not column.hidden]

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        paginator = CappedPaginator(self.found_rows(), self.page_size())
        page = paginator.get_page(self.request.GET.get("page"))
        columns = self.shown_columns()
        table = [{"row": row, "pk": row.pk, "url": self.row_url(row), "cells": [(c, c.value_of(row)) for c in columns]} for row in page]
        saved = self.request.user.preferences.get("lists", {}).get(self.list_name, {}).get("saved", [])
        return super().get_context_data(
            list=self,
            page=page,
            table=table,
            shown_columns=columns,
            shown_keys=[column.key for column in columns],
            filter=self.form,
            saved_filters=saved,
            bulk=[action for action in self.bulk_actions if self.request.user.has_perm(action[2])],
            new=self.new_action if self.new_action and self.request.user.has_perm(self.new_action[2]) else None,
            is_filtered=bool(self.form is not None and self.form.is_bound and any(self.request.GET.get(name) for name in self.form.fields)),
            **kwargs,
        )

    def page_size(self) -> int:
        asked = self.request.GET.get("size", "")
        return int(asked) if asked.isdigit() and int(asked) in PAGE_SIZES else PAGE_SIZES[0]

    def export(self) -> HttpResponse:
        """What is shown, as a workbook: it carries the exporter's name and a serial number, and is on the trail."""
        if not self.list_name:
            raise Http404
        rows = list(self.found_rows()[: EXPORTED_UP_TO + 1])
        if len(rows) > EXPORTED_UP_TO:
            messages.error(self.request, _("More than %(most)s rows: narrow the filter, then export again.") % {"most": EXPORTED_UP_TO})
            query = self.request.GET.copy()
            query.pop("export")
            return HttpResponseRedirect(f"{self.request.path}?{query.urlencode()}")
        now = timezone.now()
        with transaction.atomic():
            event = record("list.exported", subject=self.request.user, by=self.request.user, at=now, changes={str(self.title): (None, len(rows))})
        columns = [column for column in self.shown_columns() if column.exported]
        return workbook_of(columns, rows, title=str(self.title), person=self.request.user, serial=event.pk, now=now)
