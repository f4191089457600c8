"""Health check of the web container: asks /healthz as the reverse proxy would. Exit code 0 when it is well."""

import os
import sys
import urllib.request

host = os.environ["ALLOWED_HOSTS"].split(",")[0].strip()
request = urllib.request.Request(
    "http://127.0.0.1:8000/healthz", headers={"Host": host, "X-Forwarded-Proto": "https"}
)
with urllib.request.urlopen(request, timeout=4) as answer:  # noqa: S310
    sys.exit(answer.status != 200)
