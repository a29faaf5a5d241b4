"""The floor that the desk is measured against: a bare WSGI function, one pooled connection a thread, one query by index, JSON. No session, no rights."""

import json
import os
import threading

import psycopg2

HELD = """
SELECT c.id, c.case_no, d.name, c.balance::text, c.stage, c.state FROM assignment_assignment a
JOIN cases_case c ON c.id = a.case_id JOIN cases_debtor d ON d.id = c.debtor_id
WHERE a.collector_id = %s AND a.ended_at IS NULL ORDER BY c.id LIMIT 50
"""
_local = threading.local()


def application(environ, start_response):
    if not hasattr(_local, "connection"):
        _local.connection = psycopg2.connect(os.environ["DATABASE_URL"])
        _local.connection.autocommit = True
    with _local.connection.cursor() as cursor:
        cursor.execute(HELD, [int(environ["QUERY_STRING"] or 1)])
        names = [column.name for column in cursor.description]
        body = json.dumps([dict(zip(names, row, strict=True)) for row in cursor.fetchall()], ensure_ascii=False).encode()
    start_response("200 OK", [("Content-Type", "application/json"), ("Content-Length", str(len(body)))])
    return [body]
