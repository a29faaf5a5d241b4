# Front-end packages, by the lock file; only the files named in collection/finders.py reach the browser.
FROM node:24-slim AS frontend
WORKDIR /app
COPY package.json package-lock.json .npmrc ./
RUN npm ci --omit=dev

FROM python:3.11-slim
ENV PYTHONUNBUFFERED=1 PYTHONDONTWRITEBYTECODE=1 PIP_NO_CACHE_DIR=1 PRODUCTION=true VAR_DIR=/var/lib/desk MEDIA_ROOT=/var/lib/desk/media
RUN apt-get update \
 && apt-get install -y --no-install-recommends libpango-1.0-0 libpangoft2-1.0-0 libharfbuzz0b libharfbuzz-subset0 libfontconfig1 \
 && rm -rf /var/lib/apt/lists/*
WORKDIR /app
COPY requirements.txt ./
RUN pip install -r requirements.txt
COPY --from=frontend /app/node_modules ./node_modules
COPY . .
# Keys of the build only: collectstatic and the translations need settings, not secrets.
RUN python tools/prepare.py translations \
 && useradd --system --uid 10001 --home-dir /var/lib/desk desk \
 && mkdir -p /var/lib/desk/media /app/static_files && chown -R desk:desk /var/lib/desk \
 && SECRET_KEY=build FIELD_KEY=build-field INDEX_KEY=build-index STATIC_ROOT=/app/static_files VAR_DIR=/var/lib/desk/build python manage.py collectstatic --noinput -v0 \
 && rm -rf /var/lib/desk/build
ENV STATIC_ROOT=/app/static_files
USER desk
EXPOSE 8000
CMD ["gunicorn", "collection.wsgi", "--bind", "0.0.0.0:8000", "--worker-class", "gthread", "--workers", "3", "--threads", "8", "--max-requests", "5000", "--max-requests-jitter", "500", "--timeout", "60"]
