-- People, known by their registration number, and what they handed in. One text for both databases.
-- Nothing here says in clear who a person is: numbers are hashed, and what is personal is sealed under the person's key.

CREATE TABLE respondent (
    id             TEXT   NOT NULL PRIMARY KEY,          -- opaque; also the id of the person's key
    number_hash    TEXT   NOT NULL UNIQUE,               -- SHA-256 of the normalised number, hexadecimal
    holder_subject TEXT   NOT NULL,                      -- who signed in for the first response; empty when nobody did
    holder         BYTEA  NOT NULL,                      -- number, name, kana, address of the holder, sealed
    submissions    BIGINT NOT NULL CHECK (submissions > 0),
    counting       TEXT   NOT NULL,                      -- the response that counts
    counting_time  BIGINT NOT NULL,                      -- when it was handed in, microseconds UTC
    skills         BYTEA  NOT NULL CHECK (length(skills) IN (0, 34)), -- its skill answers, one byte each, or nothing
    policy         TEXT   NOT NULL,                      -- the policy of the rating
    rating         BYTEA  NOT NULL,                      -- activelist.survey.v1.Rating
    vouching       BYTEA  NOT NULL                       -- the newest activelist.survey.v1.Vouching, or nothing
);

-- Finds who is still rated by another policy when one comes into force.
CREATE INDEX respondent_policy ON respondent (policy, id);

CREATE TABLE response (
    id           TEXT   NOT NULL PRIMARY KEY,
    position     BIGINT NOT NULL UNIQUE CHECK (position > 0), -- of its event in the log: the order of arrival
    respondent   TEXT   NOT NULL REFERENCES respondent (id),
    form         TEXT   NOT NULL,                        -- version: skill-2024
    submit_time  BIGINT NOT NULL,
    receive_time BIGINT NOT NULL,
    sender       TEXT   NOT NULL,                        -- the expert who was signed in; empty when none was
    dispute      TEXT   NOT NULL,                        -- why it does not count as the holder's; empty when it does
    content_hash TEXT,                                   -- of an import: SHA-256 of form, time and answers
    clear        BYTEA  NOT NULL,                        -- answers that are not personal, encoded
    sealed       BYTEA  NOT NULL,                        -- activelist.survey.v1.ResponsePersonal, sealed for this id
    UNIQUE (respondent, content_hash)
);

CREATE INDEX response_of_person ON response (respondent, submit_time, position);
CREATE INDEX response_newest ON response (submit_time, position);
CREATE INDEX response_disputed ON response (submit_time, position) WHERE dispute <> '';
-- An import looks up what it may have brought before.
CREATE INDEX response_content ON response (content_hash);
