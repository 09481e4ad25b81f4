-- Companies, and every change of one. One text for both databases.
-- What says who a company is stands only in `details` and `words`, sealed under the company's key: destroying it erases them.
-- The hashes let a number and a name be found without storing them; both can be tried out, so an erasure clears them too.

CREATE TABLE company (
    id          TEXT   NOT NULL PRIMARY KEY,
    -- The log's position at which the company was entered: the order of lists.
    entered     BIGINT NOT NULL UNIQUE CHECK (entered > 0),
    -- Empty without a number.
    number_hash TEXT   NOT NULL,
    -- Of the name as it is compared and the prefecture; empty when either is not known.
    name_hash   TEXT   NOT NULL,
    prefecture  TEXT   NOT NULL,
    industry    TEXT   NOT NULL,
    -- `bodies/<id>`; empty when none looks after it.
    body        TEXT   NOT NULL,
    -- The id of the company that this one is; empty when it is itself.
    merged_into TEXT   NOT NULL CHECK (merged_into <> id),
    erased      BIGINT NOT NULL CHECK (erased IN (0, 1)),
    facts       BYTEA  NOT NULL,
    details     BYTEA  NOT NULL,
    version     BIGINT NOT NULL CHECK (version > 0),
    create_time BIGINT NOT NULL,
    update_time BIGINT NOT NULL,
    CHECK (erased = 0 OR (number_hash = '' AND name_hash = ''))
);

CREATE INDEX company_number ON company (number_hash);
CREATE INDEX company_name ON company (name_hash);
CREATE INDEX company_body ON company (body, entered);
CREATE INDEX company_merged ON company (merged_into);

-- Pairs that somebody decided are different companies; the one entered first first.
CREATE TABLE company_apart (
    first TEXT   NOT NULL REFERENCES company (id),
    later TEXT   NOT NULL REFERENCES company (id),
    time  BIGINT NOT NULL,
    actor TEXT   NOT NULL,
    PRIMARY KEY (first, later)
);

CREATE TABLE company_step (
    company_id TEXT   NOT NULL REFERENCES company (id),
    seq        BIGINT NOT NULL CHECK (seq > 0),
    time       BIGINT NOT NULL,
    actor      TEXT   NOT NULL,
    cause      TEXT   NOT NULL CHECK (cause IN ('ENTERED', 'UPDATED', 'MERGED', 'KEPT_APART', 'ERASED')),
    -- Paths of fields, between spaces; of a decision, the other company.
    changed    TEXT   NOT NULL,
    words      BYTEA  NOT NULL,
    PRIMARY KEY (company_id, seq)
);
