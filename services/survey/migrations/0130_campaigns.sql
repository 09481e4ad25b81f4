-- Campaigns, whom a survey was sent to, and drafts. One text for both databases. Who a recipient is, a campaign's notes and all of a
-- draft are sealed; numbers and addresses are hashed.

CREATE TABLE campaign (
    id        TEXT   NOT NULL PRIMARY KEY,  -- opaque; also the id of the key of its notes
    position  BIGINT NOT NULL UNIQUE CHECK (position > 0), -- of its first event: the order of entry
    version   BIGINT NOT NULL,
    form      TEXT   NOT NULL,              -- id, whichever version: skill
    open_day  BIGINT NOT NULL,              -- days since 1970-01-01 in Japan
    open_time BIGINT NOT NULL,              -- microseconds UTC, as the next
    end_time  BIGINT NOT NULL CHECK (end_time >= open_time), -- the first moment that is not of it
    facts     BYTEA  NOT NULL,              -- activelist.survey.v1.Campaign without notes and what follows from the clock
    notes     BYTEA  NOT NULL               -- sealed; empty when there are none
);

CREATE TABLE recipient (
    id          TEXT   NOT NULL PRIMARY KEY, -- opaque; also the id of the key
    campaign    TEXT   NOT NULL REFERENCES campaign (id),
    position    BIGINT NOT NULL UNIQUE CHECK (position > 0), -- of its first event: the order of entry
    number_hash TEXT   NOT NULL,             -- as in respondent; empty when not known
    email_hash  TEXT   NOT NULL,             -- SHA-256 of the folded address, hexadecimal; empty when not known
    opted_out   BIGINT NOT NULL,             -- 1 or 0, as answered
    answered    BIGINT NOT NULL,
    ask_time    BIGINT,                      -- microseconds UTC, as the next
    remind_time BIGINT,
    reminders   BIGINT NOT NULL,
    sealed      BYTEA  NOT NULL              -- number, name, address
);

CREATE INDEX recipient_of_campaign ON recipient (campaign, answered, position);
CREATE UNIQUE INDEX recipient_number ON recipient (number_hash, campaign) WHERE number_hash <> '';
CREATE INDEX recipient_email ON recipient (email_hash) WHERE email_hash <> '';

-- What a campaign counts, without reading the responses themselves.
CREATE INDEX response_counted ON response (submit_time, form, dispute, respondent);

CREATE TABLE draft (
    id          TEXT   NOT NULL PRIMARY KEY, -- opaque; also the id of the key
    form        TEXT   NOT NULL,             -- version: skill-2024
    owner       TEXT   NOT NULL,             -- expert/<subject> or portal/<owner>
    version     BIGINT NOT NULL,
    update_time BIGINT NOT NULL,
    sealed      BYTEA  NOT NULL,
    UNIQUE (form, owner)
);

CREATE INDEX draft_untouched ON draft (update_time);

-- Keys that nobody needs any more: the row that bore the id is gone, and the key is destroyed next.
CREATE TABLE doomed_key (
    id TEXT NOT NULL PRIMARY KEY
);
