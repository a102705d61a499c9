#pragma once

#include "florin/payments/summary.hpp"
#include "florin/store/tx.hpp"

/// What a summary is made of, each by the index that holds it.
namespace florin::payments::rows {

/// One more than `most_summed_up` are counted at most.
std::vector<Summary::Payments> sum_up_payments(store::Reader& reader, MerchantId merchant, const Period& period);
/// The most frequent first.
std::vector<Summary::Declines> sum_up_declines(store::Reader& reader, MerchantId merchant, const Period& period);

struct FailedFollowUps {
    Tally captures, refunds, cancels;
};
FailedFollowUps failed_follow_ups(store::Reader& reader, MerchantId merchant, const Period& period);

/// Operations without an outcome that were begun before then.
Tally unknown(store::Reader& reader, MerchantId merchant, Instant before);
/// Of what was approved otherwise than asked: what is not wholly given back, canceled or resolved.
Tally undecided_quarantine(store::Reader& reader, MerchantId merchant);
/// Authorizations that end before then; `since` is when the first one does.
Tally expiring_holds(store::Reader& reader, MerchantId merchant, Instant before);

/// Charges with an outcome, of the newest ten thousand.
struct RecentCharges {
    std::int64_t count = 0, declined = 0;
};
RecentCharges recent_charges(store::Reader& reader, MerchantId merchant, Instant from);

}  // namespace florin::payments::rows
