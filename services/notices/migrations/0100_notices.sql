-- Notices, their deliveries, addresses. One text for both databases.
-- What tells of somebody stands only in `words` (under the key `key_id`) and `sealed`: destroying the key erases it.

CREATE TABLE notice (
    -- Follows from `cause` and `occasion`.
    id        TEXT   NOT NULL PRIMARY KEY,
    cause     TEXT   NOT NULL,
    occasion  BIGINT NOT NULL CHECK (occasion > 0),
    -- 1 until it was no longer wanted.
    active    BIGINT NOT NULL CHECK (active IN (0, 1)),
    -- 1 for news that stays.
    stays     BIGINT NOT NULL CHECK (stays IN (0, 1)),
    subject   TEXT   NOT NULL,
    recipient TEXT   NOT NULL,
    template  TEXT   NOT NULL,
    state     TEXT   NOT NULL
        CHECK (state IN ('scheduled', 'pending', 'handed_over', 'acknowledged', 'expired', 'withdrawn')),
    -- 1 when a delivery failed at its last try or was given up.
    failing   BIGINT NOT NULL CHECK (failing IN (0, 1)),
    -- 1 when the recipient got it.
    handed    BIGINT NOT NULL CHECK (handed IN (0, 1)),
    -- The log's position of the last change that a puller has to learn, and that at which it was raised; 0 while scheduled.
    sequence  BIGINT NOT NULL,
    entered   BIGINT NOT NULL,
    -- When time alone changes it next, in microseconds; the largest number when it never does.
    wake      BIGINT NOT NULL,
    -- When it is, or was, to be raised.
    begins    BIGINT NOT NULL,
    key_id    TEXT   NOT NULL,
    facts     BYTEA  NOT NULL,
    words     BYTEA  NOT NULL,
    UNIQUE (cause, occasion)
);

CREATE INDEX notice_subject ON notice (subject);
CREATE INDEX notice_wake ON notice (wake);
CREATE INDEX notice_sequence ON notice (sequence);
CREATE INDEX notice_recipient ON notice (recipient, sequence);
CREATE INDEX notice_entered ON notice (entered);

-- What is searched by of the deliveries in `notice.facts`.
CREATE TABLE delivery (
    notice   TEXT   NOT NULL REFERENCES notice (id),
    channel  BIGINT NOT NULL CHECK (channel > 0),
    state    BIGINT NOT NULL CHECK (state > 0),
    failing  BIGINT NOT NULL CHECK (failing IN (0, 1)),
    -- When it is tried next; the largest number when it is not.
    next_try BIGINT NOT NULL,
    entered  BIGINT NOT NULL,
    PRIMARY KEY (notice, channel)
);

CREATE INDEX delivery_next_try ON delivery (next_try);
CREATE INDEX delivery_entered ON delivery (entered, channel);

-- Experts' own addresses, each sealed under that expert's key.
CREATE TABLE address (
    recipient TEXT  NOT NULL PRIMARY KEY,
    sealed    BYTEA NOT NULL
);

-- Which body looked after a case when it was last told of.
CREATE TABLE followed (
    subject TEXT NOT NULL PRIMARY KEY,
    body    TEXT NOT NULL
);
