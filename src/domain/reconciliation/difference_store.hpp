#pragma once

#include <optional>
#include <vector>

#include "florin/reconciliation/reconciliation.hpp"

/// Rows of what does not agree.
namespace florin::reconciliation::rows {

using store::Reader;
using store::Tx;

/// False: there is one of that line, or an open one of that settlement or payment.
[[nodiscard]] bool insert_difference(Tx& tx, const Difference& one);
/// Moves it from the version before `after`'s. False: somebody else has.
[[nodiscard]] bool update_difference(Tx& tx, const Difference& after, MerchantId merchant_before);
std::optional<Difference> find_difference(Reader& reader, MerchantId merchant, DifferenceId id);
std::optional<Difference> difference_of(Reader& reader, MerchantId merchant, LineId line);
/// The open one of a settlement as a whole.
std::optional<Difference> open_difference_of(Reader& reader, MerchantId merchant, SettlementId settlement);
/// What was given up of a payment, the oldest first.
std::vector<Difference> waived_of(Reader& reader, MerchantId merchant, payments::PaymentId payment);

/// Where a walk over what is open goes on.
struct OpenPlace {
    MerchantId merchant{INT64_MIN};
    DifferenceId id{};
};
/// Of a connector, over all merchants, in the order of their numbers.
std::vector<Difference> open_differences(Reader& reader, std::string_view connector, const OpenPlace& after,
                                         std::int64_t limit);
std::vector<Difference> list_differences(Reader& reader, MerchantId merchant, const DifferenceFilter& filter);

/// What is open of one merchant, by connector, currency and where it lies in the books.
struct OpenSum {
    std::string connector, currency;
    bool is_in_clearing = false;
    std::int64_t count = 0, missing_minor = 0;
};
std::vector<OpenSum> sum_open(Reader& reader, MerchantId merchant);

}  // namespace florin::reconciliation::rows
