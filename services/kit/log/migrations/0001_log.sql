-- The log of one service, its head, the answers to requests, and how far it has read others.
-- One text for both databases: BYTEA and BIGINT are names that SQLite reads as "keep what is given".

CREATE TABLE log_head (
    singleton   BIGINT NOT NULL PRIMARY KEY CHECK (singleton = 1),
    epoch       TEXT   NOT NULL,
    position    BIGINT NOT NULL CHECK (position >= 0),
    last_commit TEXT   NOT NULL
);

CREATE TABLE log_event (
    position       BIGINT NOT NULL PRIMARY KEY CHECK (position > 0),
    id             TEXT   NOT NULL UNIQUE,
    aggregate_type TEXT   NOT NULL,
    aggregate_id   TEXT   NOT NULL,
    version        BIGINT NOT NULL CHECK (version > 0),
    type           TEXT   NOT NULL,
    schema_version BIGINT NOT NULL CHECK (schema_version > 0),
    time           BIGINT NOT NULL,
    actor          TEXT   NOT NULL,
    causation      TEXT   NOT NULL,
    traceparent    TEXT   NOT NULL,
    key_id         TEXT   NOT NULL,
    clear          BYTEA  NOT NULL,
    personal       BYTEA  NOT NULL
);

-- The newest event of each aggregate up to a position (compacted reading), and an aggregate's next version.
CREATE UNIQUE INDEX log_event_aggregate ON log_event (aggregate_id, aggregate_type, position);

CREATE TABLE log_request (
    id          TEXT   NOT NULL PRIMARY KEY,
    fingerprint BYTEA  NOT NULL,
    answer      BYTEA  NOT NULL,
    position    BIGINT NOT NULL,
    time        BIGINT NOT NULL
);

CREATE TABLE log_cursor (
    producer TEXT   NOT NULL PRIMARY KEY,
    epoch    TEXT   NOT NULL,
    position BIGINT NOT NULL CHECK (position >= 0)
);

-- Never the payload: it stays in the producer's log.
CREATE TABLE log_parked (
    producer       TEXT   NOT NULL,
    position       BIGINT NOT NULL,
    epoch          TEXT   NOT NULL,
    aggregate      TEXT   NOT NULL,
    type           TEXT   NOT NULL,
    error          TEXT   NOT NULL,
    tries          BIGINT NOT NULL,
    PRIMARY KEY (producer, position)
);

CREATE INDEX log_parked_aggregate ON log_parked (producer, aggregate);

-- Up to where the relay knows the carrier to hold the log.
CREATE TABLE log_relay (
    singleton BIGINT NOT NULL PRIMARY KEY CHECK (singleton = 1),
    epoch     TEXT   NOT NULL,
    position  BIGINT NOT NULL
);
