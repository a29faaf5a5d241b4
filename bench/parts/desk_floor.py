"""The floor that the desk is measured against: a bare WSGI function that answers the same four questions for the same signed-in person.

One connection a thread, psycopg2, statements by hand, orjson. It looks up session, person and rights as the desk does, reads the same rows for an
answer of about the same size, and saves a record with what the desk writes for it (answer kept, call closed, trail). It judges no rule, checks no
version, speaks one language, and decrypts nothing.
"""

import json
import os
import threading
from urllib.parse import parse_qs

import orjson
import psycopg2
import psycopg2.extras
from django.conf import settings
from django.core import signing

_local = threading.local()

RIGHTS = """
SELECT g.name, t.app_label, p.codename FROM auth_group g JOIN staff_user_groups u ON u.group_id = g.id
LEFT JOIN auth_group_permissions gp ON gp.group_id = g.id LEFT JOIN auth_permission p ON p.id = gp.permission_id
LEFT JOIN django_content_type t ON t.id = p.content_type_id WHERE u.user_id = %s
"""
POLICIES = (
    "SELECT key, rule, layer, client_id, value, version FROM compliance_contactpolicy WHERE valid_from <= now() AND (valid_to IS NULL OR valid_to > now())"
)
QUEUE = """
WITH q AS MATERIALIZED (
    SELECT c.id, CASE WHEN c.stopped_at IS NOT NULL OR c.complaint_open OR c.state = 'disputed' THEN '7' WHEN b.case_id IS NOT NULL THEN '1'
        WHEN o.case_id IS NOT NULL THEN '2' WHEN c.follow_up_at <= now() THEN '3'
        WHEN c.follow_up_at IS NULL AND (c.touched_at IS NULL OR c.touched_at < now() - interval '3 days') THEN '5' ELSE '6' END AS why,
        coalesce(c.follow_up_at, '2200-01-01') AS due, -c.balance AS owed
    FROM assignment_assignment a JOIN cases_case c ON c.id = a.case_id
    LEFT JOIN calls_promise b ON b.case_id = c.id AND b.state = 'broken' LEFT JOIN calls_promise o ON o.case_id = c.id AND o.state = 'open'
    WHERE a.collector_id = %s AND a.ended_at IS NULL AND c.state NOT IN ('settled', 'returned', 'recalled')
), page AS (SELECT * FROM q ORDER BY why, due, owed, id LIMIT %s)
SELECT page.why, page.due::text, c.id, c.case_no, d.name, k.short_name, c.balance::text, c.stage, c.overdue_days, c.state, c.touched_at::text,
    EXISTS (SELECT 1 FROM compliance_verdict v WHERE v.case_id = c.id AND v.asked_by_id = %s AND v.at >= current_date) AS called,
    EXISTS (SELECT 1 FROM cases_contact n JOIN cases_phone p ON p.contact_id = n.id WHERE n.case_id = c.id AND n.relation = 'self' AND p.status = 'unknown'
        AND NOT EXISTS (SELECT 1 FROM compliance_donotcontact x WHERE x.number_index = p.number_index)) AS callable,
    (SELECT json_object_agg(why, n) FROM (SELECT why, count(*) AS n FROM q GROUP BY why) counted) AS counts
FROM page JOIN cases_case c ON c.id = page.id JOIN cases_debtor d ON d.id = c.debtor_id JOIN cases_client k ON k.id = c.client_id
ORDER BY page.why, page.due, page.owed, page.id
"""
CASE = """
SELECT c.id, c.case_no, c.state, c.placed_on::text, c.amount::text, c.balance::text, c.stage, c.overdue_days, c.product, c.region, c.warning, c.extra, c.version,
    c.follow_up_at::text, c.touched_at::text, c.stopped_reason, d.id AS debtor, d.name, d.id_no, d.gender, k.name AS client, p.code AS placement, u.name AS holder
FROM cases_case c JOIN cases_debtor d ON d.id = c.debtor_id JOIN cases_client k ON k.id = c.client_id JOIN cases_placement p ON p.id = c.placement_id
JOIN assignment_assignment a ON a.case_id = c.id AND a.ended_at IS NULL JOIN staff_user u ON u.id = a.collector_id WHERE c.id = %s AND a.collector_id = %s
"""
PARTS = {
    "accounts": "SELECT id, card_no, card_last4, currency, amount::text, balance::text, bill_day FROM cases_caseaccount WHERE case_id = %(case)s",
    "contacts": """SELECT n.id, n.name, n.relation, n.legal_class, n.source, n.verification, p.id AS phone, p.number, p.kind, p.status, a.id AS address, a.text
        FROM cases_contact n LEFT JOIN cases_phone p ON p.contact_id = n.id LEFT JOIN cases_address a ON a.contact_id = n.id WHERE n.case_id = %(case)s""",
    "others": "SELECT id, case_no, state, balance::text FROM cases_case WHERE debtor_id = %(debtor)s AND id <> %(case)s",
    "past": "SELECT number_index, direction, outcome_id, started_at::text FROM calls_contactrecord WHERE debtor_id = %(debtor)s AND started_at > now() - interval '60 days'",
    "flags": "SELECT id, kind, evidence, raised_at::text FROM compliance_caseflag WHERE (case_id = %(case)s OR debtor_id = %(debtor)s) AND lifted_at IS NULL",
    "limits": POLICIES,
    "records": """SELECT r.id, r.outcome_id, r.note, r.started_at::text, r.version, o.amount::text AS promised, o.due_on::text, o.state FROM calls_contactrecord r
        LEFT JOIN calls_promise o ON o.record_id = r.id WHERE r.case_id = %(case)s ORDER BY r.started_at DESC LIMIT 50""",
    "events": """SELECT at::text, action, actor, reason FROM audit_auditevent WHERE subject_type = 'cases.case' AND subject_id = %(case)s::text
        ORDER BY id DESC LIMIT 50""",
}  # fmt: skip
# What the desk writes for a call that nobody answered, in one transaction.
SAVE = (
    "INSERT INTO operations_keptanswer (person_id, key, digest, status, body, at) VALUES (%(person)s, %(key)s, 'x', 201, '', now())",
    "SELECT 1 FROM cases_debtor WHERE id = %(debtor)s FOR NO KEY UPDATE",
    "SELECT 1 FROM cases_case WHERE id = %(case)s FOR NO KEY UPDATE",
    "SELECT 1 FROM calls_dial WHERE verdict_id = %(verdict)s AND recorded_at IS NULL FOR NO KEY UPDATE",
    """INSERT INTO calls_contactrecord (case_id, contact_id, phone_id, number_index, debtor_id, verdict_id, collector_id, outcome_id, identity_verified,
        started_at, ended_at, note, request_key)
    VALUES (%(case)s, %(contact)s, %(phone)s, %(number)s, %(debtor)s, %(verdict)s, %(person)s, 'NOAS', false, %(at)s, %(at)s, '', %(key)s)""",
    "UPDATE calls_dial SET recorded_at = now() WHERE verdict_id = %(verdict)s",
    "UPDATE cases_phone SET status = 'no_answer' WHERE id = %(phone)s",
    "UPDATE cases_case SET touched_at = now(), follow_up_at = now() + interval '2 days' WHERE id = %(case)s",
    """INSERT INTO audit_auditevent (at, action, actor, actor_id, subject_type, subject_id, subject, changes, reason, origin)
        SELECT now(), kind, 'B', %(person)s, 'cases.case', %(case)s, '', '{}', '', '' FROM unnest(ARRAY['call.recorded', 'phone.marked', 'case.follow_up']) kind""",
)
VERDICT = """
SELECT v.id AS verdict, v.case_id AS case, v.contact_id AS contact, v.phone_id AS phone, p.number_index AS number, c.debtor_id AS debtor, v.at
FROM compliance_verdict v JOIN cases_phone p ON p.id = v.phone_id JOIN cases_case c ON c.id = v.case_id WHERE v.id = %s AND v.asked_by_id = %s
"""


