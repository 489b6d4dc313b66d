"""The database's schema with its history: migrations, first to last, each in one transaction.

Times are UTC ISO 8601 text. `documents_fts` indexes the current version of each document: it is
an external-content FTS5 table over the view `documents_text`, kept right by three triggers on
`documents`, so that no text is stored twice.
"""

from __future__ import annotations

from sqlite_utils import Database, Migrations

migrations = Migrations("kommunarkiv")

FTS_TRIGGERS = ("documents_fts_insert", "documents_fts_update", "documents_fts_delete")


@migrations()
def m001_archive(db: Database) -> None:
    """Create every table of the data contract."""
    for script in (_TABLES, _INDEXES, _VIEWS, _SEARCH):
        _run(db, script)


@migrations()
def m002_reasons_and_templates(db: Database) -> None:
    """Say who removed a block and why, what a source undoes, and what recurs on its pages."""
    _run(db, _REASONS_AND_TEMPLATES)


@migrations()
def m003_memory(db: Database) -> None:
    """Remember what was listed, what changed, what is missing, how sources fare, what is hidden."""
    _run(db, _MEMORY)


@migrations()
def m004_truth(db: Database) -> None:
    """Know erased words again, listings that shrank for good, documents that were replaced."""
    _run(db, _TRUTH)


def _run(db: Database, script: str) -> None:
    """Execute statements one by one: `executescript` would commit the migration's transaction."""
    for statement in script.split(";;"):
        if statement.strip():
            db.conn.execute(statement)


