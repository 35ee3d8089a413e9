-- As whom a source's key was filed, where somebody merged that person into another one; none where
-- it is the person that the key leads to. So a merge can be taken back.
ALTER TABLE person_key ADD COLUMN origin BLOB;

-- Who was merged into whom, when, on whose word, and until when. A merge that is taken back stays
-- here; the same two may be merged again, in another turn.
CREATE TABLE person_merge (
    gone BLOB NOT NULL,
    turn INTEGER NOT NULL,
    stays BLOB NOT NULL,
    at BIGINT NOT NULL,
    -- arrived: what was referred to came and said who it is. operator. link: a source's Patient
    -- names another of its own.
    cause TEXT NOT NULL,
    -- For a link: the key of the Patient that says so, and that of the other.
    said_by TEXT,
    said_of TEXT,
    undone_at BIGINT,
    undone_by_operator BOOLEAN NOT NULL DEFAULT FALSE,
    PRIMARY KEY (gone, turn)
) WITHOUT ROWID;
CREATE INDEX person_merge_by_survivor ON person_merge (stays) WHERE undone_at IS NULL;
CREATE INDEX person_merge_by_word ON person_merge (said_by) WHERE said_by IS NOT NULL;
INSERT INTO person_merge (gone, turn, stays, at, cause)
SELECT person_id, 1, merged_into, created_at, 'arrived' FROM person
WHERE merged_into IS NOT NULL;

-- Under whom a resource stood before the person was merged into another one, for the few that do
-- not say whom they are about.
CREATE TABLE filed (
    resource_type TEXT NOT NULL,
    resource_id TEXT NOT NULL,
    origin BLOB NOT NULL,
    PRIMARY KEY (resource_type, resource_id)
) WITHOUT ROWID;

-- What sources' Patients say of each other (Patient.link), by their keys: that one of the two goes.
CREATE TABLE patient_link (
    said_by TEXT NOT NULL,
    said_of TEXT NOT NULL,
    sayer_goes BOOLEAN NOT NULL,
    PRIMARY KEY (said_by, said_of)
) WITHOUT ROWID;
CREATE INDEX patient_link_by_other ON patient_link (said_of);
