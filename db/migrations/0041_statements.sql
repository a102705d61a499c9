-- The final statement: the document that says how a cancellation was settled.
--
-- Why: a CHECK lists the kinds of documents. SQLite cannot change one, so the table is copied there.
-- only sqlite
CREATE TABLE documents_anew (
    merchant_id   @int    NOT NULL,
    id            @id     NOT NULL,
    kind          TEXT    NOT NULL CHECK (kind IN ('invoice', 'receipt', 'credit_note', 'agreement', 'statement')),
    series        TEXT    NOT NULL,
    number        @int    NOT NULL CHECK (number >= 1),
    cause         TEXT    NOT NULL CHECK (length(cause) BETWEEN 1 AND 255),
    customer_id   TEXT    NOT NULL,
    owner_kind    TEXT,
    owner_id      @id,
    issued_on     TEXT    NOT NULL CHECK (length(issued_on) = 10),  -- The merchant's day.
    currency      TEXT    NOT NULL CHECK (length(currency) = 3),
    total_minor   @int    NOT NULL CHECK (total_minor BETWEEN -1000000000000000 AND 1000000000000000),
    content       TEXT    NOT NULL,       -- JSON: lines, schedule, words. Nothing personal.
    locale        TEXT    NOT NULL,
    letterhead    @bytes  NOT NULL,       -- The digest of one.
    sealed_party  @bytes,                 -- Name, address and means of payment; NULL: the person was erased before.
    refers_to     @id,
    created_at    @int    NOT NULL,
    PRIMARY KEY (merchant_id, id),
    CHECK ((owner_kind IS NULL) = (owner_id IS NULL))
) @strict;
INSERT INTO documents_anew
    SELECT merchant_id, id, kind, series, number, cause, customer_id, owner_kind, owner_id, issued_on, currency,
        total_minor, content, locale, letterhead, sealed_party, refers_to, created_at
    FROM documents ORDER BY rowid;
DROP TABLE documents;
ALTER TABLE documents_anew RENAME TO documents;
CREATE UNIQUE INDEX documents_by_number ON documents (merchant_id, series, number);
-- For documents.find_by_cause, and for documents.insert, which takes each cause once.
CREATE UNIQUE INDEX documents_by_cause ON documents (merchant_id, cause);
-- For documents.list_by_customer and documents.list_by_owner, newest first.
CREATE INDEX documents_by_customer ON documents (merchant_id, customer_id, id);
CREATE INDEX documents_by_owner ON documents (merchant_id, owner_id, id) WHERE owner_id IS NOT NULL;
-- end
-- only postgres
DO $$
DECLARE
    made RECORD;
BEGIN
    FOR made IN SELECT conname FROM pg_constraint
        WHERE contype = 'c' AND conrelid = 'documents'::regclass
            AND pg_get_constraintdef(oid) LIKE '%credit_note%'
    LOOP
        EXECUTE format('ALTER TABLE documents DROP CONSTRAINT %I', made.conname);
    END LOOP;
END $$;
ALTER TABLE documents ADD CHECK (kind IN ('invoice', 'receipt', 'credit_note', 'agreement', 'statement'));
-- end
