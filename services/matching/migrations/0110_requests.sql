-- Requests for support. One text for both databases.
-- What is confidential stands only in `texts`, sealed under the company's key: destroying the key erases it.

CREATE TABLE request (
    id        TEXT   NOT NULL PRIMARY KEY,
    -- The log's position at which it was entered: the order of lists.
    entered   BIGINT NOT NULL UNIQUE CHECK (entered > 0),
    programme TEXT   NOT NULL,
    state     TEXT   NOT NULL
        CHECK (state IN ('open', 'proposed', 'seeking', 'matched', 'withdrawn', 'expired', 'merged')),
    -- 'companies/<id>', as it was named when the request was entered.
    company   TEXT   NOT NULL,
    -- 'bodies/<id>', or empty.
    body      TEXT   NOT NULL,
    -- When it ends by itself, in microseconds since 1970.
    expires   BIGINT NOT NULL,
    facts     BYTEA  NOT NULL,
    texts     BYTEA  NOT NULL,
    version   BIGINT NOT NULL CHECK (version > 0)
);

CREATE INDEX request_programme ON request (programme, state, entered);
CREATE INDEX request_company ON request (company, entered);
CREATE INDEX request_due ON request (expires) WHERE state IN ('open', 'proposed', 'seeking');

-- Pairs of requests that somebody decided are different; the lesser id first.
CREATE TABLE request_apart (
    one   TEXT NOT NULL REFERENCES request (id),
    other TEXT NOT NULL REFERENCES request (id),
    PRIMARY KEY (one, other)
);

-- What the register's log told of companies: which one it is, and whether it was erased. Both names are 'companies/<id>'.
CREATE TABLE company_pointer (
    company     TEXT   NOT NULL PRIMARY KEY,
    merged_into TEXT   NOT NULL,
    erased      BIGINT NOT NULL CHECK (erased IN (0, 1))
);
