"""The activity page with its photos, the views of a photo, and the usual targets."""

from __future__ import annotations

from typing import Any, cast

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.http import FileResponse, Http404, HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.views.generic import TemplateView, View

from ledgers.access import Verb
from ledgers.views.base import LedgerView
from ledgers.views.history import RecordRestore
from ledgers.views.records import RecordDetail, RecordList
from ledgers.work.forms import PhotoUploadForm
from ledgers.work.models import Activity, ActivityPhoto
from ledgers.work.photos import PhotoRejected, add_photos, delete_photo, restore_photos
from ledgers.work.targets import missing_usual_targets, seed_default_targets


class ActivityDetail(RecordDetail):
    template_name = "work/activity_detail.html"

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        context = super().get_context_data(**kwargs)
        photos = list(context["object"].photos.all())
        return context | {
            "photos": photos,
            "photo_limit": ActivityPhoto.LIMIT,
            "upload_form": kwargs.get("upload_form") or PhotoUploadForm(),
            "can_add_photos": self.allowed(Verb.CHANGE) and len(photos) < ActivityPhoto.LIMIT,
        }


class TargetList(RecordList):
    """The list, with the usual targets of the year to start from."""

    template_name = "work/target_list.html"

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        year = timezone.localdate().year
        missing = missing_usual_targets(self.user.unit, year) if self.user.unit else []
        return super().get_context_data(**kwargs) | {"default_year": year, "missing_usual_targets": missing}


class UsualTargets(LedgerView, View):
    """Gives the user's own unit the usual targets of this year that it does not have yet."""

    verb = Verb.ADD
    http_method_names = ["post", "options"]

    def post(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        unit, year = self.user.unit, timezone.localdate().year
        if unit is None:
            raise PermissionDenied
        added = seed_default_targets(unit, year, user=self.user)
        if added:
            messages.success(request, f"已为{unit}添加{year}年常用目标{len(added)}项，可按文件要求修改。")
        else:
            messages.info(request, f"{unit}{year}年的常用目标都已经有了。")
        return redirect(self.ledger.url("list"))


class PhotoUpload(ActivityDetail):
    """Takes the pictures and shows the activity again, with the reason when one is refused."""

    verb = Verb.CHANGE
    http_method_names = ["post", "options"]

    def post(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        activity = cast("Activity", self.get_object())
        form = PhotoUploadForm(request.POST, request.FILES)
        if form.is_valid():
            try:
                photos = add_photos(
                    activity=activity,
                    uploads=form.cleaned_data["photos"],
                    user=self.user,
                    caption=form.cleaned_data["caption"],
                )
            except PhotoRejected as problem:
                form.add_error("photos", str(problem))
            else:
                messages.success(request, f"已上传{len(photos)}张照片。")
                return redirect(activity.get_absolute_url())
        return render(request, self.template_name, self.get_context_data(upload_form=form), status=422)


class PhotoView(LedgerView):
    """A photo of an activity within the user's reach; anybody else's is 404."""

    kwargs: dict[str, Any]

    def photo(self) -> ActivityPhoto:
        return get_object_or_404(
            ActivityPhoto.objects.select_related("activity"),
            pk=self.kwargs["photo"],
            activity__in=self.records().filter(pk=self.kwargs["pk"]),
        )


class PhotoImage(PhotoView, View):
    def get(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        photo = self.photo()
        try:
            content = photo.image.open("rb")
        except FileNotFoundError:
            raise Http404("这张照片的文件已不在。") from None
        response = FileResponse(content, content_type="image/jpeg", filename=f"{photo.sha256[:12]}.jpg")
        # The browser may keep it for its user, no shared cache may.
        response["Cache-Control"] = "private, max-age=3600"
        return response


class PhotoDelete(PhotoView, TemplateView):
    verb = Verb.CHANGE
    template_name = "work/photo_delete.html"

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        photo = self.photo()
        return super().get_context_data(**kwargs) | {"photo": photo, "object": photo.activity}

    def post(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        photo = self.photo()
        delete_photo(photo=photo, user=self.user)
        messages.success(request, "已删除照片。")
        return redirect(photo.activity.get_absolute_url())


class ActivityRestore(RecordRestore):
    """A restored activity gets its photos back in the same transaction."""

    def post(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        pk = self.row().id
        with transaction.atomic():
            response = super().post(request, *args, **kwargs)
            activity = Activity.objects.filter(pk=pk).first()
            if activity is not None:
                restore_photos(activity=activity, user=self.user)
        return response
