-- People. The key of every table of record content begins with the person.
CREATE TABLE person (
    person_id BYTEA NOT NULL PRIMARY KEY,
    created_at BIGINT NOT NULL,
    -- Where the person can be found is protected, says at least one source.
    restricted BOOLEAN NOT NULL DEFAULT FALSE,
    -- The person whom this one turned out to be; its rows are there now.
    merged_into BYTEA,
    -- Goes up with every delivery about the person; taking it is the writer's lock.
    revision BIGINT NOT NULL DEFAULT 0
);

-- What people are linked by: NHS number, and each source's own key.
CREATE TABLE person_key (
    system TEXT COLLATE "C" NOT NULL,
    value TEXT COLLATE "C" NOT NULL,
    person_id BYTEA NOT NULL,
    PRIMARY KEY (system, value)
);
CREATE INDEX person_key_by_person ON person_key (person_id);

-- Identifiers as the sources wrote them, by resource.
CREATE TABLE person_identifier (
    person_id BYTEA NOT NULL,
    resource_type TEXT COLLATE "C" NOT NULL,
    resource_id TEXT COLLATE "C" NOT NULL,
    position INTEGER NOT NULL,
    system TEXT COLLATE "C" NOT NULL,
    value TEXT COLLATE "C" NOT NULL,
    source TEXT COLLATE "C" NOT NULL,
    PRIMARY KEY (person_id, resource_type, resource_id, position)
);

CREATE TABLE demographics (
    person_id BYTEA NOT NULL,
    source TEXT COLLATE "C" NOT NULL,
    resource_id TEXT COLLATE "C" NOT NULL,
    source_ref TEXT COLLATE "C" NOT NULL,
    received_at BIGINT NOT NULL,
    nhs_number TEXT COLLATE "C",
    family_folded TEXT COLLATE "C" NOT NULL,
    given_folded TEXT COLLATE "C" NOT NULL,
    birth_at BIGINT,
    birth_precision SMALLINT,
    restricted BOOLEAN NOT NULL,
    detail TEXT COLLATE "C" NOT NULL,
    PRIMARY KEY (person_id, source, resource_id)
);
CREATE INDEX demographics_by_name ON demographics (family_folded, birth_at);

CREATE TABLE source (
    organisation TEXT COLLATE "C" NOT NULL PRIMARY KEY,
    name TEXT COLLATE "C" NOT NULL,
    short_name TEXT COLLATE "C" NOT NULL,
    kind TEXT COLLATE "C" NOT NULL,
    telephone TEXT COLLATE "C",
    headings TEXT COLLATE "C" NOT NULL,
    connection TEXT COLLATE "C" NOT NULL,
    connection_at BIGINT,
    cadence_seconds BIGINT NOT NULL,
    last_heard_at BIGINT,
    complete_to BIGINT
);

-- The current version of each resource, as text. Resources about nobody stand under the person
-- whose key is all zeros.
CREATE TABLE resource (
    person_id BYTEA NOT NULL,
    resource_type TEXT COLLATE "C" NOT NULL,
    resource_id TEXT COLLATE "C" NOT NULL,
    version BIGINT NOT NULL,
    source TEXT COLLATE "C" NOT NULL,
    source_ref TEXT COLLATE "C" NOT NULL,
    sha256 BYTEA NOT NULL,
    received_at BIGINT NOT NULL,
    deleted BOOLEAN NOT NULL,
    headings INTEGER NOT NULL,
    labels INTEGER NOT NULL,
    body TEXT COLLATE "C" NOT NULL,
    rewrites TEXT COLLATE "C",
    PRIMARY KEY (person_id, resource_type, resource_id)
);

-- Older versions. Never changed, but for the person they belong to when two become one.
CREATE TABLE resource_history (
    person_id BYTEA NOT NULL,
    resource_type TEXT COLLATE "C" NOT NULL,
    resource_id TEXT COLLATE "C" NOT NULL,
    version BIGINT NOT NULL,
    source TEXT COLLATE "C" NOT NULL,
    source_ref TEXT COLLATE "C" NOT NULL,
    sha256 BYTEA NOT NULL,
    received_at BIGINT NOT NULL,
    deleted BOOLEAN NOT NULL,
    headings INTEGER NOT NULL,
    labels INTEGER NOT NULL,
    body TEXT COLLATE "C" NOT NULL,
    rewrites TEXT COLLATE "C",
    PRIMARY KEY (person_id, resource_type, resource_id, version)
);
CREATE FUNCTION resource_history_refuses() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'history is not changed';
END;
$$;
CREATE TRIGGER resource_history_stays
BEFORE UPDATE OF resource_type, resource_id, version, source, source_ref, sha256, received_at,
    deleted, headings, labels, body, rewrites ON resource_history
