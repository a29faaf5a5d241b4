from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("penalties", "0006_month_of_each_event")]
    operations = [migrations.AlterField("penaltyevent", "month", models.DateField(verbose_name="month"))]
