"""The page of a server error comes whatever it was that broke."""

from __future__ import annotations

from pathlib import Path

import pytest
from django.conf import LazySettings
from django.test import RequestFactory

from ledgers.views.errors import server_error


def test_it_comes_without_the_collected_files(
    settings: LazySettings, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    settings.STATIC_ROOT = tmp_path
    settings.STORAGES = {
        **settings.STORAGES,
        "staticfiles": {"BACKEND": "whitenoise.storage.CompressedManifestStaticFilesStorage"},
    }
    answer = server_error(RequestFactory().get("/"))
    assert answer.status_code == 500
    assert "您的操作没有完成" in answer.text
    assert "stylesheet" not in answer.text
    assert "could not be drawn" in caplog.text
