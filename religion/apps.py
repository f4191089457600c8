from django.apps import AppConfig


class ReligionConfig(AppConfig):
    name = "religion"
    label = "religion"
    verbose_name = "宗教场所"
    family_label = "宗教场所"
    family_icon = "building-library"
    family_order = 30
