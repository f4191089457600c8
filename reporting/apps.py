from django.apps import AppConfig


class ReportingConfig(AppConfig):
    name = "reporting"
    label = "reporting"
    verbose_name = "总结报告"

    def ready(self) -> None:
        # The core lists affected reports through a hook, because it must not import the app that keeps them.
        from ledgers.returns.affected import add_source
        from reporting.affected import final_reports

        add_source(final_reports)
