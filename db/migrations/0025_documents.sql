-- Documents: what customers receive, with numbers that have no gaps.
--
-- Why: an invoice's number is taken in the commit that issues it, from a row of its series that everybody who issues has
-- to change; so a unit that fails gives its number back with everything else, and two units wait for each other. The
-- unique keys hold what must never be, should the code be wrong: a number twice, or two documents of one cause.
CREATE TABLE document_series (
    merchant_id  @int  NOT NULL,
    series       TEXT  NOT NULL CHECK (length(series) BETWEEN 1 AND 8),
    last_number  @int  NOT NULL CHECK (last_number >= 0),
    PRIMARY KEY (merchant_id, series)
) @strict;

-- The keys under which all that documents know of a person is sealed, one for each. Erasure takes the key away, so what
-- it sealed is noise in every copy; the row stays and says so.
CREATE TABLE document_persons (
    merchant_id  @int   NOT NULL,
    customer_id  TEXT   NOT NULL CHECK (length(customer_id) >= 1),
    sealed_key   @bytes,                  -- Under the key ring.
    erased_at    @int,
    PRIMARY KEY (merchant_id, customer_id),
    CHECK ((sealed_key IS NULL) = (erased_at IS NOT NULL))
) @strict;

-- The merchant's name, address and logo as they stood on documents: each version once, by its SHA-256. A document keeps
-- its own, whatever the merchant changes later.
CREATE TABLE document_letterheads (
    merchant_id  @int    NOT NULL,
    digest       @bytes  NOT NULL CHECK (length(digest) = 32),
    content      TEXT    NOT NULL,        -- JSON.
    logo         @bytes  NOT NULL,        -- A PNG, or empty.
    PRIMARY KEY (merchant_id, digest)
) @strict;

CREATE TABLE documents (
    merchant_id   @int    NOT NULL,
    id            @id     NOT NULL,
    kind          TEXT    NOT NULL CHECK (kind IN ('invoice', 'receipt', 'credit_note', 'agreement')),
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

CREATE UNIQUE INDEX documents_by_number ON documents (merchant_id, series, number);
-- For documents.find_by_cause, and for documents.insert, which takes each cause once.
CREATE UNIQUE INDEX documents_by_cause ON documents (merchant_id, cause);
-- For documents.list_by_customer and documents.list_by_owner, newest first.
CREATE INDEX documents_by_customer ON documents (merchant_id, customer_id, id);
CREATE INDEX documents_by_owner ON documents (merchant_id, owner_id, id) WHERE owner_id IS NOT NULL;

-- Who said yes to an agreement: once. The PDF is kept as it was accepted, or its hash would prove nothing after the first
-- release that draws a line elsewhere.
CREATE TABLE document_acceptances (
    merchant_id      @int    NOT NULL,
    document_id      @id     NOT NULL,
    accepted_at      @int    NOT NULL,
    pdf_sha256       @bytes  NOT NULL CHECK (length(pdf_sha256) = 32),
    sealed_evidence  @bytes  NOT NULL,    -- Name, address and browser, under the person's key.
    sealed_pdf       @bytes  NOT NULL,    -- Under the same.
    PRIMARY KEY (merchant_id, document_id)
) @strict;
