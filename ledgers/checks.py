"""Every page says who may see it: ``manage.py check`` refuses a route that does not."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any, TypeVar

from django.core.checks import CheckMessage, Error, Tags, register
from django.urls import URLPattern, URLResolver, get_resolver

from ledgers.access import Verb
from ledgers.views.base import SignedInMixin

V = TypeVar("V", bound=Callable[..., Any])


def open_to_anyone(view: V, *, because: str) -> V:
    """Declare that a view asks for no sign-in, and why that is safe. Wrap what goes into ``path()``."""
    view.open_because = because  # type: ignore[attr-defined]
    return view


def routes(resolver: URLResolver | None = None, prefix: str = "") -> Iterator[tuple[str, URLPattern]]:
    """(namespaced name, pattern) of every route of the product; a route without a name goes by its path."""
    for entry in (resolver or get_resolver()).url_patterns:
        if isinstance(entry, URLResolver):
            inner = f"{prefix}{entry.namespace}:" if entry.namespace else prefix
            yield from routes(entry, inner)
        else:
            yield f"{prefix}{entry.name or entry.pattern}", entry


def is_declared(callback: Any) -> bool:
    """Whether a view is open on purpose, or asks for a sign-in and for a verb that it names."""
    if getattr(callback, "open_because", ""):
        return True
    view = getattr(callback, "view_class", None)
    if view is None or not issubclass(view, SignedInMixin):
        return False
    verb = getattr(view, "verb", "")
    return verb is None or isinstance(verb, Verb)


@register(Tags.security, Tags.urls)
def every_route_declares_who_may_enter(**kwargs: Any) -> list[CheckMessage]:
    return [
        Error(
            f"The route {name!r} does not say who may enter.",
            hint="Derive the view from SignedInMixin and name its verb, or wrap it in open_to_anyone().",
            obj=entry.callback,
            id="ledgers.E001",
        )
        for name, entry in routes()
        if not is_declared(entry.callback)
    ]
