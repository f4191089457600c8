"""A visitor over plain HTTP, without a browser: fills in the forms it is shown and follows redirects."""

from __future__ import annotations

import http.cookiejar
import time
import urllib.parse
import urllib.request
from dataclasses import dataclass

from lxml import html

from tests.product import Product


@dataclass(frozen=True)
class Answer:
    status: int
    url: str
    text: str
    seconds: float

    @property
    def path(self) -> str:
        return urllib.parse.urlsplit(self.url).path


class Visitor:
    def __init__(self, product: Product) -> None:
        self._address = product.address
        cookies = urllib.request.HTTPCookieProcessor(http.cookiejar.CookieJar())
        self._opener = urllib.request.build_opener(cookies)

    def get(self, path: str) -> Answer:
        return self._open(urllib.parse.urljoin(self._address, path))

    def submit(self, page: Answer, **values: str) -> Answer:
        """Send the form of a page that has all of these fields, with the values it shows for the others."""
        form = next(
            form for form in html.fromstring(page.text).forms if set(values) <= set(form.inputs.keys())
        )
        for name, value in values.items():
            form.fields[name] = value
        target = urllib.parse.urljoin(page.url, form.action or page.url)
        return self._open(target, urllib.parse.urlencode(form.form_values()).encode())

    def sign_in(self, username: str, password: str, new_password: str) -> Answer:
        """Sign in with a one-time password and choose a new one."""
        page = self.submit(self.get("/"), username=username, password=password)
        fields = {"old_password": password, "new_password1": new_password, "new_password2": new_password}
        return self.submit(page, **fields)

    def _open(self, url: str, data: bytes | None = None) -> Answer:
        started = time.monotonic()
        with self._opener.open(urllib.request.Request(url, data), timeout=60) as answer:
            text = answer.read().decode()
            return Answer(answer.status, answer.url, text, time.monotonic() - started)
