-- People. The key of every table of record content begins with the person.
CREATE TABLE person (
    person_id BLOB NOT NULL PRIMARY KEY,
    created_at BIGINT NOT NULL,
    -- Where the person can be found is protected, says at least one source.
    restricted BOOLEAN NOT NULL DEFAULT FALSE,
    -- The person whom this one turned out to be; its rows are there now.
    merged_into BLOB,
    -- Goes up with every delivery about the person; taking it is the writer's lock.
    revision BIGINT NOT NULL DEFAULT 0
) WITHOUT ROWID;

-- What people are linked by: NHS number, and each source's own key.
CREATE TABLE person_key (
    system TEXT NOT NULL,
    value TEXT NOT NULL,
    person_id BLOB NOT NULL,
    PRIMARY KEY (system, value)
) WITHOUT ROWID;
CREATE INDEX person_key_by_person ON person_key (person_id);

-- Identifiers as the sources wrote them, by resource.
CREATE TABLE person_identifier (
    person_id BLOB NOT NULL,
    resource_type TEXT NOT NULL,
    resource_id TEXT NOT NULL,
    position INTEGER NOT NULL,
    system TEXT NOT NULL,
    value TEXT NOT NULL,
    source TEXT NOT NULL,
    PRIMARY KEY (person_id, resource_type, resource_id, position)
) WITHOUT ROWID;

CREATE TABLE demographics (
    person_id BLOB NOT NULL,
    source TEXT NOT NULL,
    resource_id TEXT NOT NULL,
    source_ref TEXT NOT NULL,
    received_at BIGINT NOT NULL,
    nhs_number TEXT,
    family_folded TEXT NOT NULL,
    given_folded TEXT NOT NULL,
    birth_at BIGINT,
    birth_precision SMALLINT,
    restricted BOOLEAN NOT NULL,
    detail TEXT NOT NULL,
    PRIMARY KEY (person_id, source, resource_id)
) WITHOUT ROWID;
CREATE INDEX demographics_by_name ON demographics (family_folded, birth_at);

CREATE TABLE source (
    organisation TEXT NOT NULL PRIMARY KEY,
    name TEXT NOT NULL,
    short_name TEXT NOT NULL,
    kind TEXT NOT NULL,
    telephone TEXT,
    headings TEXT NOT NULL,
    connection TEXT NOT NULL,
    connection_at BIGINT,
    cadence_seconds BIGINT NOT NULL,
    last_heard_at BIGINT,
    complete_to BIGINT
) WITHOUT ROWID;

-- The current version of each resource, as text. Resources about nobody stand under the person
-- whose key is all zeros.
CREATE TABLE resource (
    person_id BLOB NOT NULL,
    resource_type TEXT NOT NULL,
    resource_id TEXT NOT NULL,
    version BIGINT NOT NULL,
    source TEXT NOT NULL,
    source_ref TEXT NOT NULL,
    sha256 BLOB NOT NULL,
    received_at BIGINT NOT NULL,
    deleted BOOLEAN NOT NULL,
    headings INTEGER NOT NULL,
    labels INTEGER NOT NULL,
    body TEXT NOT NULL,
    rewrites TEXT,
    PRIMARY KEY (person_id, resource_type, resource_id)
);

-- Older versions. Never changed, but for the person they belong to when two become one.
CREATE TABLE resource_history (
    person_id BLOB NOT NULL,
    resource_type TEXT NOT NULL,
    resource_id TEXT NOT NULL,
    version BIGINT NOT NULL,
    source TEXT NOT NULL,
    source_ref TEXT NOT NULL,
    sha256 BLOB NOT NULL,
    received_at BIGINT NOT NULL,
    deleted BOOLEAN NOT NULL,
    headings INTEGER NOT NULL,
    labels INTEGER NOT NULL,
    body TEXT NOT NULL,
    rewrites TEXT,
    PRIMARY KEY (person_id, resource_type, resource_id, version)
);
CREATE TRIGGER resource_history_stays
BEFORE UPDATE OF resource_type, resource_id, version, source, source_ref, sha256, received_at,
    deleted, headings, labels, body, rewrites ON resource_history
BEGIN
    SELECT RAISE(ABORT, 'history is not changed');
END;
CREATE TRIGGER resource_history_is_kept BEFORE DELETE ON resource_history
BEGIN
    SELECT RAISE(ABORT, 'history is not deleted');
END;

-- Tarn's id of a resource, and whose it is. A row may be there before the resource: a reference
-- named it; then it has no person yet.
CREATE TABLE resource_key (
    resource_type TEXT NOT NULL,
    resource_id TEXT NOT NULL,
    source TEXT NOT NULL,
    source_ref TEXT NOT NULL,
    person_id BLOB,
    PRIMARY KEY (resource_type, resource_id)
) WITHOUT ROWID;

-- What a source calls it.
CREATE TABLE source_key (
    source TEXT NOT NULL,
    resource_type TEXT NOT NULL,
    source_ref TEXT NOT NULL,
    resource_id TEXT NOT NULL,
    PRIMARY KEY (source, resource_type, source_ref)
) WITHOUT ROWID;

-- For references by identifier.
CREATE TABLE identifier_key (
    source TEXT NOT NULL,
    resource_type TEXT NOT NULL,
    value TEXT NOT NULL,
    system TEXT NOT NULL,
    resource_id TEXT NOT NULL,
    PRIMARY KEY (source, resource_type, value, system, resource_id)
) WITHOUT ROWID;

-- The lines that pages draw, written with the resource.
CREATE TABLE view_row (
    person_id BLOB NOT NULL,
    resource_type TEXT NOT NULL,
    resource_id TEXT NOT NULL,
    line_no INTEGER NOT NULL,
    source TEXT NOT NULL,
    heading SMALLINT NOT NULL,
    clinical_at BIGINT,
    clinical_precision SMALLINT,
    until_at BIGINT,
    until_precision SMALLINT,
    recorded_at BIGINT,
    recorded_precision SMALLINT,
    received_at BIGINT NOT NULL,
    code_system TEXT,
    code TEXT,
    display TEXT NOT NULL,
    status TEXT NOT NULL,
    polarity SMALLINT NOT NULL,
    value TEXT,
    unit TEXT,
    labels INTEGER NOT NULL,
    detail TEXT NOT NULL,
    PRIMARY KEY (person_id, resource_type, resource_id, line_no)
) WITHOUT ROWID;

CREATE TABLE relationship (
    person_id BLOB NOT NULL,
    organisation TEXT NOT NULL,
    resource_type TEXT NOT NULL,
    resource_id TEXT NOT NULL,
    position INTEGER NOT NULL,
    evidence TEXT NOT NULL,
    from_at BIGINT,
    until_at BIGINT,
    PRIMARY KEY (person_id, organisation, resource_type, resource_id, position)
) WITHOUT ROWID;
CREATE INDEX relationship_by_organisation ON relationship (organisation, person_id);

-- Messages that were taken: the same one again changes nothing.
CREATE TABLE inbound (
    source TEXT NOT NULL,
    message_id TEXT NOT NULL,
    sha256 BLOB NOT NULL,
    received_at BIGINT NOT NULL,
    created INTEGER NOT NULL,
    updated INTEGER NOT NULL,
    unchanged INTEGER NOT NULL,
    deleted INTEGER NOT NULL,
    PRIMARY KEY (source, message_id)
) WITHOUT ROWID;
