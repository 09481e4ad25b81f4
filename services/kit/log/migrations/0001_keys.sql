-- Per-person keys, kept apart from every log and its backups. A destroyed key leaves its id behind, so that it is
-- never made anew.
CREATE TABLE person_key (
    id        TEXT   NOT NULL PRIMARY KEY,
    secret    BYTEA  NOT NULL,
    destroyed BIGINT NOT NULL CHECK (destroyed IN (0, 1))
);
