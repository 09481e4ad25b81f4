-- Gatherings, who came, answers to forms, and by what consultations are found. One text for both databases.
-- What is confidential stands only in `texts`, sealed: destroying the key erases it.

ALTER TABLE consultation ADD COLUMN entered BIGINT NOT NULL DEFAULT 0;
ALTER TABLE consultation ADD COLUMN programme TEXT NOT NULL DEFAULT '';
ALTER TABLE consultation ADD COLUMN region TEXT NOT NULL DEFAULT '';
ALTER TABLE consultation ADD COLUMN body TEXT NOT NULL DEFAULT '';
ALTER TABLE consultation ADD COLUMN expert TEXT NOT NULL DEFAULT '';
ALTER TABLE consultation ADD COLUMN company TEXT NOT NULL DEFAULT '';
ALTER TABLE consultation ADD COLUMN event TEXT NOT NULL DEFAULT '';

CREATE INDEX consultation_body ON consultation (body, entered);
CREATE INDEX consultation_expert ON consultation (expert, entered);
CREATE INDEX consultation_company ON consultation (company, entered);
CREATE INDEX guidance_case_company ON guidance_case (company, entered);

CREATE TABLE gathering (
    id        TEXT   NOT NULL PRIMARY KEY,
    -- The log's position at which it was entered: the order of lists.
    entered   BIGINT NOT NULL UNIQUE CHECK (entered > 0),
    programme TEXT   NOT NULL,
    kind      TEXT   NOT NULL CHECK (kind IN ('consultation_event', 'round_table', 'lecture')),
    body      TEXT   NOT NULL,
    facts     BYTEA  NOT NULL,
    version   BIGINT NOT NULL CHECK (version > 0)
);

CREATE TABLE participation (
    id        TEXT   NOT NULL PRIMARY KEY,
    gathering TEXT   NOT NULL REFERENCES gathering (id),
    -- The log's position of the first word about it: the order of application.
    entered   BIGINT NOT NULL UNIQUE CHECK (entered > 0),
    company   TEXT   NOT NULL,
    state     TEXT   NOT NULL CHECK (state IN ('applied', 'attended', 'absent', 'called_off')),
    facts     BYTEA  NOT NULL,
    -- The company's name, sealed under its key.
    texts     BYTEA  NOT NULL,
    version   BIGINT NOT NULL CHECK (version > 0),
    UNIQUE (gathering, company)
);

CREATE INDEX participation_company ON participation (company, entered);

CREATE TABLE answers (
    id      TEXT   NOT NULL PRIMARY KEY,
    -- The log's position at which they were handed in.
    entered BIGINT NOT NULL UNIQUE CHECK (entered > 0),
    -- 'cases/<id>', 'consultations/<id>', 'participations/<id>', 'companies/<id>', 'experts/<id>'.
    subject TEXT   NOT NULL,
    -- The visit of a case; 0 for none.
    visit   BIGINT NOT NULL,
    -- The programme of an expert's answers; empty for others, which have one at most by themselves.
    scope   TEXT   NOT NULL,
    -- All versions of a form have one id.
    form    TEXT   NOT NULL,
    side    TEXT   NOT NULL CHECK (side IN ('company', 'expert')),
    -- Whether the other side may read them.
    shown   BIGINT NOT NULL CHECK (shown IN (0, 1)),
    counts  BIGINT NOT NULL CHECK (counts IN (0, 1)),
    facts   BYTEA  NOT NULL,
    -- Who somebody is, and free text, sealed under the key of the company, or of the expert where no company is concerned.
    texts   BYTEA  NOT NULL
);

-- Of what was answered again, one counts.
CREATE UNIQUE INDEX answers_counting ON answers (subject, visit, scope, form, side) WHERE counts = 1;
CREATE INDEX answers_newest ON answers (subject, entered);

-- Versions of forms that the log has told.
CREATE TABLE published (
    form TEXT NOT NULL PRIMARY KEY
);
