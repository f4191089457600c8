from django.apps import AppConfig


class EthnicityConfig(AppConfig):
    name = "ethnicity"
    label = "ethnicity"
    verbose_name = "民族工作"
    family_label = "民族工作"
    family_icon = "user-group"
    family_order = 20
