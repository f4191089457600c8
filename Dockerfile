# syntax=docker/dockerfile:1
# The first stage installs the libraries and checks their hashes; the second is what runs. Web, worker and beat are
# the same image with another command (docker-compose.yml).
FROM python:3.11-slim-bookworm AS build
RUN python -m venv /venv
COPY requirements.lock /tmp/requirements.lock
RUN /venv/bin/pip install --no-cache-dir --disable-pip-version-check --require-hashes -r /tmp/requirements.lock

FROM python:3.11-slim-bookworm
# Pango lays out the PDF reports; the fonts are the free stand-ins of GB/T 9704's (docs/deploy.md, "Fonts"). The client
# makes and restores backups: of the version of the server in docker-compose.yml.
RUN apt-get update \
    && apt-get install -y --no-install-recommends \
        libpango-1.0-0 libpangoft2-1.0-0 libharfbuzz-subset0 postgresql-client-15 \
        texlive-lang-chinese fonts-noto-cjk fonts-lxgw-wenkai \
    && rm -rf /var/lib/apt/lists/* \
    && useradd --system --uid 10001 --home-dir /var/lib/ledgers --create-home ledgers \
    && install --directory --owner=ledgers --mode=0700 /var/lib/ledgers/media /backups
COPY --from=build /venv /venv
WORKDIR /app
COPY . .
ENV PATH=/venv/bin:$PATH \
    PYTHONUNBUFFERED=1 \
    PYTHONDONTWRITEBYTECODE=1 \
    DJANGO_SETTINGS_MODULE=config.settings.prod \
    READ_DOT_ENV=0 \
    VAR_DIR=/var/lib/ledgers \
    STATIC_ROOT=/app/static_collected
# The settings ask for servers and a key that collecting files does not touch; none of these values stays.
RUN VAR_DIR=/tmp/build SECRET_KEY=$(python -c 'import secrets; print(secrets.token_urlsafe(64))') \
    ALLOWED_HOSTS=build DATABASE_URL=postgres://build@localhost/build CELERY_BROKER_URL=redis://localhost \
    python manage.py collectstatic --noinput \
    && rm -rf /tmp/build
USER ledgers
VOLUME ["/var/lib/ledgers", "/backups"]
EXPOSE 8000
CMD ["gunicorn", "--config", "deploy/gunicorn.conf.py", "config.wsgi:application"]
