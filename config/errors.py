"""Errors of the configuration, told to the person who starts the product."""

from django.core.exceptions import ImproperlyConfigured


class SettingMissing(ImproperlyConfigured):
    """A setting that has no safe default is absent or unusable; the message says which and what to do."""
