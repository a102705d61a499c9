DROP TABLE IF EXISTS bench_payments, bench_rows;
CREATE TABLE bench_payments (merchant_id BIGINT NOT NULL, id UUID NOT NULL, amount BIGINT NOT NULL, state TEXT NOT NULL,
    created_at BIGINT NOT NULL, PRIMARY KEY (merchant_id, id));
CREATE TABLE bench_rows (merchant_id BIGINT NOT NULL, id UUID NOT NULL, kind BIGINT NOT NULL, body TEXT NOT NULL,
    created_at BIGINT NOT NULL, PRIMARY KEY (merchant_id, id, kind));
