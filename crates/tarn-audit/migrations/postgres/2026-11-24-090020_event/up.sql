CREATE TABLE event (
    sequence BIGINT PRIMARY KEY,
    id BYTEA NOT NULL UNIQUE,
    at BIGINT NOT NULL,
    person BYTEA,
    person_sequence BIGINT,
    salt BYTEA NOT NULL,
    body TEXT NOT NULL,
    leaf BYTEA NOT NULL,
    chain BYTEA NOT NULL
);
CREATE UNIQUE INDEX event_of_person ON event (person, person_sequence);

-- One row: where the log ends. It is taken first by every writer, so writers stand in line.
CREATE TABLE head (
    id SMALLINT PRIMARY KEY CHECK (id = 1),
    sequence BIGINT NOT NULL,
    chain BYTEA NOT NULL
);
INSERT INTO head (id, sequence, chain) VALUES (1, 0, decode(repeat('00', 32), 'hex'));

CREATE FUNCTION refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'the audit log is append-only';
END;
$$;
CREATE TRIGGER event_is_never_changed BEFORE UPDATE OR DELETE ON event
    FOR EACH ROW EXECUTE FUNCTION refuse_change();
CREATE TRIGGER event_is_never_truncated BEFORE TRUNCATE ON event
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
CREATE TRIGGER head_only_grows BEFORE UPDATE ON head
    FOR EACH ROW WHEN (NEW.sequence < OLD.sequence) EXECUTE FUNCTION refuse_change();
CREATE TRIGGER head_is_never_deleted BEFORE DELETE ON head
    FOR EACH ROW EXECUTE FUNCTION refuse_change();
CREATE TRIGGER head_is_never_truncated BEFORE TRUNCATE ON head
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
