"""What an outcome entails besides: a flag that holds dunning (CR-16, CR-50), a department that is told (E14)."""

from django.db import migrations

FLAGS = {"FEAD": "dispute", "DENY": "dispute", "TSAJ": "incapable"}
DEPARTMENTS = {"PYD": "finance", "CAPT": "finance", "VPAY": "lead"}


def mark(apps, schema_editor) -> None:
    outcomes = apps.get_model("calls", "Outcome").objects
    for field, meant in (("raises_flag", FLAGS), ("refers_to", DEPARTMENTS)):
        for code, value in meant.items():
            outcomes.filter(pk=code).update(**{field: value})


class Migration(migrations.Migration):
    dependencies = [("calls", "0003_dials_amendments_and_referrals")]
    operations = [migrations.RunPython(mark, migrations.RunPython.noop)]
