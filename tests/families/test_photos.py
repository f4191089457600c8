"""Photos lose what the camera wrote into them, and are shown to those who may see the activity only."""

from __future__ import annotations

import io
import re
import struct
import zlib
from collections.abc import Callable
from pathlib import Path

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import IntegrityError, transaction
from django.test import Client
from PIL import Image

from ledgers.models import User
from ledgers.work.models import Activity, ActivityPhoto
from ledgers.work.photos import MAX_BYTES, PhotoRejected, add_photos, delete_photo, reencode
from tests.conftest import Units
from tests.contracts.pages import body
from tests.families import factories as make
from tests.importing.test_hostile_files import NAMES

SignIn = Callable[[User], Client]
ORIENTATION, MAKE, GPS, IMAGE_DESCRIPTION = 0x0112, 0x010F, 0x8825, 0x010E
SECRET = b"CAMERA-OF-ZHANG"


def picture(
    width: int = 40, height: int = 20, *, kind: str = "JPEG", colour: object = "navy", **options: object
) -> SimpleUploadedFile:
    buffer = io.BytesIO()
    mode = "RGBA" if isinstance(colour, tuple) and len(colour) == 4 else "RGB"
    Image.new(mode, (width, height), colour).save(buffer, kind, **options)  # type: ignore[arg-type]
    return SimpleUploadedFile(f"张三家中.{kind.lower()}", buffer.getvalue(), content_type="image/jpeg")


def tagged(orientation: int = 1) -> SimpleUploadedFile:
    """40 x 20, left half red, with EXIF: orientation, the camera's owner, a place; and a comment."""
    image = Image.new("RGB", (40, 20), "white")
    image.paste("red", (0, 0, 20, 20))
    exif = Image.Exif()
    exif[ORIENTATION] = orientation
    exif[MAKE] = SECRET.decode()
    exif[IMAGE_DESCRIPTION] = SECRET.decode()
    exif[GPS] = {1: "N", 2: (29.0, 52.0, 1.0), 3: "E", 4: (121.0, 33.0, 2.0)}
    buffer = io.BytesIO()
    image.save(buffer, "JPEG", exif=exif, comment=SECRET, quality=95)
    assert SECRET in buffer.getvalue()
    return SimpleUploadedFile("photo.jpg", buffer.getvalue())


def opened(data: bytes) -> Image.Image:
    return Image.open(io.BytesIO(data))


def test_nothing_the_camera_wrote_is_left() -> None:
    data = reencode(tagged())
    image = opened(data)
    assert SECRET not in data
    assert b"Exif" not in data
    assert dict(image.getexif()) == {}
    assert not {"exif", "comment", "icc_profile", "photoshop", "xmp"} & image.info.keys()


def test_the_picture_stands_upright_without_its_orientation_tag() -> None:
    # 6: the camera was held on its side; the left of the sensor is the top of the picture.
    image = opened(reencode(tagged(orientation=6)))
    assert image.size == (20, 40)
    assert image.getpixel((10, 5))[1] < 100  # type: ignore[index]  # red above
    assert image.getpixel((10, 35))[1] > 200  # type: ignore[index]  # white below


@pytest.mark.parametrize(
    ("size", "expected"),
    [
        ((4000, 3000), (1600, 1200)),
        ((900, 5000), (288, 1600)),
        ((1600, 1600), (1600, 1600)),
        ((8, 6), (8, 6)),
    ],
)
def test_no_side_is_longer_than_1600_pixels_and_none_is_enlarged(
    size: tuple[int, int], expected: tuple[int, int]
) -> None:
    image = opened(reencode(picture(*size)))
    assert image.format == "JPEG"
    assert image.size == expected


@pytest.mark.parametrize("kind", ["PNG", "WEBP"])
def test_other_formats_become_jpeg_and_transparency_white(kind: str) -> None:
    image = opened(reencode(picture(kind=kind, colour=(0, 0, 0, 0))))
    assert image.format == "JPEG"
    assert min(image.getpixel((20, 10))) > 250  # type: ignore[arg-type]


