from django.apps import AppConfig


class WorkConfig(AppConfig):
    name = "ledgers.work"
    label = "work"
    verbose_name = "综合工作"
    family_label = "综合工作"
    family_icon = "briefcase"
    family_order = 10

    def ready(self) -> None:
        # The core asks for goals through a hook, because it must not import the app that stores them.
        from ledgers.indicators import indicators
        from ledgers.work.targets import goals

        indicators.set_goal_source(goals, kept_in="targets")
