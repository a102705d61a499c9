-- The differences of a settlement, its lines' as well as its own, are found by an index.
--
-- Why: who reads a settlement is shown all that does not agree in it.
DROP INDEX settlement_differences_by_settlement;

-- For settlement_differences.list_of_settlement.
CREATE INDEX settlement_differences_by_settlement ON settlement_differences (merchant_id, settlement_id, id)
    WHERE settlement_id IS NOT NULL;
