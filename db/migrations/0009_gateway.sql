-- What document C's get-payment shows of a payment beyond what every payment has: the cardholder's name
-- and the billing address.
--
-- Why: they are personal data that nothing else needs, so they lie apart, sealed.
CREATE TABLE gateway_details (
    merchant_id     @int    NOT NULL,
    payment_id      @id     NOT NULL,
    sealed_details  @bytes  NOT NULL,
    created_at      @int    NOT NULL,
    PRIMARY KEY (merchant_id, payment_id)
) @strict;
