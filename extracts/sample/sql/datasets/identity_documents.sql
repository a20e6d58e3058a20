-- Reads: paper, parent_paper.
SELECT
    document_id, person_id, type_no::VARCHAR AS document_type_id, series, number, issuer, issued, NULL::DATE AS expires,
    recorded_at AS updated_at, NULL::TIMESTAMP AS deleted_at
FROM paper
WHERE is_news(recorded_at)
UNION ALL
SELECT document_id, person_id, '2', series, number, issuer, issued, NULL, recorded_at, NULL
FROM parent_paper
WHERE is_news(recorded_at)
ORDER BY document_id
