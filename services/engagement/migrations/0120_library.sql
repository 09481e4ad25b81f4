-- The case library. One text for both databases.
-- Texts stand sealed in `draft`, under the key of the company they are about (or of the body, or the entry's own), and while they
-- are published also in `published`, under a key of that publication, which is destroyed when it ends.

CREATE TABLE library_entry (
    id        TEXT   NOT NULL PRIMARY KEY,
    -- The log's position at which it was entered: the order of lists.
    entered   BIGINT NOT NULL UNIQUE CHECK (entered > 0),
    kind      TEXT   NOT NULL CHECK (kind IN ('story', 'incident')),
    state     TEXT   NOT NULL CHECK (state IN ('draft', 'reviewed', 'published', 'withdrawn')),
    body      TEXT   NOT NULL,
    facts     BYTEA  NOT NULL,
    draft     BYTEA  NOT NULL,
    published BYTEA  NOT NULL,
    version   BIGINT NOT NULL CHECK (version > 0)
);

CREATE INDEX library_entry_state ON library_entry (state, entered);
