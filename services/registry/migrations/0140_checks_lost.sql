-- 1 where a check fell away: somebody else took the number over, and what was checked before was that one's registration.
ALTER TABLE registration_check ADD COLUMN lost BIGINT NOT NULL DEFAULT 0 CHECK (lost IN (0, 1));
