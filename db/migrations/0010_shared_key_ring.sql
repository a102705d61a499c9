-- Which key ring this database's sealed fields belong to, and, in a sandbox, the ring itself.
--
-- Why: several processes over one database need one ring. With real money it is carried from node to node
-- by people, and the mark keeps a node with another ring from starting; in a sandbox, where nothing
-- is worth stealing, the second process finds it here and just works.
CREATE TABLE key_ring_mark (
    merchant_id  @int    NOT NULL CHECK (merchant_id = 0),   -- The installation's, not a merchant's.
    mark         @bytes  NOT NULL,
    ring         TEXT,
    PRIMARY KEY (merchant_id)
) @strict;
