-- What came from matching. One text for both databases.

-- Which proposal a case was opened from: one case each, whoever opens it and however often it is told.
CREATE TABLE opened (
    proposal TEXT NOT NULL PRIMARY KEY,
    case_id  TEXT NOT NULL REFERENCES guidance_case (id)
);

-- The last word about consultation events, their applications, and their timetables once they are over: kept, because they come
-- in any order and only together make a participation or a consultation.
CREATE TABLE told (
    -- 'consultation_event/<id>', 'application/<id>', 'timetable/<event id>'.
    aggregate TEXT  NOT NULL PRIMARY KEY,
    -- The part after 'consultationEvents/'.
    event     TEXT  NOT NULL,
    -- The message: ConsultationEventFacts, ApplicationFacts, Timetable.
    facts     BYTEA NOT NULL,
    -- Of an application its ApplicationTexts, sealed under the company's key: destroying it erases them.
    texts     BYTEA NOT NULL
);

CREATE INDEX told_event ON told (event, aggregate);
