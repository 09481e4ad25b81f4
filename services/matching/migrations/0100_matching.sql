-- What matching has in common. One text for both databases.

-- Every step of a request, a proposal, an incident, an event: who, when, why. The words are sealed.
CREATE TABLE step (
    -- `requests/<id>`, `proposals/<id>`, `incidents/<id>`, `consultationEvents/<id>`.
    subject TEXT   NOT NULL,
    number  BIGINT NOT NULL CHECK (number > 0),
    -- activelist.matching.v1.MatchingStep without its words.
    facts   BYTEA  NOT NULL,
    words   BYTEA  NOT NULL,
    PRIMARY KEY (subject, number)
);