def application(environ, start_response):
    if not hasattr(_local, "connection"):
        _local.connection = psycopg2.connect(os.environ["DATABASE_URL"], options="-c jit=off", cursor_factory=psycopg2.extras.RealDictCursor)
        _local.connection.autocommit = True
    with _local.connection.cursor() as cursor:
        person = _signed_in(cursor, environ)
        answer = ANSWERS[environ["PATH_INFO"]](cursor, person, environ)
    body = orjson.dumps(answer)
    start_response("200 OK", [("Content-Type", "application/json"), ("Content-Length", str(len(body)))])
    return [body]


def _rows(cursor, text: str, values=()) -> list[dict]:
    cursor.execute(text, values)
    return cursor.fetchall()


def _signed_in(cursor, environ) -> int:
    """Three questions, as at the desk: the session, the person, and what they may do."""
    key = environ["HTTP_COOKIE"].partition("sessionid=")[2].partition(";")[0]
    stored = _rows(cursor, "SELECT session_data FROM django_session WHERE session_key = %s AND expire_date > now()", [key])[0]["session_data"]
    session = signing.loads(stored, salt="django.contrib.sessions.SessionStore", serializer=signing.JSONSerializer)
    person = _rows(cursor, "SELECT * FROM staff_user WHERE id = %s AND is_active", [session["_auth_user_id"]])[0]
    if not any(row["codename"] == "record_call" for row in _rows(cursor, RIGHTS, [person["id"]])):
        raise PermissionError
    return person["id"]


def _queue(cursor, person: int, environ) -> dict:
    size = int(parse_qs(environ["QUERY_STRING"]).get("page_size", ["50"])[0])
    return {"limits": len(_rows(cursor, POLICIES)), "results": _rows(cursor, QUEUE, [person, size, person])}


def _case(cursor, person: int, environ) -> dict:
    case = _rows(cursor, CASE, [int(environ["QUERY_STRING"]), person])[0]
    about = {"case": case["id"], "debtor": case["debtor"]}
    return case | {name: _rows(cursor, text, about) for name, text in PARTS.items()}


def _record(cursor, person: int, environ) -> dict:
    sent = json.loads(environ["wsgi.input"].read(int(environ["CONTENT_LENGTH"])))
    values = dict(_rows(cursor, VERDICT, [sent["verdict"], person])[0]) | {"person": person, "key": environ["HTTP_IDEMPOTENCY_KEY"]}
    cursor.execute("BEGIN")
    for text in SAVE:
        cursor.execute(text, values)
    cursor.execute("COMMIT")
    return {"id": sent["verdict"], "is_new": True, "state": "working", "warnings": []}


ANSWERS = {"/api/v1/queue/": _queue, "/api/v1/case/": _case, "/api/v1/records/": _record}
settings.configure(SECRET_KEY=os.environ["SECRET_KEY"], USE_TZ=True)
