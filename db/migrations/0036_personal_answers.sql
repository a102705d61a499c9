-- Which stored answers hold what goes when a person is erased (X-25).
--
-- Why: an answer about a subscription repeats what the merchant wrote on it, and is kept byte for byte. Few answers are
-- such, so the index is small, and payments' keys have no part in it.
ALTER TABLE idempotency_keys ADD COLUMN is_personal @int NOT NULL DEFAULT 0 CHECK (is_personal IN (0, 1));

-- For idempotency.forget.
CREATE INDEX idempotency_keys_personal ON idempotency_keys (merchant_id, transaction_id) WHERE is_personal = 1;

-- Answers about subscriptions that were stored before.
UPDATE idempotency_keys SET is_personal = 1
WHERE EXISTS (SELECT 1 FROM subscriptions
    WHERE subscriptions.merchant_id = idempotency_keys.merchant_id AND subscriptions.id = transaction_id);
