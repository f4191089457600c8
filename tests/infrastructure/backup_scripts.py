"""What the backup drill runs inside an installation: a township's work, and the facts to compare before and after."""

#: Fictional township, changes by hand, an uploaded photo, a signed report, an import nobody has confirmed, a session.
WORK = """
import io
from django.core.management import call_command
call_command("migrate", verbosity=0)
from django.contrib.auth import get_user_model
from ledgers.sessions import SessionStore
from django.core.files.base import ContentFile
from django.core.files.uploadedfile import SimpleUploadedFile
from PIL import Image
from ledgers.demo import seed_demo
from ledgers.models import ImportBatch, OrgUnit, User
from ledgers.periods import Period
from ledgers.work.models import Activity, ActivityPhoto
from nonpublic.models import Enterprise
from reporting.services import build_report
from reporting.services.signing import sign, submit

seed_demo(accounts=False)
township = OrgUnit.objects.get(code="330281101000")
make = get_user_model().objects.create_user
officer = make("zhang", "Bridge-7-over-water", name="干事", role="officer", unit=township)
leader = make("li", "Bridge-8-over-water", name="领导", role="leader", unit=township)
for number, enterprise in enumerate(Enterprise.objects.order_by("pk")[:3]):
    enterprise.name = f"{enterprise.name[:30]}改{number}"
    enterprise.save()
Activity.objects.order_by("-pk")[0].delete()
activity = Activity.objects.filter(unit__path__startswith=township.path).first()
picture = io.BytesIO()
Image.new("RGB", (40, 30), (120, 30, 30)).save(picture, "JPEG")
ActivityPhoto.objects.create(
    activity=activity, position=1, sha256="0" * 64, image=SimpleUploadedFile("a.jpg", picture.getvalue())
)
report = build_report(unit=township, period=Period(2025), kind="annual", user=officer)
report = submit(report=report, revision=report.revision, user=officer)
report = sign(report=report, revision=report.revision, user=leader)
assert report.files.count() == 3, report.files.count()
ImportBatch.objects.create(
    ledger_slug="enterprises", file_name="a.xlsx", file_sha256="0" * 64, unit=township, user=officer,
    state="previewed", upload=ContentFile(b"PK waiting to be confirmed", name="a.xlsx"),
)
from ledgers.trail.sealing import seal_new
seal_new()
session = SessionStore()
session["mark"] = "signed in before the backup"
session.save()
"""

#: Prints one JSON object; what a backup leaves out on purpose is not in it.
FACTS = """
import hashlib, io, json, sys
from pathlib import Path
from django.apps import apps
from django.conf import settings
from django.contrib.auth import authenticate
from django.core.management import call_command
from django.test import RequestFactory
from ledgers.models import Action, OrgUnit
from ledgers.trail.verifying import verify

def figures(unit):
    out = io.StringIO()
    call_command("indicators", "--unit", unit.code, "--period", "2025", "--json", stdout=out)
    return json.loads(out.getvalue())

left_out = {"ledgers.AccountSession", "ledgers.ImportBatch"}
models = [
    model for model in apps.get_models()
    if model._meta.label not in left_out and model._meta.app_label != "axes"
]

def rows(model):
    # Looking whether somebody can sign in leaves a trace of its own.
    looked = {"kind": "sign-in"} if model._meta.label == "ledgers.Action" else {"pk": None}
    return model._base_manager.exclude(**looked)

history = [model for model in models if model.__name__.startswith("Historical")]
root = Path(settings.MEDIA_ROOT)
chain = verify()
traces = Action.objects.count() - rows(Action).count()
request = RequestFactory().post("/")
facts = {
    "counts": {model._meta.label: rows(model).count() for model in models},
    "figures": {unit.code: figures(unit) for unit in OrgUnit.objects.filter(code__startswith="330281101")[:5]},
    "media": {
        path.relative_to(root).as_posix(): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in sorted(root.rglob("*"))
        if path.is_file() and path.relative_to(root).parts[0] != "imports"
    },
    "history": hashlib.sha256(
        json.dumps([list(model._base_manager.order_by("pk").values_list()) for model in history], default=str).encode()
    ).hexdigest(),
    "chain": [chain.found, chain.unsealed - traces, chain.seals, chain.head],
    "signs_in": [
        authenticate(request, username="zhang", password=word) is not None
        for word in ("Bridge-7-over-water", "Bridge-7-under-water")
    ],
}
print(json.dumps(facts, sort_keys=True))
"""

#: A new row, whose key goes on where the keys of the restored rows end.
NEW_ROW = """
from ledgers.models import OrgUnit
town = OrgUnit.objects.get(code="330281101000")
OrgUnit.objects.create_under(town, code="330281101999", name="新建村", level=OrgUnit.Level.VILLAGE)
"""

#: The tables of a release that had no life of reports yet, made step by step as they were then: a new installation
#: makes several of those steps in one (the migrations called "squashed").
OLD_RELEASE = """
from django.db import connection
from django.db.migrations.executor import MigrationExecutor
steps = MigrationExecutor(connection)
steps.loader.replace_migrations = False
steps.loader.build_graph()
steps.migrate([("reporting", "0001_initial"), ("work", "0003_lean_history"), ("religion", "0001_initial")])
"""

#: Prints each table with its columns, keys and indexes; their order differs by the way they came there.
TABLES = """
import json
from django.db import connection

def asked(cursor, what, table):
    cursor.execute(f'PRAGMA {what}("{table}")')
    return cursor.fetchall()

with connection.cursor() as cursor:
    tables = {
        table: {
            "columns": sorted(row[1:5] for row in asked(cursor, "table_info", table)),
            "keys": sorted(row[2:6] for row in asked(cursor, "foreign_key_list", table)),
        }
        for table in connection.introspection.table_names(cursor)
    }
    cursor.execute("SELECT tbl_name, type, sql FROM sqlite_master WHERE type <> 'table' AND sql IS NOT NULL")
    print(json.dumps([tables, sorted(cursor.fetchall())], sort_keys=True))
"""