_TABLES = """
CREATE TABLE kommuner (
    kommunkod TEXT PRIMARY KEY CHECK (length(kommunkod) = 4),
    slug TEXT NOT NULL UNIQUE,
    name TEXT NOT NULL,
    lan TEXT NOT NULL
) STRICT;;
CREATE TABLE sources (
    id INTEGER PRIMARY KEY,
    kommunkod TEXT NOT NULL REFERENCES kommuner (kommunkod),
    slug TEXT NOT NULL,
    product TEXT NOT NULL,
    kind TEXT NOT NULL,
    start_url TEXT NOT NULL,
    publisher TEXT NOT NULL DEFAULT '',
    namespace TEXT NOT NULL DEFAULT '',
    UNIQUE (kommunkod, slug)
) STRICT;;
CREATE TABLE crawls (
    id INTEGER PRIMARY KEY,
    source_id INTEGER NOT NULL REFERENCES sources (id),
    started_at TEXT NOT NULL,
    finished_at TEXT,
    verdict TEXT CHECK (verdict IN ('ok', 'degraded', 'failed', 'blocked')),
    reason TEXT NOT NULL DEFAULT '',
    requests INTEGER NOT NULL DEFAULT 0,
    new_documents INTEGER NOT NULL DEFAULT 0,
    new_versions INTEGER NOT NULL DEFAULT 0,
    seen_documents INTEGER NOT NULL DEFAULT 0,
    forbidden INTEGER NOT NULL DEFAULT 0,
    warc_file TEXT NOT NULL DEFAULT '',
    code_version TEXT NOT NULL
) STRICT;;
CREATE TABLE captures (
    id INTEGER PRIMARY KEY,
    crawl_id INTEGER NOT NULL REFERENCES crawls (id),
    url TEXT NOT NULL,
    method TEXT NOT NULL DEFAULT 'GET',
    fetched_at TEXT NOT NULL,
    http_status INTEGER,
    outcome TEXT NOT NULL,
    detail TEXT NOT NULL DEFAULT '',
    content_type TEXT NOT NULL DEFAULT '',
    payload_sha256 TEXT,
    payload_bytes INTEGER NOT NULL DEFAULT 0,
    etag TEXT NOT NULL DEFAULT '',
    last_modified TEXT NOT NULL DEFAULT '',
    warc_file TEXT NOT NULL,
    warc_offset INTEGER NOT NULL,
    warc_record_id TEXT NOT NULL,
    refers_to_id INTEGER REFERENCES captures (id)
) STRICT;;
CREATE TABLE documents (
    id INTEGER PRIMARY KEY,
    key TEXT NOT NULL UNIQUE,
    source_id INTEGER NOT NULL REFERENCES sources (id),
    kommunkod TEXT NOT NULL REFERENCES kommuner (kommunkod),
    kind TEXT NOT NULL CHECK (kind IN ('press_release', 'news', 'meeting', 'agenda', 'minutes',
                                       'attachment', 'notice')),
    url TEXT NOT NULL,
    title TEXT NOT NULL,
    published_at TEXT,
    published_local TEXT,
    status TEXT NOT NULL DEFAULT 'live' CHECK (status IN ('live', 'gone', 'withheld')),
    first_seen_at TEXT NOT NULL,
    last_seen_at TEXT NOT NULL,
    current_version_id INTEGER REFERENCES versions (id)
) STRICT;;
CREATE TABLE versions (
    id INTEGER PRIMARY KEY,
    document_id INTEGER NOT NULL REFERENCES documents (id),
    number INTEGER NOT NULL,
    capture_id INTEGER NOT NULL REFERENCES captures (id),
    title TEXT NOT NULL,
    text TEXT NOT NULL,
    text_is_read INTEGER NOT NULL DEFAULT 1 CHECK (text_is_read IN (0, 1)),
    text_sha256 TEXT NOT NULL,
    cause TEXT NOT NULL CHECK (cause IN ('first', 'source', 'extractor')),
    extractor TEXT NOT NULL,
    observed_at TEXT NOT NULL,
    UNIQUE (document_id, number)
) STRICT;;
CREATE TABLE removals (
    version_id INTEGER NOT NULL REFERENCES versions (id),
    position INTEGER NOT NULL,
    rule TEXT NOT NULL,
    text TEXT NOT NULL,
    PRIMARY KEY (version_id, position)
) STRICT, WITHOUT ROWID;;
CREATE TABLE fields (
    version_id INTEGER NOT NULL REFERENCES versions (id),
    name TEXT NOT NULL,
    value TEXT NOT NULL,
    found_at TEXT NOT NULL,
    PRIMARY KEY (version_id, name)
) STRICT, WITHOUT ROWID;;
CREATE TABLE contacts (
    version_id INTEGER NOT NULL REFERENCES versions (id),
    position INTEGER NOT NULL,
    name TEXT NOT NULL,
    role TEXT NOT NULL,
    phone TEXT NOT NULL DEFAULT '',
    email TEXT NOT NULL DEFAULT '',
    PRIMARY KEY (version_id, position)
) STRICT, WITHOUT ROWID;;
CREATE TABLE bodies (
    id INTEGER PRIMARY KEY,
    kommunkod TEXT NOT NULL REFERENCES kommuner (kommunkod),
    source_id INTEGER NOT NULL REFERENCES sources (id),
    handle TEXT NOT NULL,
    name TEXT NOT NULL,
    kind TEXT NOT NULL,
    UNIQUE (source_id, handle)
) STRICT;;
CREATE TABLE meetings (
    id INTEGER PRIMARY KEY,
    document_id INTEGER NOT NULL UNIQUE REFERENCES documents (id),
    body_id INTEGER NOT NULL REFERENCES bodies (id),
    date TEXT NOT NULL,
    start_time TEXT,
    end_time TEXT,
    place TEXT NOT NULL DEFAULT '',
    status TEXT NOT NULL
) STRICT;;
CREATE TABLE agenda_items (
    id INTEGER PRIMARY KEY,
    meeting_id INTEGER NOT NULL REFERENCES meetings (id),
    position INTEGER NOT NULL,
    paragraf TEXT NOT NULL DEFAULT '',
    title TEXT NOT NULL,
    text TEXT NOT NULL DEFAULT '',
    diarienummer TEXT NOT NULL DEFAULT '',
    UNIQUE (meeting_id, position)
) STRICT;;
CREATE TABLE attachments (
    id INTEGER PRIMARY KEY,
    document_id INTEGER REFERENCES documents (id),
    parent_document_id INTEGER NOT NULL REFERENCES documents (id),
    position INTEGER NOT NULL,
    label TEXT NOT NULL,
    key TEXT NOT NULL,
    url TEXT NOT NULL,
    agenda_item_id INTEGER REFERENCES agenda_items (id),
    UNIQUE (parent_document_id, position)
) STRICT;;
CREATE TABLE alerts (
    id INTEGER PRIMARY KEY,
    source_id INTEGER NOT NULL REFERENCES sources (id),
    rule TEXT NOT NULL,
    opened_at TEXT NOT NULL,
    closed_at TEXT,
    message TEXT NOT NULL
) STRICT;;
"""

