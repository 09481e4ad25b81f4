-- Narrow rows for what every search looks at; texts apart. Unlogged: they can be made again.
CREATE UNLOGGED TABLE expert (
    number integer NOT NULL,
    -- Mark and points of each menu, greatest first in the order; 0 for a blank mark.
    m0 smallint NOT NULL, m1 smallint NOT NULL, m2 smallint NOT NULL, m3 smallint NOT NULL,
    m4 smallint NOT NULL, m5 smallint NOT NULL, m6 smallint NOT NULL, m7 smallint NOT NULL,
    -- Codes as bits.
    industries integer NOT NULL,
    fees integer NOT NULL,
    formats integer NOT NULL,
    durations integer NOT NULL,
    prefectures bigint NOT NULL,
    -- The day's turn among equals, worked out once a day: the database does not know the hash.
    turn bigint NOT NULL
);
-- The texts of a person, normalised, and every two characters that follow each other, as one number.
CREATE UNLOGGED TABLE said (
    number integer NOT NULL,
    texts text NOT NULL,
    grams integer[] NOT NULL
);
