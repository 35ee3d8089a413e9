CREATE TABLE login_attempt (
    digest BLOB PRIMARY KEY NOT NULL,
    realm TEXT NOT NULL,
    body TEXT NOT NULL,
    ends_at BIGINT NOT NULL
);
CREATE INDEX login_attempt_by_end ON login_attempt (ends_at);

CREATE TABLE session (
    digest BLOB PRIMARY KEY NOT NULL,
    realm TEXT NOT NULL,
    user_id TEXT NOT NULL,
    provider_sid TEXT,
    actor TEXT NOT NULL,
    own_nhs_number TEXT,
    csrf_token TEXT NOT NULL,
    id_token_hint TEXT,
    person BLOB,
    started_at BIGINT NOT NULL,
    used_at BIGINT NOT NULL,
    ends_at BIGINT NOT NULL
);
CREATE INDEX session_of_user ON session (realm, user_id);
CREATE INDEX session_by_end ON session (ends_at);
