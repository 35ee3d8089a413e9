-- What each current resource answers to in a search, beside what decides on whether it may be
-- found at all. Written with the resource; made anew from its body whenever that is needed.
CREATE TABLE search_row (
    person_id BYTEA NOT NULL,
    resource_type TEXT COLLATE "C" NOT NULL,
    resource_id TEXT COLLATE "C" NOT NULL,
    source TEXT COLLATE "C" NOT NULL,
    headings INTEGER NOT NULL,
    labels INTEGER NOT NULL,
    received_at BIGINT NOT NULL,
    answers BYTEA NOT NULL,
    PRIMARY KEY (person_id, resource_type, resource_id)
);

-- People by any identifier that a source gave them.
CREATE INDEX person_identifier_by_value ON person_identifier (value, system)
WHERE resource_type = 'Patient';

-- People by the day on which they were born.
CREATE INDEX demographics_by_birth ON demographics (birth_at);

-- A condition that found nothing, while the delivery that asks is being taken: the key decides
-- which of several goes first. No row outlives its transaction.
CREATE TABLE identity_claim (
    source TEXT COLLATE "C" NOT NULL,
    resource_type TEXT COLLATE "C" NOT NULL,
    value TEXT COLLATE "C" NOT NULL,
    PRIMARY KEY (source, resource_type, value)
);

-- By which reading of FHIR the rows beside the resources were written, and how far the walk is
-- that brings them up to date: up to which person, none while it has not begun. One row.
CREATE TABLE reading (
    id INTEGER NOT NULL PRIMARY KEY,
    form INTEGER NOT NULL,
    walked_to BYTEA
);
INSERT INTO reading (id, form, walked_to) VALUES (1, 0, NULL);

-- Where a source's own name is Tarn's id as well, resource_key says so already.
DELETE FROM source_key WHERE source_ref = resource_id;
