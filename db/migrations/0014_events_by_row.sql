-- Events in the order in which they were written, with their primary key beside them.
--
-- Why: a row of an index tree (WITHOUT ROWID) may hold a quarter of a page before SQLite moves the rest to a page of
-- its own. An event is longer than that, so each one wrote, and kept, a page of 4 KiB. PostgreSQL knows no such trees.
-- only sqlite
CREATE TABLE events_by_row (
    merchant_id     @int  NOT NULL,
    subject_id      TEXT  NOT NULL,
    sequence        @int  NOT NULL CHECK (sequence >= 1),  -- Without a gap for each subject.
    position        @int  CHECK (position >= 1),
    subject_type    TEXT  NOT NULL,
    type            TEXT  NOT NULL,
    time            @int  NOT NULL,
    correlation_id  TEXT  NOT NULL,
    traceparent     TEXT  NOT NULL,
    data            TEXT  NOT NULL,
    PRIMARY KEY (merchant_id, subject_id, sequence)
) @strict;
INSERT INTO events_by_row
    SELECT merchant_id, subject_id, sequence, position, subject_type, type, time, correlation_id, traceparent, data
    FROM events ORDER BY merchant_id, position;
DROP TABLE events;
ALTER TABLE events_by_row RENAME TO events;
CREATE UNIQUE INDEX events_by_position ON events (merchant_id, position);
-- end
