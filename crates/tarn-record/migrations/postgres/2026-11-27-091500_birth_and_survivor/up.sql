-- The date of birth that came with a key: what the Patient of a source's own key last said. Kept
-- here and not only in the demographics, so that a Patient without the date, taken back, or
-- contained in another resource does not make people easier to link.
ALTER TABLE person_key ADD COLUMN birth_at BIGINT;
ALTER TABLE person_key ADD COLUMN birth_precision SMALLINT;
UPDATE person_key SET
    birth_at = (
        SELECT said.birth_at FROM demographics AS said
        WHERE said.person_id = person_key.person_id
            AND 'urn:tarn:source:' || said.source = person_key.system
            AND 'Patient/' || said.source_ref = person_key.value
        ORDER BY said.resource_id LIMIT 1
    ),
    birth_precision = (
        SELECT said.birth_precision FROM demographics AS said
        WHERE said.person_id = person_key.person_id
            AND 'urn:tarn:source:' || said.source = person_key.system
            AND 'Patient/' || said.source_ref = person_key.value
        ORDER BY said.resource_id LIMIT 1
    );

-- Whoever a person turned out to be is named at once, never by way of a third: all ids of one
-- person are one range.
WITH RECURSIVE chain (person_id, survivor) AS (
    SELECT person_id, merged_into FROM person WHERE merged_into IS NOT NULL
    UNION ALL
    SELECT chain.person_id, next.merged_into
    FROM chain JOIN person AS next ON next.person_id = chain.survivor
    WHERE next.merged_into IS NOT NULL
)
UPDATE person SET merged_into = COALESCE(
    (
        SELECT chain.survivor
        FROM chain JOIN person AS last ON last.person_id = chain.survivor
        WHERE chain.person_id = person.person_id AND last.merged_into IS NULL
    ),
    merged_into
)
WHERE merged_into IS NOT NULL;
CREATE INDEX person_by_survivor ON person (merged_into) WHERE merged_into IS NOT NULL;
