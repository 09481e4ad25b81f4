-- Entries whose person was merged into one that is not entered yet: a survey's log that is read compacted tells the merge
-- before the newest response of who stays.
CREATE TABLE awaited (
    expert_id   TEXT NOT NULL PRIMARY KEY REFERENCES expert (id),
    -- The respondent of who stays.
    merged_into TEXT NOT NULL
);
CREATE INDEX awaited_of ON awaited (merged_into);
