"""The embedded default's two SQLite connections, as they really are: one writes, one reads an instant."""

from __future__ import annotations

import pytest
from django.conf import settings
from django.db import OperationalError
from django.db.utils import ConnectionHandler

from website.settings.embedded import sqlite_databases, take_sound_sqlite


@pytest.fixture
def pair(tmp_path, django_db_blocker):
    with django_db_blocker.unblock():
        yield from two_connections(tmp_path)


def two_connections(tmp_path):
    handler = ConnectionHandler(sqlite_databases(tmp_path, wal=settings.SQLITE_WAL_IS_SAFE))
    writer, reader = handler["default"], handler["snapshot"]
    with writer.cursor() as cursor:
        cursor.execute("CREATE TABLE mark (id INTEGER PRIMARY KEY, name TEXT)")
        cursor.execute("INSERT INTO mark (name) VALUES ('何文渊')")
    yield writer, reader
    reader.close()
    writer.close()


def count(connection):
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM mark")
        return cursor.fetchone()[0]


def test_an_acknowledged_mark_is_on_the_disk(pair):
    """synchronous=FULL on every connection that writes: with NORMAL a power cut loses commits."""
    writer, _reader = pair
    with writer.cursor() as cursor:
        assert cursor.execute("PRAGMA synchronous").fetchone()[0] == 2
        assert cursor.execute("PRAGMA foreign_keys").fetchone()[0] == 1


@pytest.mark.skipif(not settings.SQLITE_WAL_IS_SAFE, reason="needs a SQLite whose WAL is mended")
def test_an_export_sees_one_instant_and_locks_nobody_out(pair):
    writer, reader = pair
    with reader.cursor() as cursor:
        cursor.execute("BEGIN")
    before = count(reader)

    with writer.cursor() as cursor:
        cursor.execute("INSERT INTO mark (name) VALUES ('唐静')")

    assert count(writer) == before + 1
    assert count(reader) == before
    with reader.cursor() as cursor:
        cursor.execute("COMMIT")
    assert count(reader) == before + 1


def test_the_reading_connection_cannot_write(pair):
    _writer, reader = pair

    with pytest.raises(OperationalError), reader.cursor() as cursor:
        cursor.execute("INSERT INTO mark (name) VALUES ('谁')")


def test_two_writers_wait_for_each_other_instead_of_failing(tmp_path, pair):
    """IMMEDIATE takes the lock at BEGIN, so a read inside a transaction never fails to become a write."""
    writer, _reader = pair
    assert writer.settings_dict["OPTIONS"]["transaction_mode"] == "IMMEDIATE"
    assert writer.settings_dict["OPTIONS"]["timeout"] >= 20


def test_wal_is_used_only_where_it_is_sound(tmp_path):
    sound = take_sound_sqlite()

    assert sound == settings.SQLITE_WAL_IS_SAFE
    options = sqlite_databases(tmp_path, wal=False)["default"]["OPTIONS"]
    assert "journal_mode=DELETE" in options["init_command"]
