-- The best hits for :q, a page at a time. A document that has the words in its title comes before
-- one that has them as whole words in its text, and that before one that has them in parts of
-- longer words. What is said in very many documents is ranked among the newest thousand of them.
WITH chosen AS NOT MATERIALIZED (
    SELECT id FROM documents
    WHERE (:kommun = '' OR kommunkod IN
            (SELECT kommunkod FROM kommuner WHERE :kommun IN (kommunkod, slug)))
      AND (:slag = '' OR kind = :slag)
      AND (:organ = '' OR id IN (SELECT document_id FROM of_body))
      AND (:ar = '' OR :ar = substr(coalesce(
            (SELECT date FROM meetings WHERE meetings.document_id = documents.id),
            (SELECT date FROM attachments JOIN meetings
                 ON meetings.document_id = attachments.parent_document_id
             WHERE attachments.document_id = documents.id LIMIT 1),
            published_local, published_at), 1, 4))
),
of_body AS (
    SELECT meetings.document_id
    FROM bodies JOIN meetings ON meetings.body_id = bodies.id
    WHERE instr(lowercase(bodies.name), lowercase(:organ))
    UNION
    SELECT attachments.document_id
    FROM bodies JOIN meetings ON meetings.body_id = bodies.id
    JOIN attachments ON attachments.parent_document_id = meetings.document_id
    WHERE instr(lowercase(bodies.name), lowercase(:organ))
),
hits AS (
    SELECT * FROM (
        SELECT documents_fts.rowid AS id, 1 AS grade, bm25(documents_fts, 8.0, 1.0) AS score
        FROM documents_fts CROSS JOIN chosen ON chosen.id = documents_fts.rowid
        WHERE documents_fts MATCH title_fts(:q)
        ORDER BY documents_fts.rowid DESC LIMIT 1000)
    UNION ALL
    SELECT * FROM (
        SELECT documents_fts.rowid, 2, bm25(documents_fts, 8.0, 1.0)
        FROM documents_fts CROSS JOIN chosen ON chosen.id = documents_fts.rowid
        WHERE documents_fts MATCH words_fts(:q)
        ORDER BY documents_fts.rowid DESC LIMIT 1000)
    UNION ALL
    SELECT * FROM (
        SELECT documents_fts.rowid, 3, bm25(documents_fts, 8.0, 1.0)
        FROM documents_fts CROSS JOIN chosen ON chosen.id = documents_fts.rowid
        WHERE documents_fts MATCH escape_fts(:q)
        ORDER BY documents_fts.rowid DESC LIMIT 1000)
    LIMIT 1000
),
best AS (
    SELECT id, min(grade) AS grade, score, count(*) OVER () AS hits,
           (SELECT count(*) FROM hits) = 1000 AS has_more
    FROM hits GROUP BY id
    ORDER BY grade, score, id DESC
    LIMIT iif(:antal = '', 20, max(1, min(CAST(:antal AS INTEGER), 1000)))
    OFFSET iif(:antal = '', 20, max(1, min(CAST(:antal AS INTEGER), 1000)))
        * (max(1, min(CAST(:sida AS INTEGER), 1000)) - 1)
)
SELECT documents.id AS document_id, documents.title AS titel,
       excerpt(versions.text, :q) AS utdrag,
       kommuner.name AS kommun, documents.kind AS slag,
       bodies.name AS organ, meetings.date AS dag,
       documents.published_at AS publicerat, documents.url AS källa, documents.key AS nyckel,
       best.hits AS träffar, best.has_more AS fler
FROM best
JOIN documents ON documents.id = best.id
JOIN kommuner ON kommuner.kommunkod = documents.kommunkod
LEFT JOIN versions ON versions.id = documents.current_version_id
LEFT JOIN meetings ON meetings.document_id = coalesce(
    (SELECT parent_document_id FROM attachments
     WHERE attachments.document_id = documents.id LIMIT 1), documents.id)
LEFT JOIN bodies ON bodies.id = meetings.body_id
ORDER BY best.grade, best.score, best.id DESC
