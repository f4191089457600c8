from django.apps import AppConfig


class ReportingConfig(AppConfig):
    name = "reporting"
    label = "reporting"
    verbose_name = "总结报告"

    def ready(self) -> None:
        # The core tells of reports through hooks, because it must not import the app that keeps them.
        from ledgers import reminders
        from ledgers.returns import affected
        from reporting.affected import final_reports
        from reporting.reminders import reports_waiting

        affected.add_source(final_reports)
        reminders.add_source(reports_waiting)
