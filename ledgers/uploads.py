"""Uploaded files stay in memory, on every page.

Django's own handlers write files of more than 2.5 MB to the temporary folder, before any view has seen them. A name
list handed in for a count ledger must never touch the disk (README, Boundaries 3), and people hand files in on wrong
pages, too. So every upload goes into an anonymous memory file: it has no name in any folder, a reader process can be
given it, and closing it is forgetting it.
"""

from __future__ import annotations

import os
from pathlib import Path
from typing import IO, Any, Final

from django.conf import settings
from django.core.exceptions import RequestDataTooBig
from django.core.files.uploadedfile import UploadedFile
from django.core.files.uploadhandler import FileUploadHandler, SkipFile

#: Files of one request together, in multiples of the largest file: an activity has up to nine photographs.
FILES_TOGETHER: Final = 9


class MemoryUpload(UploadedFile):
    """An upload without a place on the disk. ``size`` is what was sent, also when it was too much to be kept."""

    file: IO[bytes]

    @property
    def path(self) -> Path:
        """A path for this process and, with ``open_files``, its children."""
        return Path(f"/proc/self/fd/{self.file.fileno()}")


def open_files(path: Path) -> tuple[int, ...]:
    """The file descriptors that a child process needs to open ``path``."""
    return (int(path.name),) if path.parent == Path("/proc/self/fd") else ()


class MemoryUploadHandler(FileUploadHandler):
    """Keeps files of up to ``UPLOAD_MAX_BYTES``; of a larger one only the size, for a form to say so."""

    def __init__(self, request: Any = None) -> None:
        super().__init__(request)
        self.kept = 0
        # Not named ``file``: Django's parser would close that on its own, also where there is none.
        self.open: IO[bytes] | None = None

    def new_file(self, *args: Any, **kwargs: Any) -> None:
        super().new_file(*args, **kwargs)
        user = getattr(self.request, "user", None)
        if user is None or not user.is_authenticated:
            # No page takes files from strangers; theirs are passed over, not kept.
            raise SkipFile
        self.open = os.fdopen(os.memfd_create("upload"), "w+b")
        self.received = 0

    def receive_data_chunk(self, raw_data: bytes, start: int) -> None:
        assert self.open is not None  # noqa: S101  # new_file comes first
        self.received += len(raw_data)
        if self.received > settings.UPLOAD_MAX_BYTES:
            self.open.truncate(0)
            return
        self.kept += len(raw_data)
        if self.kept > FILES_TOGETHER * settings.UPLOAD_MAX_BYTES:
            raise RequestDataTooBig("The files of this request are too large together.")
        self.open.write(raw_data)

    def file_complete(self, file_size: int) -> MemoryUpload | None:
        if self.open is None:
            return None
        done, self.open = self.open, None
        done.seek(0)
        return MemoryUpload(
            done, self.file_name, self.content_type, file_size, self.charset, self.content_type_extra
        )

    def upload_interrupted(self) -> None:
        if self.open is not None:
            self.open.close()
            self.open = None
