-- How often each expert was seen, by day. One text for both databases. Ids are the registry's and say of nobody who it is.

CREATE TABLE exposure (
    day         BIGINT NOT NULL,                         -- in Japan, days since 1970-01-01
    expert      TEXT   NOT NULL,
    shown       BIGINT NOT NULL CHECK (shown >= 0),      -- on any page of hits
    shown_first BIGINT NOT NULL CHECK (shown_first >= 0),
    opened      BIGINT NOT NULL CHECK (opened >= 0),     -- sheets
    introduced  BIGINT NOT NULL CHECK (introduced >= 0),
    PRIMARY KEY (day, expert)
);
