CREATE TABLE event (
    sequence BIGINT PRIMARY KEY NOT NULL,
    id BLOB NOT NULL UNIQUE,
    at BIGINT NOT NULL,
    person BLOB,
    person_sequence BIGINT,
    salt BLOB NOT NULL,
    body TEXT NOT NULL,
    leaf BLOB NOT NULL,
    chain BLOB NOT NULL
);
CREATE UNIQUE INDEX event_of_person ON event (person, person_sequence);

-- One row: where the log ends. It is taken first by every writer, so writers stand in line.
CREATE TABLE head (
    id SMALLINT PRIMARY KEY NOT NULL CHECK (id = 1),
    sequence BIGINT NOT NULL,
    chain BLOB NOT NULL
);
INSERT INTO head (id, sequence, chain) VALUES (1, 0, zeroblob(32));

CREATE TRIGGER event_is_never_changed BEFORE UPDATE ON event
BEGIN
    SELECT RAISE(ABORT, 'the audit log is append-only');
END;
CREATE TRIGGER event_is_never_deleted BEFORE DELETE ON event
BEGIN
    SELECT RAISE(ABORT, 'the audit log is append-only');
END;
CREATE TRIGGER head_only_grows BEFORE UPDATE ON head WHEN NEW.sequence < OLD.sequence
BEGIN
    SELECT RAISE(ABORT, 'the audit log is append-only');
END;
CREATE TRIGGER head_is_never_deleted BEFORE DELETE ON head
BEGIN
    SELECT RAISE(ABORT, 'the audit log is append-only');
END;
