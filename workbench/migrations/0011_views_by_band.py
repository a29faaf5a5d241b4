"""Saved views that were narrowed by an amount are narrowed by its band (CR-17). One whose amounts lie in no single band keeps them, and says so."""

from django.db import migrations

BANDS = (("5", 100_000), ("4", 50_000), ("3", 20_000), ("2", 5_000), ("1", 0))


def band_of(amount):
    return next(band for band, least in BANDS if amount >= least)


def use_bands(apps, schema_editor):
    SavedView = apps.get_model("workbench", "SavedView")
    for view in SavedView.objects.filter(filters__has_any_keys=["amount_min", "amount_max"]):
        least, most = (float(view.filters[name]) if view.filters.get(name) else None for name in ("amount_min", "amount_max"))
        low, high = band_of(least or 0), band_of(most) if most is not None else BANDS[0][0]
        if low == high:
            view.filters = {name: value for name, value in view.filters.items() if name not in ("amount_min", "amount_max")} | {"band": low}
            view.save(update_fields=["filters"])


class Migration(migrations.Migration):
    dependencies = [("workbench", "0010_letter_rights")]

    operations = [migrations.RunPython(use_bands, migrations.RunPython.noop)]
