-- Schools. The municipality is the nearest district or local authority above, else the parent.
WITH RECURSIVE chain AS (
    SELECT
        sourcedId,
        parentSourcedId AS ancestor,
        1 AS depth
    FROM {s}.orgs
    WHERE parentSourcedId IS NOT NULL
    UNION ALL
    SELECT
        chain.sourcedId,
        parents.parentSourcedId AS ancestor,
        chain.depth + 1 AS depth
    FROM chain
    INNER JOIN {s}.orgs AS parents ON chain.ancestor = parents.sourcedId
    WHERE parents.parentSourcedId IS NOT NULL AND chain.depth < 16
),

authorities AS (
    SELECT
        chain.sourcedId,
        min_by(parents.name, chain.depth) FILTER (WHERE lower(parents.type) IN ('district', 'local')) AS municipality,
        min_by(parents.name, chain.depth) AS parent
    FROM chain
    INNER JOIN {s}.orgs AS parents ON chain.ancestor = parents.sourcedId
    GROUP BY chain.sourcedId
)

SELECT
    orgs.sourcedId AS organization_id,
    orgs.name,
    organization_kind(orgs.type) AS kind,
    coalesce(authorities.municipality, authorities.parent, 'не указан') AS municipality
FROM {s}.orgs AS orgs
LEFT JOIN authorities ON orgs.sourcedId = authorities.sourcedId
WHERE organization_kind(orgs.type) IS NOT NULL
