CREATE TABLE directive (
    person BYTEA NOT NULL,
    sequence BIGINT NOT NULL,
    id BYTEA NOT NULL UNIQUE,
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

CREATE FUNCTION refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'the choice register is append-only';
END;
$$;
CREATE TRIGGER directive_is_never_changed BEFORE UPDATE OR DELETE ON directive
    FOR EACH ROW EXECUTE FUNCTION refuse_change();
CREATE TRIGGER directive_is_never_truncated BEFORE TRUNCATE ON directive
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