def bomb() -> SimpleUploadedFile:
    """A PNG of a few bytes that says it is 60,000 pixels square."""

    def chunk(name: bytes, body: bytes) -> bytes:
        return struct.pack(">I", len(body)) + name + body + struct.pack(">I", zlib.crc32(name + body))

    header = struct.pack(">IIBBBBB", 60_000, 60_000, 8, 2, 0, 0, 0)
    body = (
        b"\x89PNG\r\n\x1a\n"
        + chunk(b"IHDR", header)
        + chunk(b"IDAT", zlib.compress(b""))
        + chunk(b"IEND", b"")
    )
    return SimpleUploadedFile("small.png", body)


def big_png() -> SimpleUploadedFile:
    """Between our limit and Pillow's own: 30 megapixels."""
    return picture(6000, 5000, kind="PNG")


REJECTED: dict[str, tuple[Callable[[], SimpleUploadedFile], str]] = {
    "empty": (lambda: SimpleUploadedFile("a.jpg", b""), "不是能识别的照片"),
    "text": (lambda: SimpleUploadedFile("a.jpg", b"hello" * 100), "不是能识别的照片"),
    "svg": (
        lambda: SimpleUploadedFile("a.jpg", b"<svg xmlns='http://www.w3.org/2000/svg' onload='x()'/>"),
        "不是能识别的照片",
    ),
    "gif": (lambda: picture(kind="GIF"), "不是能识别的照片"),
    "bmp": (lambda: picture(kind="BMP"), "不是能识别的照片"),
    "tiff": (lambda: picture(kind="TIFF"), "不是能识别的照片"),
    "truncated": (lambda: SimpleUploadedFile("a.jpg", picture(800, 800).read()[:2000]), "不是能识别的照片"),
    "pixel bomb": (bomb, "像素过多"),
    "too many pixels": (big_png, "像素过多"),
    "too heavy": (lambda: SimpleUploadedFile("a.jpg", bytes(MAX_BYTES + 1)), "超过20MB"),
}


@pytest.mark.parametrize(("upload", "says"), REJECTED.values(), ids=REJECTED.keys())
def test_what_is_no_picture_or_too_large_is_refused(
    upload: Callable[[], SimpleUploadedFile], says: str
) -> None:
    with pytest.raises(PhotoRejected, match=says):
        reencode(upload())


@pytest.fixture
def activity(units: Units) -> Activity:
    return make.activity(units.village, "2025-05-01", "visit")


def test_no_picture_chosen_is_said(signed_in: SignIn, clerk: User, activity: Activity) -> None:
    response = signed_in(clerk).post(f"{activity.get_absolute_url()}photos/", {})
    assert response.status_code == 422
    assert response.context["upload_form"].errors["photos"]


def stored(media: Path) -> list[Path]:
    return [path for path in media.rglob("*") if path.is_file()]


@pytest.fixture
def media(settings: object) -> Path:
    return Path(settings.MEDIA_ROOT)  # type: ignore[attr-defined]


def test_uploading_shows_the_photos_on_the_activity(
    signed_in: SignIn, clerk: User, activity: Activity, media: Path
) -> None:
    client = signed_in(clerk)
    url = activity.get_absolute_url()
    assert "上传照片" in client.get(url).content.decode()
    files = [picture(colour="navy"), picture(colour="teal")]
    response = client.post(f"{url}photos/", {"photos": files, "caption": "走访现场"})
    assert response["Location"] == url
    page = client.get(url).content.decode()
    photos = list(activity.photos.all())
    assert [photo.position for photo in photos] == [1, 2]
    assert all(f"{url}photos/{photo.pk}/" in page for photo in photos)
    assert "走访现场" in page
    assert not [path for path in stored(media) if "张三" in path.name]
    answer = client.get(f"{url}photos/{photos[0].pk}/")
    assert opened(body(answer)).format == "JPEG"
    assert answer["Content-Type"] == "image/jpeg"
    assert "private" in answer["Cache-Control"]
    assert answer["X-Content-Type-Options"] == "nosniff"
    assert ActivityPhoto.history.filter(history_user=clerk, history_type="+").count() == 2


