"""What others do with the same rows, each into one flat table: openpyxl and save(), django-import-export, and as the floor nothing but calamine and COPY."""

import io
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from typing import Any

import openpyxl
from django.conf import settings
from django.db import connection, models, transaction
from django.test import override_settings
from import_export.formats.base_formats import XLSX
from import_export.resources import ModelResource
from python_calamine import CalamineWorkbook

_MONEY = {"max_digits": 14, "decimal_places": 2}


class FlatRow(models.Model):
    """The 40 columns of the bank's file, in their order, checked for nothing."""

    case_no = models.CharField(max_length=60, unique=True)
    name = models.CharField(max_length=100)
    id_no = models.CharField(max_length=20)
    gender = models.CharField(max_length=10)
    card_no = models.CharField(max_length=40)
    account_no = models.CharField(max_length=40)
    currency = models.CharField(max_length=10)
    amount = models.DecimalField(**_MONEY)
    principal = models.DecimalField(**_MONEY)
    interest = models.DecimalField(**_MONEY)
    fee = models.DecimalField(**_MONEY)
    minimum_payment = models.DecimalField(**_MONEY)
    credit_limit = models.DecimalField(**_MONEY)
    bill_day = models.IntegerField()
    opened_on = models.DateField()
    overdue_since = models.DateField()
    overdue_days = models.IntegerField()
    stage = models.CharField(max_length=10)
    product = models.CharField(max_length=60)
    region = models.CharField(max_length=60)
    placed_on = models.DateField()
    due_back_on = models.DateField()
    last_paid_on = models.DateField()
    last_paid_amount = models.DecimalField(**_MONEY)
    mobile = models.CharField(max_length=40)
    home_phone = models.CharField(max_length=40)
    home_address = models.CharField(max_length=200)
    postcode = models.CharField(max_length=10)
    employer = models.CharField(max_length=100)
    work_phone = models.CharField(max_length=40)
    work_address = models.CharField(max_length=200)
    contact_1_name = models.CharField(max_length=100)
    contact_1_relation = models.CharField(max_length=40)
    contact_1_mobile = models.CharField(max_length=40)
    contact_2_name = models.CharField(max_length=100)
    contact_2_relation = models.CharField(max_length=40)
    contact_2_mobile = models.CharField(max_length=40)
    email = models.CharField(max_length=100)
    customer_no = models.CharField(max_length=40)
    remark = models.CharField(max_length=200)

    class Meta:
        app_label = "bench"

    def __str__(self) -> str:
        return self.case_no


NAMES = [field.name for field in FlatRow._meta.concrete_fields if not field.primary_key]


class FlatResource(ModelResource):
    """As the library's documentation has it; the admin previews with it and imports on "confirm"."""

    class Meta:
        model = FlatRow
        import_id_fields = ("case_no",)
        fields = NAMES


class BulkResource(ModelResource):
    """Its quickest settings: bulk_create, no diff, no look at what is there."""

    class Meta:
        model = FlatRow
        import_id_fields = ("case_no",)
        fields = NAMES
        use_bulk = True
        batch_size = 1000
        skip_diff = True
        force_init_instance = True


@contextmanager
def table() -> Iterator[None]:
    """FlatRow is a model of an installed app, which the library needs, and has its table."""
    with override_settings(INSTALLED_APPS=[*settings.INSTALLED_APPS, "bench"]):
        with connection.schema_editor() as editor:
            editor.create_model(FlatRow)
        try:
            yield
        finally:
            with connection.schema_editor() as editor:
                editor.delete_model(FlatRow)


def openpyxl_and_save(path: Path) -> None:
    """One save() after the other, in one transaction."""
    book = openpyxl.load_workbook(path, read_only=True)
    with transaction.atomic():
        for line in book.active.iter_rows(min_row=2, values_only=True):
            FlatRow(**dict(zip(NAMES, map(_day, line), strict=True))).save()


def import_export_preview_and_confirm(path: Path) -> None:
    """What its admin does: import for show, rolled back, and after "confirm" the file read and imported again."""
    content = path.read_bytes()
    preview = FlatResource().import_data(_dataset(content), dry_run=True, raise_errors=False, rollback_on_validation_errors=True)
    if preview.has_errors() or preview.has_validation_errors():
        raise RuntimeError("The peer found errors in the bench's file.")
    FlatResource().import_data(_dataset(content), dry_run=False, raise_errors=True, rollback_on_validation_errors=True)


def import_export_bulk(path: Path) -> None:
    BulkResource().import_data(_dataset(path.read_bytes()), dry_run=False, raise_errors=True)


def calamine_and_copy(path: Path) -> None:
    """The floor: every cell read and copied as text, with no check, no key and no index."""
    lines = CalamineWorkbook.from_path(path).get_sheet_by_index(0).iter_rows()
    next(lines)
    text = io.StringIO("".join("\t".join(map(str, line)) + "\n" for line in lines))
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(f"CREATE TABLE bench_floor ({', '.join(f'{name} text' for name in NAMES)})")
        cursor.copy_expert("COPY bench_floor FROM STDIN", text)


def _dataset(content: bytes) -> Any:
    dataset = XLSX().create_dataset(content)
    dataset.headers = NAMES
    return dataset


def _day(value: Any) -> Any:
    return value.date() if isinstance(value, datetime) else value


def forget() -> int:
    """How many rows the peer has loaded; the next one finds nothing of them."""
    with connection.cursor() as cursor:
        loaded = 0
        for name in set(connection.introspection.table_names(cursor)) & {"bench_floor", FlatRow._meta.db_table}:
            cursor.execute(f"SELECT count(*) FROM {name}")  # noqa: S608 - our own two
            loaded += cursor.fetchone()[0]
        cursor.execute(f"TRUNCATE {FlatRow._meta.db_table}")
        cursor.execute("DROP TABLE IF EXISTS bench_floor")
    return loaded
