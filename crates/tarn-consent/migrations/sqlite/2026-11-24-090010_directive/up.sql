CREATE TABLE directive (
    person BLOB NOT NULL,
    sequence BIGINT NOT NULL,
    id BLOB NOT NULL UNIQUE,
    kind TEXT NOT NULL,
    scope TEXT NOT NULL,
    decision TEXT NOT NULL,
    effective_from BIGINT NOT NULL,
    effective_until BIGINT,
    recorded_at BIGINT NOT NULL,
    recorded_by TEXT NOT NULL,
    recorded_by_role TEXT NOT NULL,
    channel TEXT NOT NULL,
    reference TEXT NOT NULL,
    consequences_read SMALLINT NOT NULL,
    in_error SMALLINT NOT NULL,
    PRIMARY KEY (person, sequence)
);

CREATE TRIGGER directive_is_never_changed BEFORE UPDATE ON directive
BEGIN
    SELECT RAISE(ABORT, 'the choice register is append-only');
END;
CREATE TRIGGER directive_is_never_deleted BEFORE DELETE ON directive
BEGIN
    SELECT RAISE(ABORT, 'the choice register is append-only');
END;
