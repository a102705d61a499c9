-- The audit records of one request, in their order.
--
-- Why again: without the moment in it, SQLite takes the index on moments for audit.list_by_correlation, because that
-- saves it sorting, and reads a merchant's whole trail for one request's records.
DROP INDEX audit_log_correlation;
CREATE INDEX audit_log_correlation ON audit_log (merchant_id, correlation_id, created_at);
