-- Notifications: what somebody has been told, or is to be told, by mail.
--
-- Why: a row is there before anything is sent, and its unique key says that one cause tells one recipient once by one
-- template, however often what causes it is repeated (F122). What is open has a moment at which something is to have
-- happened, so that what was never sent is found (F123). Addresses and texts are personal: they rest sealed, and are
-- taken away when the person is erased.
CREATE TABLE notifications (
    merchant_id     @int    NOT NULL,                -- 0: the platform's own.
    id              @id     NOT NULL,
    cause           TEXT    NOT NULL CHECK (length(cause) BETWEEN 1 AND 255),
    template        TEXT    NOT NULL CHECK (length(template) BETWEEN 1 AND 64),
    recipient       TEXT    NOT NULL,                -- 'customer:' and their id, or 'address:' and a keyed hash.
    customer_id     TEXT,                            -- NULL: told at an address alone.
    language        TEXT    NOT NULL,
    state           TEXT    NOT NULL
        CHECK (state IN ('queued', 'sending', 'unknown', 'sent', 'failed', 'canceled')),
    sealed_wish     @bytes,                          -- Address if one was given, and what the template is filled with.
    sealed_letter   @bytes,                          -- What was sent, from before the first time on.
    attempts        @int    NOT NULL CHECK (attempts >= 0),
    provider        TEXT    NOT NULL,                -- Empty: never tried.
    provider_reference TEXT NOT NULL,
    error_code      TEXT    NOT NULL,                -- Empty: nothing is wrong.
    error           TEXT    NOT NULL,
    due_at          @int,                            -- By then something is to have happened; NULL: nothing is open.
    sweeps          @int    NOT NULL CHECK (sweeps >= 0),
    unknown_since   @int,
    sent_at         @int,
    erased_at       @int,
    correlation_id  TEXT    NOT NULL,
    traceparent     TEXT    NOT NULL,
    version         @int    NOT NULL CHECK (version >= 1),
    created_at      @int    NOT NULL,
    updated_at      @int    NOT NULL,
    PRIMARY KEY (merchant_id, id),
    -- What is under way is always waited for; what has ended never is. Unknown without a moment: a person has to say.
    CHECK ((due_at IS NOT NULL AND state IN ('queued', 'sending', 'unknown'))
        OR (due_at IS NULL AND state IN ('unknown', 'sent', 'failed', 'canceled'))),
    CHECK ((sent_at IS NOT NULL) = (state = 'sent')),
    CHECK ((unknown_since IS NOT NULL) = (state = 'unknown')),
    CHECK ((sealed_wish IS NULL) = (erased_at IS NOT NULL)),
    CHECK (erased_at IS NULL OR (sealed_letter IS NULL AND state IN ('sent', 'canceled')))
) @strict;

-- For notifications.insert, which tells each recipient once.
CREATE UNIQUE INDEX notifications_once ON notifications (merchant_id, cause, template, recipient);
-- For notifications.list of one customer, and for erasing a person.
CREATE INDEX notifications_by_recipient ON notifications (merchant_id, recipient, id);
-- For notifications.overdue.
CREATE INDEX notifications_open ON notifications (merchant_id, due_at) WHERE due_at IS NOT NULL;
-- For notifications.list of one state.
CREATE INDEX notifications_by_state ON notifications (merchant_id, state, id);

-- Files that go along with a mail.
CREATE TABLE notification_attachments (
    merchant_id      @int    NOT NULL,
    notification_id  @id     NOT NULL,
    number           @int    NOT NULL CHECK (number >= 1),
    name             TEXT    NOT NULL CHECK (length(name) BETWEEN 1 AND 100),
    content_type     TEXT    NOT NULL CHECK (length(content_type) BETWEEN 3 AND 100),
    sealed_content   @bytes  NOT NULL,
    PRIMARY KEY (merchant_id, notification_id, number)
) @strict;

-- A merchant's own words, in place of Florin's.
CREATE TABLE notification_templates (
    merchant_id  @int  NOT NULL,
    name         TEXT  NOT NULL CHECK (length(name) BETWEEN 1 AND 64),
    language     TEXT  NOT NULL CHECK (length(language) BETWEEN 2 AND 8),
    subject      TEXT  NOT NULL,
    text         TEXT  NOT NULL,
    html         TEXT  NOT NULL,                     -- Empty: the mail has no such part.
    version      @int  NOT NULL CHECK (version >= 1),
    created_at   @int  NOT NULL,
    updated_at   @int  NOT NULL,
    PRIMARY KEY (merchant_id, name, language)
) @strict;
