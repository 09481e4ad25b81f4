ALTER TABLE expert ADD PRIMARY KEY (number);
ALTER TABLE said ADD PRIMARY KEY (number);
CREATE INDEX said_grams ON said USING gin (grams) WITH (fastupdate = off);