@pytest.mark.parametrize("name", NAMES)
def test_a_photos_name_goes_nowhere(
    signed_in: SignIn, clerk: User, activity: Activity, media: Path, name: str
) -> None:
    file = picture()
    # As sent; the attribute of that name would tidy it.
    vars(file)["_name"] = name
    client, url = signed_in(clerk), activity.get_absolute_url()
    assert client.post(f"{url}photos/", {"photos": [file]}).status_code == 302
    (kept,) = stored(media)
    assert re.fullmatch(r"[\w-]+\.jpg", kept.name)
    page = client.get(url)
    assert page.status_code == 200
    assert not [part for part in (name, name.strip("./\\")[-12:]) if part in page.content.decode()]


def test_a_photo_of_100_megabytes_is_refused(
    signed_in: SignIn, clerk: User, activity: Activity, media: Path
) -> None:
    client, url = signed_in(clerk), activity.get_absolute_url()
    response = client.post(f"{url}photos/", {"photos": [SimpleUploadedFile("a.jpg", bytes(100 << 20))]})
    assert response.status_code == 422
    assert "超过20MB" in response.content.decode()
    assert stored(media) == []
    assert client.get(url).status_code == 200


def test_a_refused_picture_is_explained_and_none_of_the_selection_is_kept(
    signed_in: SignIn, clerk: User, activity: Activity, media: Path
) -> None:
    files = [picture(), SimpleUploadedFile("b.jpg", b"no picture")]
    response = signed_in(clerk).post(f"{activity.get_absolute_url()}photos/", {"photos": files})
    assert response.status_code == 422
    assert "第2张：不是能识别的照片" in response.content.decode()
    assert not activity.photos.exists()
    assert stored(media) == []


def test_a_caption_with_a_telephone_number_is_refused(
    signed_in: SignIn, clerk: User, activity: Activity
) -> None:
    data = {"photos": [picture()], "caption": "联系13800138000"}
    response = signed_in(clerk).post(f"{activity.get_absolute_url()}photos/", data)
    assert response.status_code == 422
    assert "疑似手机号码" in response.content.decode()


def test_there_is_no_tenth_photo_and_the_first_nine_stay(
    clerk: User, activity: Activity, media: Path
) -> None:
    shades = [(number * 20, 0, 0) for number in range(10)]
    add_photos(activity=activity, uploads=[picture(colour=shade) for shade in shades[:8]], user=clerk)
    with pytest.raises(PhotoRejected, match="最多9张"):
        add_photos(activity=activity, uploads=[picture(colour=shade) for shade in shades[8:]], user=clerk)
    assert activity.photos.count() == len(stored(media)) == 8
    add_photos(activity=activity, uploads=[picture(colour=shades[8])], user=clerk)
    assert activity.photos.count() == 9


def test_the_database_itself_holds_the_limit(activity: Activity) -> None:
    with pytest.raises(IntegrityError), transaction.atomic():
        ActivityPhoto.objects.create(activity=activity, position=10, width=1, height=1, sha256="a")
    ActivityPhoto.objects.create(activity=activity, position=1, width=1, height=1, sha256="a")
    with pytest.raises(IntegrityError), transaction.atomic():
        ActivityPhoto.objects.create(activity=activity, position=1, width=1, height=1, sha256="b")


def test_the_same_picture_twice_is_refused(clerk: User, activity: Activity) -> None:
    add_photos(activity=activity, uploads=[picture()], user=clerk)
    with pytest.raises(PhotoRejected, match="已经有了"):
        add_photos(activity=activity, uploads=[picture()], user=clerk)


