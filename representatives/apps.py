from django.apps import AppConfig


class RepresentativesConfig(AppConfig):
    name = "representatives"
    label = "representatives"
    verbose_name = "党外代表人士"
    family_label = "党外代表人士"
    family_icon = "identification"
    family_order = 60
