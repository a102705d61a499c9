-- The archive of everything that happened: CloudEvents, written with the change that they tell of.
--
-- Why: an event is in the same commit as its change, so neither exists without the other (F54).
-- `position` is the merchant's order of commits. SQLite's one writer knows it at once. PostgreSQL's
-- writers do not: events are numbered once they are visible, so no position appears behind a reader.
CREATE TABLE events (
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
) @strict
-- only sqlite
, WITHOUT ROWID
-- end
;

-- For events.list, events.last_position and events.next_merchant.
-- only sqlite
CREATE UNIQUE INDEX events_by_position ON events (merchant_id, position);
-- end
-- only postgres
CREATE UNIQUE INDEX events_by_position ON events (merchant_id, position) WHERE position IS NOT NULL;
-- For events.assign_positions.
CREATE INDEX events_unnumbered ON events (merchant_id, subject_id, sequence) WHERE position IS NULL;
-- end

-- How far each subscription has heard each merchant's events.
CREATE TABLE event_cursors (
    merchant_id  @int  NOT NULL,
    name         TEXT  NOT NULL,
    position     @int  NOT NULL CHECK (position >= 0),
    PRIMARY KEY (merchant_id, name)
) @strict;

-- The row that whoever numbers events holds locked, so that there is one at a time.
INSERT INTO event_cursors (merchant_id, name, position) VALUES (0, 'numbering', 0);
