"""Notes kept in PostgreSQL, as a WSGI program: a page that lists them and a form that adds one."""

import html
import json
import os
from contextlib import closing
from pathlib import Path
from urllib.parse import parse_qs

import psycopg2

TOLD = Path("/run/scs/requires/postgres.json")
LIMIT = 10_000  # bytes of a form

PAGE = """<!doctype html>
<html lang="en">
<meta charset="utf-8">
<title>Notes</title>
<link rel="stylesheet" href="/static/style.css">
<h1>Notes</h1>
<ul>
{notes}</ul>
<form method="post" action="/notes">
<input name="text" aria-label="A note" maxlength="500" required autofocus>
<button>Add</button>
</form>
"""


def connect():
    """A connection to where the database is now: the file is kept current, the variables are not."""
    if TOLD.exists():
        endpoint = json.loads(TOLD.read_text())["endpoints"][0]
    else:
        endpoint = {"host": os.environ["POSTGRES_HOST"], "port": os.environ["POSTGRES_PORT"]}
    return psycopg2.connect(
        host=endpoint["host"],
        port=endpoint["port"],
        dbname=os.environ["POSTGRES_DATABASE"],
        user=os.environ["POSTGRES_USER"],
        password=os.environ["POSTGRES_PASSWORD"],
        connect_timeout=3,
    )


def query(statement, *values):
    """Runs a statement where the table is sure to exist, and returns its rows."""
    with closing(connect()) as connection, connection, connection.cursor() as cursor:
        cursor.execute("SELECT to_regclass('notes')")
        if cursor.fetchone()[0] is None:
            cursor.execute("SELECT pg_advisory_xact_lock(1)")  # two at a time would make it twice
            cursor.execute("CREATE TABLE IF NOT EXISTS notes (id serial PRIMARY KEY, text text NOT NULL)")
        cursor.execute(statement, values)
        return cursor.fetchall() if cursor.description else []


def show(_request):
    rows = query("SELECT text FROM notes ORDER BY id DESC LIMIT 100")
    items = "".join(f"<li>{html.escape(text)}</li>\n" for (text,) in rows)
    return "200 OK", [("Content-Type", "text/html; charset=utf-8")], PAGE.format(notes=items)


def add(request):
    size = int(request.get("CONTENT_LENGTH") or 0)
    if size > LIMIT:
        return "413 Content Too Large", [("Content-Type", "text/plain")], "This is too long for a note.\n"
    form = parse_qs(request["wsgi.input"].read(size).decode("utf-8", "replace"))
    text = form.get("text", [""])[0].replace("\0", "").strip()
    if text:
        query("INSERT INTO notes (text) VALUES (%s)", text)
    return "303 See Other", [("Location", "/")], ""


def health(_request):
    query("SELECT 1")
    return "200 OK", [("Content-Type", "text/plain")], "ok\n"


ROUTES = {("GET", "/"): show, ("POST", "/notes"): add, ("GET", "/health"): health}


def application(request, start_response):
    """The WSGI entry point."""
    method = "GET" if request["REQUEST_METHOD"] == "HEAD" else request["REQUEST_METHOD"]
    route = ROUTES.get((method, request["PATH_INFO"]))
    try:
        if route is None:
            answer = "404 Not Found", [("Content-Type", "text/plain")], "There is nothing here.\n"
        else:
            answer = route(request)
    except psycopg2.OperationalError as problem:
        print(f"no database: {problem}", flush=True)
        answer = "503 Service Unavailable", [("Content-Type", "text/plain")], "No database answers.\n"
    status, headers, body = answer
    content = body.encode()
    start_response(status, [*headers, ("Content-Length", str(len(content)))])
    return [] if request["REQUEST_METHOD"] == "HEAD" else [content]
