"""Who holds a case, on the case itself. Every row has none yet, so that the column costs nothing and its index is empty when it is built;
assignment 0004 fills both, some thousands of cases at a time."""

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("cases", "0013_list_instead_of_one_account"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.AddField(
            "case",
            "holder",
            models.ForeignKey(
                db_index=False, editable=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name="+", to=settings.AUTH_USER_MODEL
            ),
        ),
        migrations.AddIndex(
            "case",
            models.Index(
                fields=["holder", "follow_up_at", "touched_at", "state", "stopped_at", "complaint_open", "balance", "placement", "id"],
                condition=models.Q(("holder__isnull", False), models.Q(("state__in", ["settled", "returned", "recalled"]), _negated=True)),
                name="cases_queue_of_holder",
            ),
        ),
    ]
