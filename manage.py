#!/usr/bin/env python
"""Django's command line for this project; the embedded settings are the default."""

import os
import sys


def main() -> None:
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings.dev")
    try:
        from django.core.management import execute_from_command_line
    except ImportError as error:
        raise SystemExit("Django is not installed here. Run script/setup first.") from error
    from config.errors import SettingMissing

    try:
        execute_from_command_line(sys.argv)
    except SettingMissing as error:
        raise SystemExit(str(error)) from None


if __name__ == "__main__":
    main()
