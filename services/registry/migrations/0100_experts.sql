-- Experts, and every step from state to state. One text for both databases.
-- What says who somebody is stands only in `person` and `words`, sealed under the person's key: destroying it erases them.
-- `number_hash` lets a number be found without storing it; six digits can be tried out, so an erasure has to clear it too.

CREATE TABLE expert (
    id            TEXT   NOT NULL PRIMARY KEY,
    -- The log's position at which the expert was entered: the order of lists.
    entered       BIGINT NOT NULL UNIQUE CHECK (entered > 0),
    number_hash   TEXT   NOT NULL UNIQUE,
    respondent_id TEXT   UNIQUE CHECK (respondent_id <> ''),
    state         TEXT   NOT NULL CHECK (state IN ('draft', 'listed', 'paused', 'delisted', 'erased')),
    detail        TEXT   NOT NULL CHECK (
        (state = 'paused' AND detail IN ('requested', 'overdue', 'lapsed', 'overdue lapsed'))
        OR (state = 'delisted' AND detail IN ('consent_withdrawn', 'struck_off'))
        OR (state IN ('draft', 'listed', 'erased') AND detail = '')),
    -- Reasons, each between spaces: ' NO_CONSENT PAUSED '. Empty if and only if listed.
    obstacles     TEXT   NOT NULL,
    facts         BYTEA  NOT NULL,
    person        BYTEA  NOT NULL,
    version       BIGINT NOT NULL CHECK (version > 0),
    create_time   BIGINT NOT NULL,
    update_time   BIGINT NOT NULL,
    CHECK ((state = 'listed') = (obstacles = ''))
);

CREATE INDEX expert_state ON expert (state, entered);

CREATE TABLE state_change (
    expert_id  TEXT   NOT NULL REFERENCES expert (id),
    seq        BIGINT NOT NULL CHECK (seq > 0),
    from_state TEXT   NOT NULL,
    to_state   TEXT   NOT NULL,
    time       BIGINT NOT NULL,
    actor      TEXT   NOT NULL,
    cause      TEXT   NOT NULL,
    words      BYTEA  NOT NULL,
    PRIMARY KEY (expert_id, seq)
);
