-- Policies that change. A rating is kept by person and policy, so that the policy in force is one row for everybody, and
-- what was rated before stays. One text for both databases.

-- The newest rating of each person under each policy: what it follows from. The rating itself is worked out from that.
CREATE TABLE rating (
    respondent TEXT   NOT NULL REFERENCES respondent (id),
    policy     TEXT   NOT NULL,
    rate_time  BIGINT NOT NULL,                          -- microseconds UTC
    response   TEXT   NOT NULL,                          -- the response that was rated
    skills     BYTEA  NOT NULL CHECK (length(skills) IN (0, 34)), -- its skill answers, as in respondent
    audit      TEXT   NOT NULL,                          -- the audit qualification that the policy found; empty for none
    PRIMARY KEY (respondent, policy)
);

-- Which policy is in force, and by which one everybody is being rated beside it.
CREATE TABLE scoring (
    singleton BIGINT NOT NULL PRIMARY KEY CHECK (singleton = 1),
    policy    TEXT   NOT NULL,
    next      TEXT   NOT NULL                            -- empty when none is on its way
);

-- Policies that were added, and those of the program that were ever in force: as they were then, for good.
CREATE TABLE policy (
    id          TEXT   NOT NULL PRIMARY KEY,
    definition  TEXT   NOT NULL,                         -- JSON
    actor       TEXT   NOT NULL,
    create_time BIGINT NOT NULL
);

CREATE TABLE activation (
    id            TEXT   NOT NULL PRIMARY KEY,           -- also that of the key under which reasons are sealed
    number        BIGINT NOT NULL UNIQUE,                -- counted up: the order of lists
    policy        TEXT   NOT NULL,
    previous      TEXT   NOT NULL,                       -- in force when this was done; empty before
    state         BIGINT NOT NULL,                       -- activelist.survey.v1.ActivationState
    day           BIGINT NOT NULL,                       -- in Japan, days since 1970-01-01
    reached       TEXT   NOT NULL,                       -- everybody up to this person is rated by it
    rated         BIGINT NOT NULL,                       -- how many were when it was over
    actor         TEXT   NOT NULL,
    reason        BYTEA  NOT NULL,                       -- sealed
    end_actor     TEXT   NOT NULL,                       -- who cancelled it
    end_reason    BYTEA  NOT NULL,                       -- why, sealed
    create_time   BIGINT NOT NULL,
    begin_time    BIGINT NOT NULL,                       -- 0 before
    end_time      BIGINT NOT NULL,                       -- 0 before
    end_position  BIGINT NOT NULL                        -- of PolicyActivated; 0 before
);


-- What else of the counting response a preview or another policy asks for.
ALTER TABLE respondent ADD COLUMN prefecture TEXT NOT NULL DEFAULT '';           -- of residence; empty when not said
ALTER TABLE respondent ADD COLUMN qualifications TEXT NOT NULL DEFAULT '';       -- codes, with spaces between
ALTER TABLE respondent ADD COLUMN qualifications_other BIGINT NOT NULL DEFAULT 0; -- 1: others in words, in the sealed part

-- The columns policy and rating are emptied when a start carries their rows over (rpc/carry.rs); new rows leave them empty.
DROP INDEX respondent_policy;
CREATE INDEX respondent_to_carry ON respondent (id) WHERE policy <> '';
