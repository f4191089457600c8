"""Photos of activities: checked, re-encoded without metadata, and stored where no URL leads.

A camera writes where and when a picture was taken, and with whose telephone, into the file. None of that is kept.
"""

from __future__ import annotations

import hashlib
import io
import warnings
from collections.abc import Iterable
from typing import Final

from django.core.files.base import ContentFile, File
from django.db import transaction
from PIL import Image, ImageOps

from ledgers.history import DELETED
from ledgers.models import User
from ledgers.work.models import Activity, ActivityPhoto

MAX_BYTES: Final = 20 * 1024 * 1024
MAX_EDGE: Final = 1600
FORMATS: Final = ("JPEG", "PNG", "WEBP")
# A telephone's largest mode is about 50 megapixels. JPEG is decoded at a fraction of its size (see ``draft``); the
# others have to be unpacked whole, at four bytes a pixel.
MAX_PIXELS: Final = {"JPEG": 64_000_000, "PNG": 25_000_000, "WEBP": 25_000_000}
QUALITY: Final = 85


class PhotoRejected(Exception):
    """The file cannot be taken as a photo; the message is a Chinese sentence fit for the screen."""


def reencode(upload: File) -> bytes:
    """The picture as a JPEG of at most 1600 px a side, upright, without any metadata.

    Raises: PhotoRejected when it is too large, no picture of a known format, or damaged.
    """
    if (upload.size or 0) > MAX_BYTES:
        raise PhotoRejected("照片超过20MB，请先在手机上缩小后再上传。")
    upload.seek(0)
    try:
        with warnings.catch_warnings():
            # Pillow only warns about a picture twice its limit; our own limits are below and refuse.
            warnings.simplefilter("ignore", Image.DecompressionBombWarning)
            image: Image.Image = Image.open(upload, formats=FORMATS)
        kind = image.format or ""
        if image.width * image.height > MAX_PIXELS[kind]:
            raise PhotoRejected("照片的像素过多，请先缩小后再上传。")
        image.draft("RGB", (MAX_EDGE, MAX_EDGE))
        image = ImageOps.exif_transpose(image)
        image = _on_white(image)
        image.thumbnail((MAX_EDGE, MAX_EDGE), Image.Resampling.LANCZOS)
        # A new image holds pixels and nothing else: no EXIF, XMP, comment, thumbnail or colour profile.
        bare = Image.new("RGB", image.size)
        bare.paste(image)
        output = io.BytesIO()
        bare.save(output, "JPEG", quality=QUALITY, optimize=True)
    except PhotoRejected:
        raise
    except Image.DecompressionBombError:
        raise PhotoRejected("照片的像素过多，请先缩小后再上传。") from None
    except Exception:
        # Whatever a decoder raises over a damaged or hostile file means the same to the user. Pillow's decoders
        # raise OSError, SyntaxError, ValueError, struct.error, EOFError, KeyError and more.
        raise PhotoRejected("不是能识别的照片，请上传JPG、PNG或WebP格式的图片。") from None
    return output.getvalue()


def _on_white(image: Image.Image) -> Image.Image:
    """Transparent parts become white, as on paper; without this they would come out black."""
    if image.mode in ("RGBA", "LA", "PA") or "transparency" in image.info:
        layered = image.convert("RGBA")
        ground = Image.new("RGBA", layered.size, "white")
        ground.alpha_composite(layered)
        return ground.convert("RGB")
    return image.convert("RGB")


def add_photos(
    *, activity: Activity, uploads: Iterable[File], user: User | None, caption: str = ""
) -> list[ActivityPhoto]:
    """Store re-encoded uploads as photos of ``activity``; all of them or none.

    Raises: PhotoRejected, naming the picture by its place in the selection and not by its file name, when one cannot
    be taken, is there already, or would be the tenth.
    """
    files = list(uploads)
    pictures = []
    for number, upload in enumerate(files, start=1):
        try:
            pictures.append(reencode(upload))
        except PhotoRejected as problem:
            raise PhotoRejected(f"第{number}张：{problem}" if len(files) > 1 else str(problem)) from None
    stored: list[ActivityPhoto] = []
    try:
        with transaction.atomic():
            _store(activity, pictures, user, caption, stored)
    except BaseException:
        # The files were written before the transaction failed, and no row points at them.
        for photo in stored:
            photo.image.delete(save=False)
        raise
    return stored


def _store(
    activity: Activity, pictures: list[bytes], user: User | None, caption: str, stored: list[ActivityPhoto]
) -> None:
    # Uploads to one activity queue here, so that two at once do not pick the same position.
    Activity.objects.select_for_update().get(pk=activity.pk)
    present = list(activity.photos.all())
    hashes = {photo.sha256 for photo in present}
    taken = {photo.position for photo in present}
    free = [place for place in range(1, ActivityPhoto.LIMIT + 1) if place not in taken]
    for number, picture in enumerate(pictures, start=1):
        digest = hashlib.sha256(picture).hexdigest()
        if digest in hashes:
            raise PhotoRejected(f"第{number}张照片这项活动里已经有了，请不要重复上传。")
        if not free:
            raise PhotoRejected(f"每项活动最多{ActivityPhoto.LIMIT}张照片，请先删去几张再上传。")
        photo = ActivityPhoto(
            activity=activity,
            position=free.pop(0),
            image=ContentFile(picture, "photo.jpg"),
            caption=caption,
            sha256=digest,
        )
        photo._history_user = user  # type: ignore[attr-defined]
        stored.append(photo)
        photo.save()
        hashes.add(digest)


@transaction.atomic
def delete_photo(*, photo: ActivityPhoto, user: User) -> None:
    """Delete one photo for good: the file goes once the transaction has been committed."""
    image = photo.image
    photo._history_user = user  # type: ignore[attr-defined]
    photo.delete()
    transaction.on_commit(lambda: image.delete(save=False))


def restore_photos(*, activity: Activity, user: User) -> int:
    """Bring back the photos that went together with a deleted activity; returns how many.

    Their files outlive the activity for this purpose; a photo that was deleted by itself has no file any more.
    """
    rows = ActivityPhoto.history.filter(activity_id=activity.pk, history_type=DELETED).order_by("-history_id")
    seen: set[int] = set()
    restored = 0
    for row in rows:
        photo = row.instance
        if row.id in seen or not photo.image.storage.exists(photo.image.name):
            continue
        seen.add(row.id)
        photo._history_user = user
        photo._change_reason = "恢复"
        photo.save(force_insert=True)
        restored += 1
    return restored
