"""Django admin over the product's tables, for comparison only: the product itself has no admin."""

from config.settings.prod import *  # noqa: F403
from config.settings.prod import INSTALLED_APPS, TEMPLATES

INSTALLED_APPS = [*INSTALLED_APPS, "django.contrib.admin"]
TEMPLATES = [
    {
        **TEMPLATES[0],
        "OPTIONS": {
            # The product's navigation is no part of an admin page, and costs it nothing here.
            "context_processors": [
                name
                for name in TEMPLATES[0]["OPTIONS"]["context_processors"]
                if not name.startswith("ledgers.")
            ]
        },
    }
]
ROOT_URLCONF = "benchmarks.load.admin_urls"
