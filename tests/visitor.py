"""A visitor over plain HTTP, without a browser: fills in the forms it is shown and follows redirects."""

from __future__ import annotations

import http.cookiejar
import secrets
import time
import urllib.parse
import urllib.request
from collections.abc import Mapping
from dataclasses import dataclass

from lxml import html

from tests.authenticator import App
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
        self._product = product
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

    def press(self, page: Answer, ending: str) -> Answer:
        """Send the one form of a page whose address ends so, as it is."""
        forms = html.fromstring(page.text).forms
        (form,) = (form for form in forms if str(form.action).endswith(ending))
        data = urllib.parse.urlencode(form.form_values()).encode()
        return self._open(urllib.parse.urljoin(page.url, form.action), data)

    def hand_over(self, page: Answer, name: str, content: bytes, **values: str) -> Answer:
        """Send the form of a page that takes a file, with this one, ``values``, and what it shows for the rest."""
        form = next(form for form in html.fromstring(page.text).forms if "file" in form.inputs)
        sent = dict(form.form_values()) | values
        boundary = secrets.token_hex(16)
        head = f'--{boundary}\r\nContent-Disposition: form-data; name="'
        fields = "".join(f'{head}{field}"\r\n\r\n{value}\r\n' for field, value in sent.items())
        file = f'{head}file"; filename="{name}"\r\nContent-Type: application/octet-stream\r\n\r\n'
        data = f"{fields}{file}".encode() + content + f"\r\n--{boundary}--\r\n".encode()
        return self._open(page.url, data, {"Content-Type": f"multipart/form-data; boundary={boundary}"})

    def sign_in(self, username: str, password: str, new_password: str) -> Answer:
        """Sign in with a one-time password and choose a new one; an administrator also sets up a second factor."""
        page = self.submit(self.get("/"), username=username, password=password)
        fields = {"old_password": password, "new_password1": new_password, "new_password2": new_password}
        page = self.submit(page, **fields)
        if keys := html.fromstring(page.text).find_class("secret-key"):
            app = self._product.authenticators[username] = App(str(keys[0].text_content()).strip())
            self.submit(page, code=app.next_code())
            page = self.get("/")
        return page

    def _open(self, url: str, data: bytes | None = None, headers: Mapping[str, str] | None = None) -> Answer:
        started = time.monotonic()
        request = urllib.request.Request(url, data, dict(headers or {}))
        with self._opener.open(request, timeout=60) as answer:
            text = answer.read().decode()
            return Answer(answer.status, answer.url, text, time.monotonic() - started)
