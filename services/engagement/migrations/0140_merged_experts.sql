-- Experts' entries that point at another one, as the register tells: one person under two names. What was recorded under either
-- stays there; whoever counts or looks follows the pointers. One text for both databases.

CREATE TABLE expert_pointer (
    -- Both 'experts/<id>'.
    expert      TEXT NOT NULL PRIMARY KEY,
    merged_into TEXT NOT NULL CHECK (merged_into <> '')
);

CREATE INDEX expert_pointer_into ON expert_pointer (merged_into);
