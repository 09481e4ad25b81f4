-- Incidents and the duty roster. One text for both databases.

CREATE TABLE incident (
    -- 32 hexadecimal digits that cannot be guessed.
    id         TEXT   NOT NULL PRIMARY KEY,
    -- The log's position at which it was entered: the order of lists.
    entered    BIGINT NOT NULL UNIQUE CHECK (entered > 0),
    state      TEXT   NOT NULL CHECK (state IN ('offered', 'acknowledged', 'fallen_back', 'closed')),
    body       TEXT   NOT NULL,
    -- Whom an offer waits for, 'experts/<id>', or empty; and when it is looked at again.
    offered_to TEXT   NOT NULL,
    due        BIGINT NOT NULL,
    -- Whether it came from a caller without a role, and when: those of a minute are counted.
    anonymous  BIGINT NOT NULL CHECK (anonymous IN (0, 1)),
    created    BIGINT NOT NULL,
    -- The id of the key of its texts: the company's, or its own.
    key_id     TEXT   NOT NULL,
    facts      BYTEA  NOT NULL,
    texts      BYTEA  NOT NULL,
    version    BIGINT NOT NULL CHECK (version > 0)
);

CREATE INDEX incident_due ON incident (due) WHERE state = 'offered';
CREATE INDEX incident_offered ON incident (offered_to) WHERE state = 'offered';
CREATE INDEX incident_anonymous ON incident (created) WHERE anonymous = 1;

CREATE TABLE duty (
    id          TEXT   NOT NULL PRIMARY KEY,
    -- The log's position at which it was set: the order among equals.
    entered     BIGINT NOT NULL UNIQUE CHECK (entered > 0),
    expert      TEXT   NOT NULL,
    -- '/13/27/', or empty for all.
    prefectures TEXT   NOT NULL,
    starts      BIGINT NOT NULL,
    ends        BIGINT NOT NULL CHECK (ends > starts),
    turn        BIGINT NOT NULL CHECK (turn BETWEEN 1 AND 100),
    facts       BYTEA  NOT NULL
);

CREATE INDEX duty_ends ON duty (ends);
CREATE INDEX duty_expert ON duty (expert, ends);

-- What the register's log told last of an expert, 'experts/<id>'.
CREATE TABLE expert_standing (
    expert TEXT   NOT NULL PRIMARY KEY,
    listed BIGINT NOT NULL CHECK (listed IN (0, 1))
);
