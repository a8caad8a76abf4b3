"""Figures by class instead of by programme; they are recounted, so nothing is carried over."""

import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("community", "0002_media_and_notices"), ("training", "0001_training")]

    operations = [
        migrations.DeleteModel(name="Coverage"),
        migrations.CreateModel(
            name="Coverage",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("enrolled", models.PositiveIntegerField(default=0)),
                ("expected", models.PositiveIntegerField(default=0)),
                ("present", models.PositiveIntegerField(default=0)),
                ("late", models.PositiveIntegerField(default=0)),
                ("closed_people", models.PositiveIntegerField(default=0)),
                ("completed", models.PositiveIntegerField(default=0)),
                ("waiting", models.PositiveIntegerField(default=0)),
                ("counted_at", models.DateTimeField(db_index=True)),
                ("cohort", models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name="coverage", to="training.cohort")),
                ("county", models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name="coverage", to="community.region")),
                ("programme", models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name="coverage", to="training.programme")),
            ],
        ),
        migrations.AddConstraint(
            model_name="coverage",
            constraint=models.UniqueConstraint(fields=("cohort", "county"), name="one_coverage_per_county"),
        ),
        migrations.AddIndex(
            model_name="coverage",
            index=models.Index(fields=["programme", "county"], name="coverage_of_programme"),
        ),
        migrations.AddIndex(
            model_name="enrolment",
            index=models.Index(fields=["changed_at"], name="enrolment_by_change"),
        ),
        migrations.AddIndex(
            model_name="completionrecord",
            index=models.Index(fields=["at"], name="record_by_time"),
        ),
    ]
