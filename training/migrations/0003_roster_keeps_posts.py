"""A roster's import also notes a new title at the same school. No change in the database."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("training", "0002_coverage_by_class")]

    operations = [
        migrations.AlterField(
            model_name="rosterchange",
            name="deed",
            field=models.CharField(
                choices=[
                    ("member_created", "Member Created"),
                    ("member_updated", "Member Updated"),
                    ("affiliation_created", "Affiliation Created"),
                    ("affiliation_updated", "Affiliation Updated"),
                    ("affiliation_ended", "Affiliation Ended"),
                    ("institution_created", "Institution Created"),
                    ("enrolment_created", "Enrolment Created"),
                    ("enrolment_updated", "Enrolment Updated"),
                    ("enrolment_withdrawn", "Enrolment Withdrawn"),
                ],
                max_length=24,
            ),
        ),
    ]
