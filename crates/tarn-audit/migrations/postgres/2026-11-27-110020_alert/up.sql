-- One row for each event that the privacy officer is told of, written along with the event.
-- `look` is alike for events that belong together: see the README.
CREATE TABLE alert (
    sequence BIGINT PRIMARY KEY,
    event BYTEA NOT NULL UNIQUE,
    at BIGINT NOT NULL,
    kind TEXT NOT NULL,
    look BYTEA NOT NULL
);
CREATE INDEX alert_of_look ON alert (look, sequence);

-- A privacy officer has looked into a look, up to and with one alert of it. `event` is the place
-- in the log of the row that says who that was.
CREATE TABLE acknowledgement (
    alert BIGINT PRIMARY KEY,
    look BYTEA NOT NULL,
    event BIGINT NOT NULL,
    at BIGINT NOT NULL,
    note TEXT NOT NULL
);
CREATE INDEX acknowledgement_of_look ON acknowledgement (look, alert);

CREATE TRIGGER alert_is_never_changed BEFORE UPDATE OR DELETE ON alert
    FOR EACH ROW EXECUTE FUNCTION refuse_change();
CREATE TRIGGER alert_is_never_truncated BEFORE TRUNCATE ON alert
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
CREATE TRIGGER acknowledgement_is_never_changed BEFORE UPDATE OR DELETE ON acknowledgement
    FOR EACH ROW EXECUTE FUNCTION refuse_change();
CREATE TRIGGER acknowledgement_is_never_truncated BEFORE TRUNCATE ON acknowledgement
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
