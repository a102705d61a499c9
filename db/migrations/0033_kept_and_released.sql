-- What is kept of a subscription's last period, in the place of what would be given back if what was under way at its
-- end were paid.
--
-- Why: with what is kept, what is still to be given back follows at any time from what was paid by then, whichever
-- charges those are and in whatever order they come. Until now a change paid late was given back whole, also the days
-- of it that were used. Of a subscription that has ended already, as much is kept as leaves what was promised then:
-- what its last period and that period's changes took, less what was given back and what was still promised.
ALTER TABLE subscriptions ADD COLUMN kept_minor @int;

UPDATE subscriptions SET kept_minor = (
    SELECT COALESCE(SUM(CASE WHEN one.is_refund = 1 THEN -one.amount_minor ELSE one.amount_minor END), 0)
    FROM billing_charges one JOIN billing_charges last
        ON last.merchant_id = one.merchant_id AND last.owner_kind = one.owner_kind AND last.owner = one.owner
            AND last.purpose = 'period' AND last.number = subscriptions.period_number
    WHERE one.merchant_id = subscriptions.merchant_id AND one.owner_kind = 'subscription'
        AND one.owner = subscriptions.id
        AND ((one.id = last.id AND one.status IN ('processing', 'succeeded'))
            OR (one.purpose = 'proration' AND one.created_at >= last.created_at AND one.status = 'succeeded')
            OR (one.is_refund = 1 AND one.status NOT IN ('failed', 'canceled')))
) - owed_back_minor
WHERE owed_back_minor IS NOT NULL;

ALTER TABLE subscriptions DROP COLUMN owed_back_minor;

-- What a person has let go on although much was due at once (F78). That something is held is said by its owner's row
-- alone, so that nobody has to ask which of two is right.
CREATE TABLE billing_releases (
    merchant_id     @int  NOT NULL,
    kind            TEXT  NOT NULL,
    id              @id   NOT NULL,
    released_until  @int  NOT NULL,      -- What was due by then may be billed.
    released_at     @int  NOT NULL,
    PRIMARY KEY (merchant_id, kind, id)
) @strict;

INSERT INTO billing_releases (merchant_id, kind, id, released_until, released_at)
SELECT merchant_id, kind, id, released_until, released_at FROM billing_holds WHERE released_until IS NOT NULL;

DROP TABLE billing_holds;
