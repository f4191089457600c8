from django.apps import AppConfig


class OverseasConfig(AppConfig):
    name = "overseas"
    label = "overseas"
    verbose_name = "侨台工作"
    family_label = "侨台工作"
    family_icon = "globe-asia-australia"
    family_order = 40
