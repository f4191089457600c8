from django.apps import AppConfig


class NonpublicConfig(AppConfig):
    name = "nonpublic"
    label = "nonpublic"
    verbose_name = "非公经济"
    family_label = "非公经济"
    family_icon = "building-office-2"
    family_order = 50
