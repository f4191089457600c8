"""Every page that a link leads to, found by following the links: a new page is walked without a word more."""

from __future__ import annotations

import re
from collections import defaultdict, deque
from collections.abc import Iterator
from dataclasses import dataclass
from http.cookies import SimpleCookie
from typing import Any
from urllib.parse import urljoin, urlsplit

from django.db import transaction
from django.test import Client
from django.urls import Resolver404, URLPattern, URLResolver, get_resolver, resolve
from lxml import html

from ledgers.registry import ledgers

#: Addresses without a query that are asked for (and one with a query): of each route by the first who walks, of each
#: kind of page by the others. Records of ledgers are much alike; imports and reports have many states.
OF_LEDGERS, OF_OTHERS = 3, 10
LEDGERS = frozenset(ledger.slug for ledger in ledgers)


@dataclass(frozen=True)
class Snapshot:
    """A page as it was answered. ``route`` is its view name, ``kind`` tells alike pages of different ledgers."""

    route: str
    kind: str
    address: str
    status: int
    content: str
    #: (element, its classes and type) that it shows.
    shape: frozenset[tuple[str, str]]

    def __str__(self) -> str:
        return f"{self.route} {self.address} [{self.status}]"


def is_page(response: Any) -> bool:
    """Whether the answer is a whole page; a file, data and a part of a page are not."""
    return not response.streaming and b"<html" in response.content


def shape(content: str) -> frozenset[tuple[str, str]]:
    return frozenset(
        (str(element.tag), f"{element.get('class', '')} {element.get('type', '')} {element.get('role', '')}")
        for element in html.fromstring(content).iter()
    )


def snapshot(response: Any, address: str, route: str = "", kind: str = "") -> Snapshot:
    content = response.content.decode()
    return Snapshot(route, kind or route, address, response.status_code, content, shape(content))


class Walk:
    """What one signed-in client reaches from a page by links, forms and the addresses that scripts are given."""

    def __init__(self, client: Client, *, each_route: bool = False) -> None:
        self.client = client
        self.each_route = each_route
        self.pages: list[Snapshot] = []
        #: Kinds of pages; a ledger's own page is of the kind of every ledger's.
        self.reached: set[str] = set()
        self._asked: dict[tuple[str, bool], int] = defaultdict(int)
        self._seen: dict[str, set[tuple[str, str]]] = defaultdict(set)
        self._forms: dict[str, str] = {}

    def from_page(self, start: str) -> Walk:
        waiting, known = deque([start]), {start}
        while waiting:
            for address in self._ask(waiting.popleft()):
                if address not in known:
                    known.add(address)
                    waiting.append(address)
        return self

    def _ask(self, address: str) -> Iterator[str]:
        path, query = urlsplit(address).path, urlsplit(address).query
        try:
            match = resolve(path)
        except Resolver404:
            return
        route = match.view_name
        key = route if self.each_route else _kind(match), bool(query)
        most = OF_LEDGERS if match.namespace in LEDGERS else OF_OTHERS
        if self._asked[key] == (1 if query else most):
            return
        self._asked[key] += 1
        response = self.client.get(address)
        self.reached.add(_kind(match))
        if response.status_code in (301, 302):
            yield urljoin(address, response["Location"]).partition("#")[0]
            return
        if response.status_code != 200 or not is_page(response):
            response.close()
            return
        page = snapshot(response, address, route, _kind(match))
        if page.shape - self._seen[page.kind]:
            self._seen[page.kind] |= page.shape
            self.pages.append(page)
        yield from self._links(page)

    def _links(self, page: Snapshot) -> Iterator[str]:
        document = html.fromstring(page.content)
        for form in document.iter("form"):
            if form.get("method", "get").lower() == "post":
                self._note_form(urljoin(page.address, form.get("action") or page.address))
        for element in document.iter():
            if element.tag == "form" and element.get("method", "get").lower() == "post":
                continue
            for name, value in element.attrib.items():
                if name == "href" and not value.startswith("#"):
                    value = urljoin(page.address, value)
                if re.match(r"/(?!/|static/)", value) and name not in ("action", "formaction"):
                    yield value.partition("#")[0]

    def _note_form(self, address: str) -> None:
        address = address.partition("#")[0]
        try:
            self._forms.setdefault(resolve(urlsplit(address).path).view_name, address)
        except Resolver404:
            return

    def refused_forms(self) -> list[Snapshot]:
        """What is answered to each form that is sent empty and comes back with its errors."""
        answers = []
        for route, address in sorted(self._forms.items()):
            sort = _kind(resolve(urlsplit(address).path))
            self.reached.add(sort)
            with transaction.atomic():
                client = Client()
                client.cookies = SimpleCookie(self.client.cookies)
                response = client.post(address, {})
                transaction.set_rollback(True)
            if response.status_code in (200, 409, 413, 422, 423) and is_page(response):
                answers.append(snapshot(response, address, route, f"{sort}!"))
        return answers


def _kind(match: Any) -> str:
    return _named(match.func)


def _named(callback: Any) -> str:
    view = getattr(callback, "view_class", callback)
    return f"{view.__module__}.{view.__qualname__}"


def routes(patterns: Any = None, namespace: str = "") -> Iterator[tuple[str, str]]:
    """(kind of page, name) of every route that answers GET."""
    for pattern in get_resolver().url_patterns if patterns is None else patterns:
        if isinstance(pattern, URLResolver):
            within = ":".join(filter(None, [namespace, pattern.namespace]))
            yield from routes(pattern.url_patterns, within)
        elif isinstance(pattern, URLPattern):
            view = getattr(pattern.callback, "view_class", None)
            if view is None or (hasattr(view, "get") and "get" in view.http_method_names):
                yield _named(pattern.callback), ":".join(filter(None, [namespace, str(pattern.name)]))
