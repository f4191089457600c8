"""script/server as the person at the terminal meets it: starting, refusing, stopping, and losing a process."""

import os
import signal
import socket
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.product import ROOT, Product

pytestmark = pytest.mark.servers


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Product]:
    with Product(tmp_path_factory.mktemp("var"), "--empty", from_nothing=True) as product:
        yield product.wait_until_started()


def test_an_empty_start_says_how_to_go_on(running: Product) -> None:
    assert running.answers()
    assert running.address in running.output
    assert "create_account" in running.output
    assert "load_units" in running.output
    assert "Traceback" not in running.output


def test_static_files_come_from_a_copy_that_no_update_changes_under_the_server(running: Product) -> None:
    """WhiteNoise cuts off a file that has grown since its start; the sources may change at any time."""
    copy = running.var / "static" / "theme.css"
    source = (ROOT / "static" / "theme.css").read_bytes()
    assert copy.read_bytes() == source
    # Changed in the copy, and in nothing but the copy, it is changed for the browser.
    copy.write_bytes(source.swapcase())
    with urllib.request.urlopen(f"{running.address}/static/theme.css", timeout=30) as answer:
        assert answer.read() == source.swapcase()
    copy.write_bytes(source)


def test_a_second_server_on_the_same_data_is_refused(running: Product) -> None:
    with Product(running.var) as second:
        assert second.wait_until_ended() == 1
        assert "已有一个 script/server 在运行" in second.output
    assert running.answers()


def test_a_taken_port_is_said_in_one_line(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as other:
        port = other.getsockname()[1]
        with Product(tmp_path / "var", port=port) as product:
            assert product.wait_until_ended() == 1
    assert product.output.splitlines() == [
        f"端口 127.0.0.1:{port} 不可用（可能已被占用），请换一个，例如：PORT=8001 script/server"
    ]


def test_nothing_of_the_data_is_open_to_other_accounts(running: Product) -> None:
    files = [path for path in running.var.rglob("*") if path.is_file() and path.parent == running.var]
    assert files
    assert [path.name for path in files if path.stat().st_mode & 0o077] == []


def test_a_lost_worker_is_started_again_and_a_lost_web_server_ends_everything_loudly(tmp_path: Path) -> None:
    with Product(tmp_path / "var", "--empty") as product:
        product.wait_until_started()
        product.wait_for_worker()
        product.kill_worker()
        product.wait_for_worker()
        assert "后台任务进程意外退出，已重新启动" in product.output
        assert product.answers()
        for pid in product.processes("gunicorn"):
            os.kill(pid, signal.SIGKILL)
        assert product.wait_until_ended() == 1
        assert "网页服务意外退出" in product.output
        assert product.processes() == []


def test_a_worker_that_cannot_start_ends_the_server_loudly(tmp_path: Path) -> None:
    # Nothing listens on port 1, and no scheme of that name exists.
    with Product(tmp_path / "var", "--empty", CELERY_BROKER_URL="nothing://127.0.0.1:1") as product:
        assert product.wait_until_ended(seconds=120) == 1
        assert "后台任务进程启动3次都意外退出" in product.output
        assert product.processes() == []


def test_ctrl_c_stops_everything_and_a_restart_is_safe(tmp_path: Path) -> None:
    var = tmp_path / "var"
    with Product(var, "--empty") as first:
        first.wait_until_started()
        assert first.interrupt() == 0
        assert first.processes() == []
    with Product(var, "--empty", port=first.port) as again:
        assert again.wait_until_started().answers()
        assert "Traceback" not in again.output
