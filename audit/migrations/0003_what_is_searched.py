"""The search by "what" reads an index of three-letter pieces instead of the whole trail.

Built beside the running system on PostgreSQL (CONCURRENTLY: nobody waits), and built anew if an earlier try broke off. SQLite, and a PostgreSQL without
pg_trgm, go on reading the trail.
"""

from django.db import migrations

AVAILABLE = "SELECT 1 FROM pg_available_extensions WHERE name = 'pg_trgm'"


def build(apps, schema_editor) -> None:
    if schema_editor.connection.vendor != "postgresql":
        return
    with schema_editor.connection.cursor() as cursor:
        cursor.execute(AVAILABLE)
        if cursor.fetchone() is None:
            return
        cursor.execute("CREATE EXTENSION IF NOT EXISTS pg_trgm")
        cursor.execute("DROP INDEX CONCURRENTLY IF EXISTS audit_by_what")
        cursor.execute("CREATE INDEX CONCURRENTLY audit_by_what ON audit_auditevent USING gin (UPPER(subject) gin_trgm_ops)")


def drop(apps, schema_editor) -> None:
    if schema_editor.connection.vendor == "postgresql":
        with schema_editor.connection.cursor() as cursor:
            cursor.execute("DROP INDEX CONCURRENTLY IF EXISTS audit_by_what")


class Migration(migrations.Migration):
    atomic = False
    dependencies = [("audit", "0002_append_only")]
    operations = [migrations.RunPython(build, drop)]
