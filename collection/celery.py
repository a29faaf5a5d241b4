"""The Celery application: brokers, queues and safety settings live in settings.py, the timetable in beat.py."""

import os

from celery import Celery

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "collection.settings")

app = Celery("collection")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks()
