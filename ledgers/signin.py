"""Where a sign-in attempt comes from, for the lock after repeated failures (django-axes)."""

from django.conf import settings
from django.http import HttpRequest


def client_address(request: HttpRequest) -> str:
    """The caller's address, as seen by the outermost proxy of ours.

    Every proxy appends the address it saw to X-Forwarded-For, so only the last PROXY_COUNT entries can be
    believed; whatever stands before them was sent by the caller. Without proxies the header is ignored.
    """
    remote = str(request.META.get("REMOTE_ADDR", ""))
    count: int = settings.PROXY_COUNT
    if not count:
        return remote
    forwarded = [part.strip() for part in request.META.get("HTTP_X_FORWARDED_FOR", "").split(",")]
    if len(forwarded) < count:
        return remote
    return forwarded[-count] or remote
