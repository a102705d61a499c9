-- Customers: whom a merchant's payments are for.
--
-- Why: a person may ask to be erased, while payments, events and audit must stay as they are. So what is known of
-- a person is apart from all else, sealed under a key of that person alone; without the key nobody can read it, in
-- whatever copy. The row stays, so that its payments still meet somebody who is known to be erased. (X-24, X-25)
CREATE TABLE customers (
    merchant_id     @int    NOT NULL,
    id              @id     NOT NULL,
    customer_id     TEXT    NOT NULL CHECK (length(customer_id) BETWEEN 1 AND 64),  -- As in payments.customer_id.
    sealed_key      @bytes,                          -- The person's key, sealed under the key ring.
    sealed_profile  @bytes,                          -- Name, e-mail, phone, address, metadata, under that key.
    email_digest    @bytes,                          -- Keyed hash of merchant and e-mail.
    version         @int    NOT NULL CHECK (version >= 1),
    created_at      @int    NOT NULL,
    updated_at      @int    NOT NULL,
    erased_at       @int,
    PRIMARY KEY (merchant_id, id),
    -- Erased is erased: nothing of a person is left in a row that says so, and all others can be read.
    CHECK ((sealed_key IS NULL) = (erased_at IS NOT NULL)),
    CHECK ((sealed_profile IS NULL) = (erased_at IS NOT NULL)),
    CHECK (email_digest IS NULL OR erased_at IS NULL)
) @strict;

-- For customers.insert, which takes each of the merchant's own ids once, and customers.list_by_customer_id.
CREATE UNIQUE INDEX customers_by_customer_id ON customers (merchant_id, customer_id);
-- For customers.list_by_email, newest first.
CREATE INDEX customers_by_email ON customers (merchant_id, email_digest, id) WHERE email_digest IS NOT NULL;
