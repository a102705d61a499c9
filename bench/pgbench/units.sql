-- The unit of work of bench/pg_store_bench.cpp, pipelined, with a commit of its own. Ids come nearly in
-- order, as the store's do; start with `-D unit=0`.
\set unit :unit + 1
\set high 1000000000000000 + :unit
\set low random(1000000000000000, 9999999999999999)
\startpipeline
BEGIN;
INSERT INTO bench_payments (merchant_id, id, amount, state, created_at) VALUES (1, (:high::text || :low::text)::uuid, 12345, 'captured', 1795000000000);
INSERT INTO bench_rows (merchant_id, id, kind, body, created_at) VALUES (1, (:high::text || :low::text)::uuid, 0, '{"type":"payment.captured","amount":12345,"currency":"EUR","reference":"order-1234567890","state":"captured"}', 1795000000000);
INSERT INTO bench_rows (merchant_id, id, kind, body, created_at) VALUES (1, (:high::text || :low::text)::uuid, 1, '{"type":"payment.captured","amount":12345,"currency":"EUR","reference":"order-1234567890","state":"captured"}', 1795000000000);
INSERT INTO bench_rows (merchant_id, id, kind, body, created_at) VALUES (1, (:high::text || :low::text)::uuid, 2, '{"type":"payment.captured","amount":12345,"currency":"EUR","reference":"order-1234567890","state":"captured"}', 1795000000000);
INSERT INTO bench_rows (merchant_id, id, kind, body, created_at) VALUES (1, (:high::text || :low::text)::uuid, 3, '{"type":"payment.captured","amount":12345,"currency":"EUR","reference":"order-1234567890","state":"captured"}', 1795000000000);
COMMIT;
\endpipeline