_INDEXES = """
CREATE INDEX crawls_source ON crawls (source_id, started_at);;
CREATE INDEX captures_url ON captures (url, id);;
CREATE INDEX captures_payload ON captures (payload_sha256, id);;
CREATE INDEX captures_crawl ON captures (crawl_id);;
CREATE INDEX captures_outcome ON captures (outcome);;
CREATE INDEX documents_source ON documents (source_id);;
CREATE INDEX documents_kommun_published ON documents (kommunkod, published_at);;
CREATE INDEX documents_kind ON documents (kind);;
CREATE INDEX documents_published ON documents (published_at);;
CREATE INDEX documents_version ON documents (current_version_id);;
CREATE INDEX versions_capture ON versions (capture_id);;
CREATE INDEX removals_rule ON removals (rule);;
CREATE INDEX bodies_kommun ON bodies (kommunkod);;
CREATE INDEX meetings_body_date ON meetings (body_id, date);;
CREATE INDEX meetings_date ON meetings (date);;
CREATE INDEX agenda_items_diarienummer ON agenda_items (diarienummer);;
CREATE INDEX attachments_document ON attachments (document_id);;
CREATE INDEX attachments_key ON attachments (key);;
CREATE INDEX attachments_agenda_item ON attachments (agenda_item_id);;
CREATE UNIQUE INDEX alerts_open ON alerts (source_id, rule) WHERE closed_at IS NULL;;
"""

_VIEWS = """
CREATE VIEW documents_text AS
    SELECT documents.id, versions.title, versions.text
    FROM documents JOIN versions ON versions.id = documents.current_version_id;;
CREATE VIEW documents_current AS
    SELECT documents.id, documents.key, documents.kind, documents.kommunkod,
           kommuner.name AS kommun, documents.title, versions.text, documents.published_at,
           documents.published_local, documents.status, documents.url,
           documents.first_seen_at, documents.last_seen_at,
           versions.id AS version_id, versions.number AS version_number, versions.text_is_read,
           versions.text_sha256, versions.cause, versions.extractor, versions.observed_at,
           captures.id AS capture_id, captures.url AS capture_url,
           captures.fetched_at AS captured_at, captures.payload_sha256,
           captures.warc_file, captures.warc_offset
    FROM documents
    JOIN kommuner ON kommuner.kommunkod = documents.kommunkod
    JOIN versions ON versions.id = documents.current_version_id
    JOIN captures ON captures.id = versions.capture_id;;
"""

_SEARCH = """
CREATE VIRTUAL TABLE documents_fts USING fts5 (
    title, text, content='documents_text', content_rowid='id',
    tokenize='unicode61 remove_diacritics 0'
);;
CREATE TRIGGER documents_fts_insert AFTER INSERT ON documents
WHEN new.current_version_id IS NOT NULL
BEGIN
    INSERT INTO documents_fts (rowid, title, text)
        SELECT new.id, title, text FROM versions WHERE id = new.current_version_id;
END;;
CREATE TRIGGER documents_fts_update AFTER UPDATE OF current_version_id ON documents
WHEN new.current_version_id IS NOT old.current_version_id
BEGIN
    INSERT INTO documents_fts (documents_fts, rowid, title, text)
        SELECT 'delete', old.id, title, text FROM versions WHERE id = old.current_version_id;
    INSERT INTO documents_fts (rowid, title, text)
        SELECT new.id, title, text FROM versions WHERE id = new.current_version_id;
END;;
CREATE TRIGGER documents_fts_delete BEFORE DELETE ON documents
WHEN old.current_version_id IS NOT NULL
BEGIN
    INSERT INTO documents_fts (documents_fts, rowid, title, text)
        SELECT 'delete', old.id, title, text FROM versions WHERE id = old.current_version_id;
END;;
"""

