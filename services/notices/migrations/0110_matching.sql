-- The last word of matching about consultation events, applications and timetables: what is told of one of them needs the others.
-- One text for both databases.
CREATE TABLE told (
    -- 'consultation_event/<id>', 'application/<id>', 'timetable/<event id>'.
    aggregate TEXT  NOT NULL PRIMARY KEY,
    -- The part after 'consultationEvents/'.
    event     TEXT  NOT NULL,
    facts     BYTEA NOT NULL,
    -- Of an application: the key under which its words were sealed, and under it the company's name and nothing else.
    key_id    TEXT  NOT NULL,
    words     BYTEA NOT NULL
);

CREATE INDEX told_event ON told (event, aggregate);
