"""Locks, container files and ignore lists say what the documentation says."""

import re
import tomllib
from pathlib import Path
from typing import Any

import pytest
import yaml
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

ROOT = Path(__file__).parents[2]
LOCKS = ["requirements.lock", "requirements-dev.lock"]


def pins(lock: str) -> dict[str, str]:
    """Name -> version of every requirement of a lock file."""
    lines = (ROOT / lock).read_text().splitlines()
    found = (re.match(r"([A-Za-z0-9._-]+)==([^ ;\\]+)", line) for line in lines)
    return {canonicalize_name(match[1]): match[2] for match in found if match}


@pytest.mark.parametrize("lock", LOCKS)
def test_locks_are_hashed_and_name_no_index(lock: str) -> None:
    text = (ROOT / lock).read_text()
    assert "://" not in text
    # One entry: an unindented line and the indented ones below it.
    entries = [entry for entry in re.split(r"\n(?=\S)", text) if not entry.startswith("#")]
    # A library may be pinned once for each range of Python versions.
    assert (
        len(entries) == len(re.findall(r"^[A-Za-z0-9._-]+(?:\[[^\]]*\])?==", text, re.M)) >= len(pins(lock))
    )
    for entry in entries:
        assert "--hash=sha256:" in entry, entry.splitlines()[0]


def test_locks_cover_the_project_and_agree() -> None:
    runtime, dev = (pins(lock) for lock in LOCKS)
    assert runtime.items() <= dev.items(), "run the commands of CONTRIBUTING.md, Dependencies"
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    for wanted, locked in (
        (project["dependencies"], runtime),
        (project["optional-dependencies"]["dev"], dev),
    ):
        for requirement in map(Requirement, wanted):
            version = locked[canonicalize_name(requirement.name)]
            assert requirement.specifier.contains(version), requirement


@pytest.fixture(scope="module")
def compose() -> dict[str, Any]:
    loaded: dict[str, Any] = yaml.safe_load((ROOT / "docker-compose.yml").read_text())
    return loaded


def test_compose_has_every_process_and_watches_it(compose: dict[str, Any]) -> None:
    services = compose["services"]
    assert set(services) == {"postgres", "redis", "migrate", "web", "worker", "beat", "proxy"}
    for name, service in services.items():
        assert name == "migrate" or service["healthcheck"]["test"], name
        for other in service.get("depends_on", {}):
            assert other in services
        for volume in service.get("volumes", []):
            source = volume.partition(":")[0]
            assert (ROOT / source).exists() if source.startswith(".") else source in compose["volumes"]


def test_compose_keeps_the_product_small_and_takes_secrets_from_the_environment(
    compose: dict[str, Any],
) -> None:
    for name in ("web", "worker", "beat", "migrate"):
        service = compose["services"][name]
        assert service["read_only"]
        assert service["cap_drop"] == ["ALL"]
        assert "ports" not in service, "only the proxy is reachable"
    text = (ROOT / "docker-compose.yml").read_text()
    for secret in ("SECRET_KEY", "POSTGRES_PASSWORD", "REDIS_PASSWORD"):
        assert re.search(rf"\$\{{{secret}:\?", text), f"{secret} must be asked for"


def test_every_variable_of_compose_is_explained() -> None:
    text = (ROOT / "docker-compose.yml").read_text()
    example = (ROOT / ".env.example").read_text()
    for name in set(re.findall(r"\$\{([A-Z_]+)", text)) - {"HTTP_PORT", "HTTPS_PORT"}:
        assert re.search(rf"^#? ?{name}=", example, re.M), name


def test_the_image_checks_hashes_and_runs_without_rights() -> None:
    text = (ROOT / "Dockerfile").read_text()
    assert "--require-hashes -r /tmp/requirements.lock" in text
    assert re.search(r"^USER ledgers$", text, re.M)
    assert text.count("\nFROM ") == 2


def test_data_and_secrets_stay_out_of_git_and_of_the_image() -> None:
    git, docker = ((ROOT / name).read_text().splitlines() for name in (".gitignore", ".dockerignore"))
    assert {"/var/", ".env", ".venv"} <= set(git)
    assert {"var", ".env", ".git", ".venv"} <= set(docker)
