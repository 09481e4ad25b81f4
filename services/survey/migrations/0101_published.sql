-- Versions of forms that the log has told. One text for both databases.

CREATE TABLE published (
    form TEXT NOT NULL PRIMARY KEY -- version: skill-2024
);