def test_a_freed_place_is_taken_again(clerk: User, activity: Activity) -> None:
    first, _ = add_photos(
        activity=activity, uploads=[picture(colour="red"), picture(colour="blue")], user=clerk
    )
    delete_photo(photo=first, user=clerk)
    (again,) = add_photos(activity=activity, uploads=[picture(colour="green")], user=clerk)
    assert again.position == 1


def test_deleting_asks_first_and_removes_the_file(
    signed_in: SignIn,
    clerk: User,
    activity: Activity,
    media: Path,
    django_capture_on_commit_callbacks: Callable,
) -> None:
    (photo,) = add_photos(activity=activity, uploads=[picture()], user=clerk)
    client, url = signed_in(clerk), f"{activity.get_absolute_url()}photos/{photo.pk}/delete/"
    assert client.get(url).status_code == 200
    assert activity.photos.count() == 1
    with django_capture_on_commit_callbacks(execute=True):
        assert client.post(url).status_code == 302
    assert not activity.photos.exists()
    assert stored(media) == []
    assert ActivityPhoto.history.filter(history_type="-", history_user=clerk).exists()


def test_a_photo_whose_file_is_gone_is_not_found(
    signed_in: SignIn, clerk: User, activity: Activity, media: Path
) -> None:
    (photo,) = add_photos(activity=activity, uploads=[picture()], user=clerk)
    stored(media)[0].unlink()
    assert signed_in(clerk).get(f"{activity.get_absolute_url()}photos/{photo.pk}/").status_code == 404


def test_nobody_else_sees_touches_or_adds_photos(
    signed_in: SignIn, clerk: User, neighbour_officer: User, leader: User, admin: User, activity: Activity
) -> None:
    (photo,) = add_photos(activity=activity, uploads=[picture()], user=clerk)
    url = activity.get_absolute_url()
    image, delete = f"{url}photos/{photo.pk}/", f"{url}photos/{photo.pk}/delete/"
    neighbour, reader, administrator = signed_in(neighbour_officer), signed_in(leader), signed_in(admin)
    assert [neighbour.get(image).status_code, neighbour.get(delete).status_code] == [404, 404]
    assert neighbour.post(delete).status_code == 404
    assert neighbour.post(f"{url}photos/", {"photos": [picture(colour="red")]}).status_code == 404
    assert body(reader.get(image))
    assert reader.post(delete).status_code == 403
    assert reader.post(f"{url}photos/", {"photos": [picture(colour="red")]}).status_code == 403
    assert "上传照片" not in reader.get(url).content.decode()
    assert administrator.get(image).status_code in (403, 404)
    assert Client().get(image).status_code == 302
    assert activity.photos.count() == 1


def test_a_photo_is_not_found_below_another_activity(
    signed_in: SignIn, clerk: User, activity: Activity, units: Units
) -> None:
    (photo,) = add_photos(activity=activity, uploads=[picture()], user=clerk)
    other = make.activity(units.village, "2025-05-02")
    assert signed_in(clerk).get(f"{other.get_absolute_url()}photos/{photo.pk}/").status_code == 404


def test_a_restored_activity_has_its_photos_again(signed_in: SignIn, clerk: User, activity: Activity) -> None:
    kept, gone = add_photos(
        activity=activity, uploads=[picture(colour="red"), picture(colour="blue")], user=clerk
    )
    gone.image.delete(save=False)
    client, pk = signed_in(clerk), activity.pk
    client.post(f"{activity.get_absolute_url()}delete/")
    assert not ActivityPhoto.objects.exists()
    row = Activity.history.filter(history_type="-").latest("history_id")
    client.post(f"/ledgers/activities/deleted/{row.history_id}/restore/")
    restored = Activity.objects.get(pk=pk)
    assert [photo.sha256 for photo in restored.photos.all()] == [kept.sha256]
    assert body(client.get(f"{restored.get_absolute_url()}photos/{kept.pk}/"))
