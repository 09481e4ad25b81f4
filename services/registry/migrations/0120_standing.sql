-- What the question "how did somebody stand on a day?" is answered from, and what the register does by itself.

-- Every check of a registration, in the order in which they were recorded. Nothing here says who somebody is.
CREATE TABLE registration_check (
    expert_id   TEXT   NOT NULL REFERENCES expert (id),
    seq         BIGINT NOT NULL CHECK (seq > 0),
    source      TEXT   NOT NULL,
    verified_by TEXT   NOT NULL,
    -- When it was true.
    verify_time BIGINT NOT NULL,
    -- Absent when not stated.
    valid_until BIGINT,
    record_time BIGINT NOT NULL,
    PRIMARY KEY (expert_id, seq)
);

-- Since when a step holds: as it was told. Steps from before this was kept hold from when they were recorded.
ALTER TABLE state_change ADD COLUMN as_of BIGINT;

-- How far something that is done once a day has got.
CREATE TABLE daily (
    name  TEXT   NOT NULL PRIMARY KEY,
    -- The day in Japan, counted from 1970-01-01.
    day   BIGINT NOT NULL,
    -- The place in the order of entry up to which it is done.
    place BIGINT NOT NULL,
    -- 1 when the day's is done.
    done  BIGINT NOT NULL CHECK (done IN (0, 1))
);
INSERT INTO daily (name, day, place, done) VALUES ('review', 0, 0, 1);
