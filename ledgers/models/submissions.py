"""One row per accepted form: the second click of a double submit finds the first one's result."""

from __future__ import annotations

from django.conf import settings
from django.db import models


class FormSubmission(models.Model):
    nonce = models.CharField(max_length=64, unique=True)
    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="+")
    result_url = models.CharField(max_length=300)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        verbose_name = "表单提交"
        verbose_name_plural = "表单提交"
        indexes = [models.Index(fields=["created_at"])]

    def __str__(self) -> str:
        return self.nonce
