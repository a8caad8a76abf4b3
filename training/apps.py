from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class TrainingConfig(AppConfig):
    name = "training"
    verbose_name = _("培训")

    def ready(self) -> None:
        from community.live import before_hint
        from community.sealed_columns import register_sealed
        from training import notices
        from training.reports.tally import roll_up_topic

        notices.register()
        register_sealed("training.Enrolment", "phone_sealed", purpose="phone")
        register_sealed("training.RosterBatch", "corrections_sealed", purpose="roster.corrections")
        before_hint("session", roll_up_topic)
        before_hint("cohort", roll_up_topic)
