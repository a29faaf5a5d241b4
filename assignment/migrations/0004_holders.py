"""Each case says who holds it. Some thousands at a time, each batch on its own: nobody who works waits, and a broken-off run goes on by itself."""

from django.db import migrations, models

BATCH = 5000


def note_holders(apps, schema_editor) -> None:
    Assignment, Case = apps.get_model("assignment", "Assignment"), apps.get_model("cases", "Case")
    held = Assignment.objects.filter(case=models.OuterRef("pk"), ended_at=None).values("collector")[:1]
    last = 0
    while ids := list(Assignment.objects.filter(ended_at=None, case__gt=last).order_by("case").values_list("case", flat=True)[:BATCH]):
        Case.objects.filter(pk__in=ids, holder=None).update(holder=models.Subquery(held))
        last = ids[-1]


class Migration(migrations.Migration):
    atomic = False
    dependencies = [("assignment", "0003_rules_scopes_and_jobs"), ("cases", "0014_holder")]
    operations = [migrations.RunPython(note_holders, migrations.RunPython.noop)]
