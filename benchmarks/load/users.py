"""People at work, as locust plays them. A program of its own, because locust patches the standard library:

    python -m benchmarks.load.users PLAN.json

PLAN names the address, the accounts, how many work at once and for how long, whether they pause between pages, and the
file for what was measured: [kind of page, milliseconds, fault or ""] for each request.
"""

from __future__ import annotations

import json
import random
import re
import sys
from collections.abc import Iterator
from itertools import cycle
from pathlib import Path
from typing import Any, ClassVar

import gevent
from locust import FastHttpUser, events, task
from locust.env import Environment
from lxml import html

from benchmarks.load.data import PAUSE

ACTIVITIES, ENTERPRISES = "/ledgers/activities/", "/ledgers/enterprises/"
CHANCE = random.Random(50)


class Office(FastHttpUser):
    """One signed-in user. Alone (without pauses) the user changes the account at each turn, to be all of them."""

    plan: ClassVar[dict[str, Any]]
    accounts: ClassVar[Iterator[dict[str, Any]]]
    network_timeout = connection_timeout = 60.0

    def wait_time(self) -> float:
        return CHANCE.uniform(*PAUSE) if self.plan["pauses"] else 0.0

    def pause(self) -> None:
        gevent.sleep(self.wait_time())

    def on_start(self) -> None:
        self.take_account()
        # Nobody's morning begins at the same second.
        self.pause()

    def take_account(self) -> None:
        self.account = next(self.accounts)
        self.client.cookiejar.clear()
        self.cookies = {self.plan["cookie"]: self.account["session"]}

    def turn(self) -> None:
        if not self.plan["pauses"]:
            self.take_account()

    def get(self, kind: str, path: str, /, **query: Any) -> str:
        """The page, which has to be there; otherwise it counts as a fault."""
        address = path + ("?" + "&".join(f"{name}={value}" for name, value in query.items()) if query else "")
        with self.client.get(
            address, name=kind, headers=self._headers(), catch_response=True, allow_redirects=False
        ) as answer:
            if answer.status_code != 200:
                answer.failure(f"{answer.status_code} {address}")
            for cookie in answer.headers.get_all("Set-Cookie") or ():
                name, _, rest = cookie.partition("=")
                self.cookies[name] = rest.partition(";")[0]
            return answer.text or ""

    def send(self, kind: str, path: str, page: str, /, **values: str) -> None:
        """Send the form of the page as it is shown, with these values; it has to lead to the record."""
        (form,) = html.fromstring(page).find_class("record-form")
        data = dict(form.form_values()) | values
        with self.client.post(
            path, name=kind, data=data, headers=self._headers(), catch_response=True, allow_redirects=False
        ) as answer:
            if answer.status_code != 302:
                answer.failure(f"{answer.status_code} {path}")

    def _headers(self) -> dict[str, str]:
        return {"Cookie": "; ".join(f"{name}={value}" for name, value in self.cookies.items())}

    def some_record(self, ledger: str, page: str) -> str:
        return CHANCE.choice(re.findall(rf'href="({ledger}\d+/)"', page))

    def pages(self, page: str) -> int:
        last = re.search(r'max="(\d+)"', page)
        return int(last[1]) if last else 1

    @task(3)
    def look_round(self) -> None:
        self.get("home", "/")
        self.pause()
        self.get("dashboard", "/dashboard/")
        self.turn()

    @task(8)
    def read_activities(self) -> None:
        page = self.get("list", ACTIVITIES)
        self.pause()
        village = self.account["village"]
        self.get("list, filtered", ACTIVITIES, unit=village, kind=CHANCE.choice(["visit", "meeting"]))
        self.pause()
        self.get("list, deep page", ACTIVITIES, page=CHANCE.randint(1, self.pages(page)))
        self.pause()
        record = self.some_record(ACTIVITIES, page)
        self.get("record", record)
        self.pause()
        self.get("history", f"{record}history/")
        self.turn()

    @task(6)
    def look_up_an_enterprise(self) -> None:
        page = self.get("list", ENTERPRISES)
        self.pause()
        number = re.search(r"示例(\d{7})有限公司", page)
        self.get("list, search", ENTERPRISES, q=number[1] if number else "")
        self.pause()
        self.get("list, sorted", ENTERPRISES, sort=CHANCE.choice(["-staff", "-registered_capital"]))
        self.pause()
        self.get("record", self.some_record(ENTERPRISES, page))
        self.turn()

    @task(2)
    def search_the_activities(self) -> None:
        self.get("list, search", ACTIVITIES, q=f"{CHANCE.randrange(10**5):05d}")
        self.turn()

    @task(4)
    def enter_an_activity(self) -> None:
        form = self.get("form", f"{ACTIVITIES}new/")
        self.pause()
        self.send(
            "create",
            f"{ACTIVITIES}new/",
            form,
            kind="visit",
            title=f"走访联系企业{CHANCE.randrange(10**6)}",
            unit=str(self.account["village"]),
            held_on=self.plan["today"],
            **dict.fromkeys(("attendance", "banners", "slogans", "leaflets", "posts", "expense"), "0"),
            outcome="听取意见，现场答复。",
        )
        self.turn()

    @task(4)
    def correct_an_activity(self) -> None:
        # Not the newest, which everybody looks at: two who edit one record are another test's matter.
        village = self.account["village"]
        page = self.get("list, filtered", ACTIVITIES, unit=village)
        page = self.get("list, deep page", ACTIVITIES, unit=village, page=CHANCE.randint(1, self.pages(page)))
        address = f"{self.some_record(ACTIVITIES, page)}edit/"
        self.pause()
        form = self.get("form", address)
        self.pause()
        self.send("edit", address, form, attendance=str(CHANCE.randrange(90)), outcome="已核对。")
        self.turn()

    @task(1)
    def export_a_quarter(self) -> None:
        self.get("export", f"{ACTIVITIES}export/", unit=self.account["village"], period=self.plan["quarter"])
        self.turn()


def main(plan: dict[str, Any]) -> int:
    measured: list[tuple[str, float, str]] = []
    Office.plan, Office.accounts = plan, cycle(plan["accounts"])
    environment = Environment(user_classes=[Office], host=plan["address"], events=events)

    def note(name: str, response_time: float, exception: Any, **_: Any) -> None:
        measured.append((name, response_time, str(exception) if exception else ""))

    environment.events.request.add_listener(note)
    runner = environment.create_local_runner()
    runner.start(plan["users"], spawn_rate=plan["users"])
    gevent.spawn_later(plan["seconds"], runner.quit)
    runner.greenlet.join()
    if runner.exceptions:
        # A page that could not be read as a user reads it is a fault as well.
        measured += [("reading", 0.0, each["msg"]) for each in runner.exceptions.values()]
    Path(plan["measured"]).write_text(json.dumps(measured))
    return 0


if __name__ == "__main__":
    sys.exit(main(json.loads(Path(sys.argv[1]).read_text())))
