"""What can stand in the way, each with a Chinese sentence for the user."""

from __future__ import annotations

from collections.abc import Callable

from reporting.models import ReportSection

#: Steps done, steps in all, and what is being done.
Steps = Callable[[int, int, str], None]


class ReportRefused(Exception):
    """The step is not allowed, or not possible as things are."""


class StateChanged(ReportRefused):
    """Somebody else has moved or changed the report since the page was opened."""

    def __init__(self) -> None:
        super().__init__("这份报告刚才已被他人处理或修改过，请核对最新内容后再操作。")


class FileNotWhole(ReportRefused):
    """A stored file is missing, or is not the one that was made; nobody may take it for the report."""

    def __init__(self, *, is_signed: bool) -> None:
        next_step = (
            "请系统管理员从备份恢复附件目录后，再下载。"
            if is_signed
            else "请在报告页面点“重新生成文件”，再下载。"
        )
        super().__init__(f"这份文件在服务器上丢失或被改动过，与生成时的校验码不符，已停止下载。{next_step}")


class SectionConflict(Exception):
    """Somebody else has changed the section meanwhile; ``current`` is the section as it stands."""

    def __init__(self, current: ReportSection) -> None:
        super().__init__(f"“{current.heading}”在您编辑期间被修改过，两个版本都保留着，请核对后再保存。")
        self.current = current