_REASONS_AND_TEMPLATES = """
ALTER TABLE removals ADD COLUMN judge TEXT NOT NULL DEFAULT '';;
ALTER TABLE removals ADD COLUMN evidence TEXT NOT NULL DEFAULT '';;
ALTER TABLE sources ADD COLUMN undo_rules TEXT NOT NULL DEFAULT '[]';;
CREATE TABLE templates (
    id INTEGER PRIMARY KEY,
    source_id INTEGER NOT NULL REFERENCES sources (id),
    version INTEGER NOT NULL,
    digest TEXT NOT NULL,
    learnt_at TEXT NOT NULL,
    checked_at TEXT NOT NULL,
    pages INTEGER NOT NULL,
    lines TEXT NOT NULL,
    UNIQUE (source_id, version)
) STRICT;;
"""

_MEMORY = """
ALTER TABLE crawls ADD COLUMN is_complete INTEGER NOT NULL DEFAULT 0 CHECK (is_complete IN (0, 1));;
ALTER TABLE crawls ADD COLUMN listed INTEGER NOT NULL DEFAULT 0;;
ALTER TABLE crawls ADD COLUMN waiting INTEGER NOT NULL DEFAULT 0;;
ALTER TABLE captures ADD COLUMN is_conditional INTEGER NOT NULL DEFAULT 0
    CHECK (is_conditional IN (0, 1));;
ALTER TABLE captures ADD COLUMN received_bytes INTEGER NOT NULL DEFAULT 0;;
CREATE TABLE frontier (
    id INTEGER PRIMARY KEY,
    source_id INTEGER NOT NULL REFERENCES sources (id),
    url TEXT NOT NULL,
    reader TEXT NOT NULL,
    parent_url TEXT NOT NULL,
    rank INTEGER NOT NULL,
    dated TEXT NOT NULL DEFAULT '',
    document_id INTEGER REFERENCES documents (id),
    found_at TEXT NOT NULL,
    taken_in INTEGER REFERENCES crawls (id),
    asked_at TEXT,
    asked_in INTEGER REFERENCES crawls (id),
    read_in INTEGER REFERENCES crawls (id),
    outcome TEXT NOT NULL DEFAULT '',
    due_at TEXT NOT NULL,
    misses INTEGER NOT NULL DEFAULT 0,
    missed_on TEXT,
    missing_since TEXT,
    reason TEXT NOT NULL DEFAULT '',
    UNIQUE (source_id, url)
) STRICT;;
INSERT INTO frontier (source_id, url, reader, parent_url, rank, document_id, found_at, asked_at,
                      asked_in, read_in, outcome, due_at)
    SELECT source_id, documents.url, substr(extractor, 1, instr(extractor, '/') - 1), '', 1000000,
           max(documents.id), first_seen_at, fetched_at, crawl_id, crawl_id, 'ok', last_seen_at
    FROM documents JOIN versions ON versions.id = current_version_id
    JOIN captures ON captures.id = capture_id GROUP BY source_id, documents.url;;
CREATE INDEX frontier_due ON frontier (source_id, due_at);;
CREATE INDEX frontier_document ON frontier (document_id);;
CREATE INDEX frontier_parent ON frontier (source_id, parent_url);;
CREATE TABLE listed (
    frontier_id INTEGER NOT NULL REFERENCES frontier (id),
    from_crawl_id INTEGER NOT NULL REFERENCES crawls (id),
    to_crawl_id INTEGER NOT NULL REFERENCES crawls (id),
    PRIMARY KEY (frontier_id, from_crawl_id)
) STRICT, WITHOUT ROWID;;
CREATE INDEX listed_to ON listed (to_crawl_id);;
CREATE TABLE events (
    id INTEGER PRIMARY KEY,
    document_id INTEGER NOT NULL REFERENCES documents (id),
    crawl_id INTEGER REFERENCES crawls (id),
    observed_at TEXT NOT NULL,
    kind TEXT NOT NULL CHECK (kind IN ('changed', 'moved', 'gone', 'back',
        'attachment_added', 'attachment_replaced', 'attachment_removed')),
    field TEXT NOT NULL DEFAULT '',
    old_value TEXT NOT NULL DEFAULT '',
    new_value TEXT NOT NULL DEFAULT ''
) STRICT;;
CREATE INDEX events_document ON events (document_id, id);;
CREATE INDEX events_observed ON events (observed_at);;
ALTER TABLE alerts ADD COLUMN message_sv TEXT NOT NULL DEFAULT '';;
CREATE TABLE health (
    source_id INTEGER NOT NULL REFERENCES sources (id),
    date TEXT NOT NULL,
    verdict TEXT NOT NULL,
    is_complete INTEGER NOT NULL CHECK (is_complete IN (0, 1)),
    listed INTEGER NOT NULL,
    held INTEGER NOT NULL,
    explained INTEGER NOT NULL,
    waiting INTEGER NOT NULL,
    faulty INTEGER NOT NULL,
    unread INTEGER NOT NULL,
    missing INTEGER NOT NULL,
    new INTEGER NOT NULL,
    changed INTEGER NOT NULL,
    failed INTEGER NOT NULL,
    soft_404 INTEGER NOT NULL,
    requests INTEGER NOT NULL,
    received_bytes INTEGER NOT NULL,
    median_letters INTEGER,
    shared_lines REAL,
    without_title REAL,
    without_date REAL,
    without_text REAL,
    PRIMARY KEY (source_id, date)
) STRICT, WITHOUT ROWID;;
CREATE INDEX health_date ON health (date);;
CREATE TABLE withholdings (
    id INTEGER PRIMARY KEY,
    document_id INTEGER NOT NULL REFERENCES documents (id),
    scope TEXT NOT NULL CHECK (scope IN ('document', 'version', 'passage')),
    version_number INTEGER,
    passage TEXT NOT NULL DEFAULT '',
    reason TEXT NOT NULL,
    withheld_at TEXT NOT NULL,
    erase_ordered_at TEXT,
    erased_at TEXT,
    released_at TEXT
) STRICT;;
CREATE INDEX withholdings_document ON withholdings (document_id);;
CREATE TABLE withheld_texts (
    withholding_id INTEGER NOT NULL REFERENCES withholdings (id),
    text_sha256 TEXT NOT NULL,
    PRIMARY KEY (withholding_id, text_sha256)
) STRICT, WITHOUT ROWID;;
CREATE TABLE erasures (
    id INTEGER PRIMARY KEY,
    withholding_id INTEGER NOT NULL REFERENCES withholdings (id),
    capture_id INTEGER NOT NULL UNIQUE REFERENCES captures (id),
    payload_sha256 TEXT NOT NULL,
    erased_at TEXT
) STRICT;;
CREATE INDEX erasures_payload ON erasures (payload_sha256);;
"""

