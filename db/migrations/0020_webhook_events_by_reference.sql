-- Finds the webhooks that providers have sent of one payment, for its timeline.
--
-- Why: they belong to the installation, so only the reference of an operation leads from a payment to them. For
-- webhook_events.of_reference.
CREATE INDEX webhook_events_by_reference ON webhook_events (merchant_id, reference, created_at) WHERE reference <> '';
