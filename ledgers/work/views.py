"""The activity page with its photos, and the views that take, answer and delete a photo."""

from __future__ import annotations

from typing import Any, cast

from django.contrib import messages
from django.db import transaction
from django.http import FileResponse, Http404, HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.views.generic import TemplateView, View

from ledgers.access import Verb
from ledgers.views.base import LedgerView
from ledgers.views.history import RecordRestore
from ledgers.views.records import RecordDetail
from ledgers.work.forms import PhotoUploadForm
from ledgers.work.models import Activity, ActivityPhoto
from ledgers.work.photos import PhotoRejected, add_photos, delete_photo, restore_photos


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
                    uploads=request.FILES.getlist("photos"),
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