_TRUTH = """
ALTER TABLE withholdings ADD COLUMN salt TEXT NOT NULL DEFAULT '';;
ALTER TABLE withholdings ADD COLUMN letters INTEGER NOT NULL DEFAULT 0;;
ALTER TABLE withholdings ADD COLUMN digest TEXT NOT NULL DEFAULT '';;
ALTER TABLE withholdings ADD COLUMN said_again_at TEXT;;
ALTER TABLE crawls ADD COLUMN shrunk_to INTEGER;;
CREATE TABLE replaced (
    document_id INTEGER PRIMARY KEY REFERENCES documents (id),
    frontier_id INTEGER NOT NULL REFERENCES frontier (id),
    replaced_at TEXT NOT NULL,
    misses INTEGER NOT NULL DEFAULT 0,
    missed_on TEXT
) STRICT;;
CREATE INDEX replaced_frontier ON replaced (frontier_id);;
INSERT INTO replaced (document_id, frontier_id, replaced_at)
    SELECT documents.id, frontier.id, documents.last_seen_at FROM documents
    JOIN frontier ON frontier.source_id = documents.source_id AND frontier.url = documents.url
    WHERE status = 'live' AND NOT EXISTS (
        SELECT 1 FROM frontier AS own WHERE own.document_id = documents.id);;
UPDATE frontier SET due_at = found_at WHERE id IN (SELECT frontier_id FROM replaced);;
"""
