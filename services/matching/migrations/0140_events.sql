-- Consultation events: what is planned, who is there, who applied, the timetable. One text for both databases.
-- What is confidential stands only in `texts`, sealed under the company's key: destroying the key erases it.

CREATE TABLE consultation_event (
    id        TEXT   NOT NULL PRIMARY KEY,
    -- The log's position at which it was entered: the order of lists.
    entered   BIGINT NOT NULL UNIQUE CHECK (entered > 0),
    programme TEXT   NOT NULL,
    -- 'bodies/<id>', or empty.
    body      TEXT   NOT NULL,
    state     TEXT   NOT NULL CHECK (state IN ('open', 'closed', 'over', 'cancelled')),
    -- When it begins and ends, and when time changes its state next; microseconds since 1970, the largest number for never.
    starts    BIGINT NOT NULL,
    ends      BIGINT NOT NULL,
    due       BIGINT NOT NULL,
    -- activelist.matching.v1.ConsultationEventFacts
    facts     BYTEA  NOT NULL,
    version   BIGINT NOT NULL CHECK (version > 0)
);

CREATE INDEX consultation_event_body ON consultation_event (body, entered);
CREATE INDEX consultation_event_due ON consultation_event (due);

-- Who is present where.
CREATE TABLE event_expert (
    -- 'experts/<id>'.
    expert TEXT NOT NULL,
    event  TEXT NOT NULL REFERENCES consultation_event (id),
    PRIMARY KEY (expert, event)
);

CREATE INDEX event_expert_event ON event_expert (event);

CREATE TABLE event_application (
    id      TEXT   NOT NULL PRIMARY KEY,
    event   TEXT   NOT NULL REFERENCES consultation_event (id),
    -- The log's position at which the company applied last: the order of application.
    entered BIGINT NOT NULL UNIQUE CHECK (entered > 0),
    -- 'companies/<id>', as it was named then.
    company TEXT   NOT NULL,
    body    TEXT   NOT NULL,
    state   TEXT   NOT NULL CHECK (state IN ('applied', 'called_off', 'came', 'absent')),
    -- activelist.matching.v1.ApplicationFacts
    facts   BYTEA  NOT NULL,
    texts   BYTEA  NOT NULL,
    version BIGINT NOT NULL CHECK (version > 0),
    UNIQUE (event, company)
);

CREATE INDEX event_application_order ON event_application (event, entered);

CREATE TABLE event_timetable (
    event     TEXT   NOT NULL PRIMARY KEY REFERENCES consultation_event (id),
    revision  BIGINT NOT NULL CHECK (revision > 0),
    -- activelist.matching.v1.Timetable
    timetable BYTEA  NOT NULL,
    -- How well each application and expert fit, as it was judged.
    fit       BYTEA  NOT NULL
);