FOR EACH ROW EXECUTE FUNCTION resource_history_refuses();
CREATE TRIGGER resource_history_is_kept BEFORE DELETE OR TRUNCATE ON resource_history
FOR EACH STATEMENT EXECUTE FUNCTION resource_history_refuses();

-- Tarn's id of a resource, and whose it is. A row may be there before the resource: a reference
-- named it; then it has no person yet.
CREATE TABLE resource_key (
    resource_type TEXT COLLATE "C" NOT NULL,
    resource_id TEXT COLLATE "C" NOT NULL,
    source TEXT COLLATE "C" NOT NULL,
    source_ref TEXT COLLATE "C" NOT NULL,
    person_id BYTEA,
    PRIMARY KEY (resource_type, resource_id)
);

-- What a source calls it.
CREATE TABLE source_key (
    source TEXT COLLATE "C" NOT NULL,
    resource_type TEXT COLLATE "C" NOT NULL,
    source_ref TEXT COLLATE "C" NOT NULL,
    resource_id TEXT COLLATE "C" NOT NULL,
    PRIMARY KEY (source, resource_type, source_ref)
);

-- For references by identifier.
CREATE TABLE identifier_key (
    source TEXT COLLATE "C" NOT NULL,
    resource_type TEXT COLLATE "C" NOT NULL,
    value TEXT COLLATE "C" NOT NULL,
    system TEXT COLLATE "C" NOT NULL,
    resource_id TEXT COLLATE "C" NOT NULL,
    PRIMARY KEY (source, resource_type, value, system, resource_id)
);

-- The lines that pages draw, written with the resource.
CREATE TABLE view_row (
    person_id BYTEA NOT NULL,
    resource_type TEXT COLLATE "C" NOT NULL,
    resource_id TEXT COLLATE "C" NOT NULL,
    line_no INTEGER NOT NULL,
    source TEXT COLLATE "C" NOT NULL,
    heading SMALLINT NOT NULL,
    clinical_at BIGINT,
    clinical_precision SMALLINT,
    until_at BIGINT,
    until_precision SMALLINT,
    recorded_at BIGINT,
    recorded_precision SMALLINT,
    received_at BIGINT NOT NULL,
    code_system TEXT COLLATE "C",
    code TEXT COLLATE "C",
    display TEXT COLLATE "C" NOT NULL,
    status TEXT COLLATE "C" NOT NULL,
    polarity SMALLINT NOT NULL,
    value TEXT COLLATE "C",
    unit TEXT COLLATE "C",
    labels INTEGER NOT NULL,
    detail TEXT COLLATE "C" NOT NULL,
    PRIMARY KEY (person_id, resource_type, resource_id, line_no)
);

CREATE TABLE relationship (
    person_id BYTEA NOT NULL,
    organisation TEXT COLLATE "C" NOT NULL,
    resource_type TEXT COLLATE "C" NOT NULL,
    resource_id TEXT COLLATE "C" NOT NULL,
    position INTEGER NOT NULL,
    evidence TEXT COLLATE "C" NOT NULL,
    from_at BIGINT,
    until_at BIGINT,
    PRIMARY KEY (person_id, organisation, resource_type, resource_id, position)
);
CREATE INDEX relationship_by_organisation ON relationship (organisation, person_id);

-- Messages that were taken: the same one again changes nothing.
CREATE TABLE inbound (
    source TEXT COLLATE "C" NOT NULL,
    message_id TEXT COLLATE "C" NOT NULL,
    sha256 BYTEA NOT NULL,
    received_at BIGINT NOT NULL,
    created INTEGER NOT NULL,
    updated INTEGER NOT NULL,
    unchanged INTEGER NOT NULL,
    deleted INTEGER NOT NULL,
    PRIMARY KEY (source, message_id)
);
