-- Proposals, and what they are decided by. One text for both databases.

-- How many cases of a programme an expert takes; who has no row takes the programme's default.
CREATE TABLE capacity (
    programme TEXT   NOT NULL,
    expert    TEXT   NOT NULL,
    capacity  BIGINT NOT NULL CHECK (capacity BETWEEN 0 AND 1000),
    PRIMARY KEY (programme, expert)
);

-- Pairs that must not be matched.
CREATE TABLE bar (
    id      TEXT   NOT NULL PRIMARY KEY,
    entered BIGINT NOT NULL UNIQUE,
    expert  TEXT   NOT NULL,
    company TEXT   NOT NULL,
    kind    TEXT   NOT NULL,
    -- activelist.matching.v1.Bar
    facts   BYTEA  NOT NULL,
    UNIQUE (expert, company, kind)
);
CREATE INDEX bar_company ON bar (company);

CREATE TABLE proposal (
    id        TEXT   NOT NULL PRIMARY KEY,
    -- Order of entry.
    entered   BIGINT NOT NULL UNIQUE,
    request   TEXT   NOT NULL,
    programme TEXT   NOT NULL,
    expert    TEXT   NOT NULL,
    company   TEXT   NOT NULL,
    state     TEXT   NOT NULL,
    -- 1 while it stands against the expert's capacity: somebody is asked, or its case is not known yet.
    standing  BIGINT NOT NULL CHECK (standing IN (0, 1)),
    -- 1 when the request is not proposed to this expert again: declined, expired, or taken back by somebody.
    spent     BIGINT NOT NULL CHECK (spent IN (0, 1)),
    -- When it lapses, in microseconds; the largest number while its time does not run.
    expires   BIGINT NOT NULL,
    -- 1 once the search knows of the introduction.
    told      BIGINT NOT NULL CHECK (told IN (0, 1)),
    -- activelist.matching.v1.ProposalFacts
    facts     BYTEA  NOT NULL,
    -- The company's name, sealed.
    name      BYTEA  NOT NULL,
    version   BIGINT NOT NULL
);
CREATE INDEX proposal_request ON proposal (request, entered);
CREATE INDEX proposal_expert ON proposal (expert, entered);
CREATE INDEX proposal_expires ON proposal (expires);
CREATE INDEX proposal_told ON proposal (told, entered);
-- At most one proposal of a request is out.
CREATE UNIQUE INDEX proposal_out ON proposal (request) WHERE state IN ('awaiting_expert', 'awaiting_company');

-- Other members of teams: the proposal stands against their capacity, too.
CREATE TABLE proposal_member (
    proposal TEXT NOT NULL,
    expert   TEXT NOT NULL,
    PRIMARY KEY (proposal, expert)
);
CREATE INDEX proposal_member_expert ON proposal_member (expert);

-- Requests whose next proposal is looked for by itself, and when that is tried next, in microseconds.
CREATE TABLE seeking (
    request TEXT   NOT NULL PRIMARY KEY,
    tries   BIGINT NOT NULL,
    -- Rises when something changes that may help.
    round   BIGINT NOT NULL,
    -- Tries of this round that found nobody.
    misses  BIGINT NOT NULL
);
CREATE INDEX seeking_tries ON seeking (tries);

-- Batches as they were carried out.
CREATE TABLE batch (
    id   TEXT  NOT NULL PRIMARY KEY,
    -- activelist.matching.v1.BatchPlan
    plan BYTEA NOT NULL
);

-- Guidance cases, as the engagements tell them.
CREATE TABLE work (
    id        TEXT NOT NULL PRIMARY KEY,
    -- The proposal it came of; empty for others.
    proposal  TEXT NOT NULL,
    expert    TEXT NOT NULL,
    programme TEXT NOT NULL,
    company   TEXT NOT NULL,
    -- `open`, `closed`, `withdrawn`.
    state     TEXT NOT NULL
);
CREATE INDEX work_expert ON work (expert, programme);
CREATE INDEX work_proposal ON work (proposal);

-- Track records, as the engagements tell them.
CREATE TABLE record (
    expert TEXT  NOT NULL PRIMARY KEY,
    -- activelist.engagement.v1.TrackRecord
    facts  BYTEA NOT NULL
);
