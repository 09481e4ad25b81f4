-- Consultations, guidance cases, their visits and steps, claims. One text for both databases.
-- What is confidential stands only in `texts` and `words`, sealed under the company's key: destroying it erases them.

CREATE TABLE consultation (
    id      TEXT   NOT NULL PRIMARY KEY,
    state   TEXT   NOT NULL CHECK (state IN ('declared', 'absent', 'going_on', 'not_converted', 'converted')),
    facts   BYTEA  NOT NULL,
    texts   BYTEA  NOT NULL,
    version BIGINT NOT NULL CHECK (version > 0)
);

CREATE TABLE guidance_case (
    id            TEXT   NOT NULL PRIMARY KEY,
    -- The log's position at which the case was entered: the order of lists.
    entered       BIGINT NOT NULL UNIQUE CHECK (entered > 0),
    state         TEXT   NOT NULL
        CHECK (state IN ('accepted', 'scheduled', 'visiting', 'completed', 'ended_early', 'withdrawn')),
    programme     TEXT   NOT NULL,
    region        TEXT   NOT NULL,
    theme         TEXT   NOT NULL,
    expert        TEXT   NOT NULL,
    company       TEXT   NOT NULL,
    body          TEXT   NOT NULL,
    counsellor    TEXT   NOT NULL,
    -- When what has to be done next is late, in microseconds; the largest number when nothing has to be.
    due           BIGINT NOT NULL,
    -- '<programme>/<case of the file>' and a hash of the row; null for cases that were not imported.
    import_key    TEXT   UNIQUE,
    import_digest BYTEA,
    facts         BYTEA  NOT NULL,
    texts         BYTEA  NOT NULL,
    version       BIGINT NOT NULL CHECK (version > 0),
    CHECK ((import_key IS NULL) = (import_digest IS NULL))
);

CREATE INDEX guidance_case_due ON guidance_case (body, due, entered);
CREATE INDEX guidance_case_expert ON guidance_case (expert);

-- Visits that have times and were not cancelled: what an expert's time is held against.
CREATE TABLE visit (
    case_id    TEXT   NOT NULL REFERENCES guidance_case (id),
    number     BIGINT NOT NULL CHECK (number > 0),
    expert     TEXT   NOT NULL,
    held       BIGINT NOT NULL CHECK (held IN (0, 1)),
    start_time BIGINT NOT NULL,
    end_time   BIGINT NOT NULL CHECK (end_time > start_time),
    PRIMARY KEY (case_id, number)
);

CREATE INDEX visit_expert ON visit (expert, start_time);

CREATE TABLE step (
    -- 'cases/<id>' or 'consultations/<id>'.
    subject TEXT   NOT NULL,
    number  BIGINT NOT NULL CHECK (number > 0),
    facts   BYTEA  NOT NULL,
    words   BYTEA  NOT NULL,
    PRIMARY KEY (subject, number)
);

CREATE TABLE attendance (
    event  TEXT   NOT NULL,
    expert TEXT   NOT NULL,
    kind   BIGINT NOT NULL CHECK (kind IN (2, 3)),
    time   BIGINT NOT NULL,
    actor  TEXT   NOT NULL,
    PRIMARY KEY (event, expert, kind)
);

CREATE TABLE claim (
    id      TEXT  NOT NULL PRIMARY KEY,
    -- What may be claimed only once.
    subject TEXT  NOT NULL UNIQUE,
    facts   BYTEA NOT NULL
);

CREATE TABLE track_record (
    expert TEXT  NOT NULL PRIMARY KEY,
    facts  BYTEA NOT NULL
);
