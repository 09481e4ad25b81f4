-- Experts' entries that point at another one, as the register tells: one person under two names. One text for both databases.

CREATE TABLE expert_pointer (
    -- Both 'experts/<id>'.
    expert      TEXT NOT NULL PRIMARY KEY,
    merged_into TEXT NOT NULL CHECK (merged_into <> '')
);
