-- Whose responses are whose, as people decide: disputes, merges, splits. One text for both databases.
-- `likeness` holds names and addresses only as marks under a key of the key store. Who has both can still try a name out, so
-- an erasure clears a person's marks too.

-- Who the person is now; empty when himself or herself.
ALTER TABLE respondent ADD COLUMN merged_into TEXT NOT NULL DEFAULT '';
-- 0 once somebody else took the number over; `number_hash` is then a word that no number hashes to.
ALTER TABLE respondent ADD COLUMN held BIGINT NOT NULL DEFAULT 1 CHECK (held IN (0, 1));
-- Decisions that changed what the person's responses are.
ALTER TABLE respondent ADD COLUMN revision BIGINT NOT NULL DEFAULT 0;
-- The log's position of the first response: the order of entry.
ALTER TABLE respondent ADD COLUMN entered BIGINT NOT NULL DEFAULT 0;
-- 0 until the marks of one who was there before there were any are noted.
ALTER TABLE respondent ADD COLUMN marked BIGINT NOT NULL DEFAULT 0 CHECK (marked IN (0, 1));
UPDATE respondent SET entered = (SELECT coalesce(min(position), 0) FROM response WHERE response.respondent = respondent.id);
CREATE INDEX respondent_merged ON respondent (merged_into) WHERE merged_into <> '';
CREATE INDEX respondent_unmarked ON respondent (id) WHERE marked = 0;

-- Whose number it came under, or whose it was decided to be. `respondent` is who that person is now.
ALTER TABLE response ADD COLUMN home TEXT NOT NULL DEFAULT '';
-- 1 when it was decided that a disputed one never counts.
ALTER TABLE response ADD COLUMN decided BIGINT NOT NULL DEFAULT 0 CHECK (decided IN (0, 1));
UPDATE response SET home = respondent;
CREATE INDEX response_waiting ON response (position) WHERE dispute <> '' AND decided = 0;

CREATE TABLE person_decision (
    seq         BIGINT NOT NULL PRIMARY KEY CHECK (seq > 0),
    decision    TEXT   NOT NULL CHECK (decision IN
        ('keep', 'take_over', 'same_person', 'other_number', 'merge', 'split', 'apart')),
    person      TEXT   NOT NULL REFERENCES respondent (id),
    other       TEXT   NOT NULL,                -- the other person it was about; empty when none
    dispute     TEXT   UNIQUE,                  -- the disputed response it decides about
    why         TEXT   NOT NULL,                -- why that was disputed; empty otherwise
    number_hash TEXT   NOT NULL,                -- of the number it had come under; empty otherwise
    responses   TEXT   NOT NULL,                -- ids, between spaces
    time        BIGINT NOT NULL,
    actor       TEXT   NOT NULL,
    key_id      TEXT   NOT NULL,                -- the person under whose key the words are sealed
    words       BYTEA  NOT NULL
);
CREATE INDEX person_decision_person ON person_decision (person, seq);
CREATE INDEX person_decision_other ON person_decision (other, seq);

-- Pairs that somebody decided are different people; the one entered first first.
CREATE TABLE person_apart (
    first TEXT NOT NULL REFERENCES respondent (id),
    later TEXT NOT NULL REFERENCES respondent (id),
    PRIMARY KEY (first, later)
);

CREATE TABLE likeness (
    respondent TEXT NOT NULL REFERENCES respondent (id),
    kind       TEXT NOT NULL CHECK (kind IN ('email', 'name')),
    mark       TEXT NOT NULL,
    PRIMARY KEY (respondent, kind, mark)
);
CREATE INDEX likeness_mark ON likeness (kind, mark);
