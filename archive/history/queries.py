"""What is read about one document, :id; of one of its versions, :version_id."""

from __future__ import annotations

from archive.store import REPLACED

MEETING = """
SELECT meetings.*, bodies.name AS body, bodies.kind AS body_kind
FROM meetings JOIN bodies ON bodies.id = meetings.body_id WHERE document_id = :id
"""

AGENDA = """
SELECT agenda_items.* FROM agenda_items JOIN meetings ON meetings.id = meeting_id
WHERE meetings.document_id = :id ORDER BY position
"""

ATTACHMENTS = """
SELECT attachments.*, captures.content_type, captures.payload_bytes
FROM attachments
LEFT JOIN documents ON documents.id = attachments.document_id
LEFT JOIN versions ON versions.id = documents.current_version_id
LEFT JOIN captures ON captures.id = versions.capture_id
WHERE parent_document_id = :id ORDER BY attachments.position
"""

PARENTS = """
SELECT documents.id, documents.key, documents.title, attachments.label, bodies.name AS body
FROM attachments
JOIN documents ON documents.id = attachments.parent_document_id
LEFT JOIN meetings ON meetings.document_id = documents.id
LEFT JOIN bodies ON bodies.id = meetings.body_id
WHERE attachments.document_id = :id ORDER BY documents.id LIMIT 20
"""

VERSIONS = """
SELECT id, number, cause, title, observed_at, text_sha256, extractor FROM versions
WHERE document_id = :id ORDER BY number DESC
"""

EVENTS = """
SELECT observed_at, kind, field, old_value, new_value FROM events
WHERE document_id = :id ORDER BY observed_at, id
"""

FACTS = """
SELECT version_id, name AS field, value FROM fields
WHERE version_id IN (SELECT id FROM versions WHERE document_id = :id)
UNION ALL
SELECT version_id, 'contact', trim(name || ', ' || role || ', ' || phone || ', ' || email, ', ')
FROM contacts WHERE version_id IN (SELECT id FROM versions WHERE document_id = :id)
ORDER BY version_id, field, value
"""

DOCUMENT = """
SELECT documents.key, documents.kind, kommuner.name AS kommun, documents.kommunkod,
       sources.slug AS source, sources.product, documents.url, documents.title,
       documents.published_at, documents.published_local, documents.status,
       documents.first_seen_at, documents.last_seen_at
FROM documents
JOIN kommuner ON kommuner.kommunkod = documents.kommunkod
JOIN sources ON sources.id = documents.source_id
WHERE documents.id = :id
"""

VERSION = """
SELECT number, cause, title, observed_at, extractor, text_is_read, text_sha256, text
FROM versions WHERE id = :version_id
"""

CAPTURE = """
SELECT captures.url, captures.fetched_at, captures.http_status, captures.outcome,
       captures.content_type, captures.payload_sha256, captures.payload_bytes,
       holder.warc_file, holder.warc_offset, holder.fetched_at AS held_since
FROM versions
JOIN captures ON captures.id = versions.capture_id
JOIN captures AS holder ON holder.id = coalesce(captures.refers_to_id, captures.id)
WHERE versions.id = :version_id
"""

REMOVALS = """
SELECT position, rule, judge, evidence, text FROM removals
WHERE version_id = :version_id ORDER BY position
"""

CONTACTS = """
SELECT name, role, phone, email FROM contacts WHERE version_id = :version_id ORDER BY position
"""

FIELDS = "SELECT name, value, found_at FROM fields WHERE version_id = :version_id ORDER BY name"

MISSING = f"""
SELECT missing_since, reason FROM frontier
WHERE document_id = :id AND missing_since IS NOT NULL
UNION ALL
SELECT replaced_at, '{REPLACED}' FROM replaced WHERE document_id = :id
ORDER BY missing_since LIMIT 1
"""

WITHHOLDINGS = """
SELECT withheld_at, reason, version_number, passage FROM withholdings
WHERE document_id = :id AND released_at IS NULL ORDER BY id
"""
