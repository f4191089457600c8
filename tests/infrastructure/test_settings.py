"""A production start without what it needs stops with one line that names it."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
KEY = "k7Q2-long-enough-to-be-a-real-secret-key-of-production-9c41Zw83"
COMPLETE = {
    "SECRET_KEY": KEY,
    "ALLOWED_HOSTS": "ledgers.example.gov.cn",
    "DATABASE_URL": "postgres://ledgers@127.0.0.1:1/ledgers",
    "CELERY_BROKER_URL": "redis://127.0.0.1:1/0",
}


def manage(*arguments: str, settings: str, var: Path, **environment: str) -> subprocess.CompletedProcess[str]:
    inherited = {name: os.environ[name] for name in ("PATH", "HOME", "LANG") if name in os.environ}
    return subprocess.run(
        [sys.executable, "manage.py", *arguments],
        cwd=ROOT,
        env={
            **inherited,
            **environment,
            "DJANGO_SETTINGS_MODULE": f"config.settings.{settings}",
            "VAR_DIR": str(var),
            "READ_DOT_ENV": "0",
        },
        capture_output=True,
        text=True,
    )


@pytest.mark.parametrize("absent", list(COMPLETE))
def test_production_names_the_setting_that_is_missing(absent: str, tmp_path: Path) -> None:
    given = {name: value for name, value in COMPLETE.items() if name != absent}
    result = manage("check", settings="prod", var=tmp_path, **given)
    assert result.returncode == 1
    assert result.stderr == f"Set {absent} in the environment (see .env.example).\n"


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"SECRET_KEY": "short"}, "SECRET_KEY is too short"),
        ({"DATABASE_URL": "sqlite:////tmp/office.sqlite3"}, "Production needs PostgreSQL"),
        ({"ACTION_LOG_DAYS": "179"}, "ACTION_LOG_DAYS is a number of days, 180 or more"),
        ({"DATABASE_URL": "mysql://127.0.0.1/ledgers"}, "use postgres:// or sqlite:///"),
    ],
)
def test_production_refuses_what_is_not_fit_for_it(
    change: dict[str, str], message: str, tmp_path: Path
) -> None:
    result = manage("check", settings="prod", var=tmp_path, **{**COMPLETE, **change})
    assert result.returncode == 1
    assert message in result.stderr
    assert len(result.stderr.splitlines()) == 1


def test_production_settings_pass_the_deployment_check(tmp_path: Path) -> None:
    result = manage(
        *("check", "--deploy", "--fail-level", "WARNING"), settings="prod", var=tmp_path, **COMPLETE
    )
    assert result.returncode == 0, result.stderr


def test_an_embedded_installation_makes_its_own_key_once(tmp_path: Path) -> None:
    show = ("shell", "--no-imports", "-c", "from django.conf import settings; print(settings.SECRET_KEY)")
    first, second = (manage(*show, settings="dev", var=tmp_path).stdout.strip() for _ in range(2))
    other = manage(*show, settings="dev", var=tmp_path / "other").stdout.strip()
    assert len(first) >= 50
    assert first == second != other
    assert (tmp_path / "secret_key").stat().st_mode & 0o777 == 0o600


def test_the_embedded_product_hides_its_insides(tmp_path: Path) -> None:
    result = manage(
        *("shell", "--no-imports", "-c", "from django.conf import settings; print(settings.DEBUG)"),
        settings="dev",
        var=tmp_path,
    )
    assert result.stdout.strip() == "False"
