"""The columns whose contents are rows now."""

from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [("letters", "0004_quality_seed")]
    operations = [
        migrations.RemoveField("qualitycheck", "old_rectification"),
        migrations.RemoveField("qualitycheck", "rectified_at"),
        migrations.RemoveField("qualitycheck", "rectified_by"),
        migrations.RemoveField("qualitycheck", "rectify_by"),
        migrations.RemoveField("qualityform", "sample_every"),
    ]
