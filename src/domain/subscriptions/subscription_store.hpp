#pragma once

#include <optional>
#include <vector>

#include "florin/store/tx.hpp"
#include "florin/subscriptions/subscriptions.hpp"

/// Rows and SQL of subscriptions and their lines; nothing else.
///
/// A row that cannot be read is a fault of that row alone: whoever needs it gets a `store::Failure` that names it,
/// whoever reads many goes on without it and leaves an error in the log (F105).
namespace florin::subscriptions::rows {

void insert(Tx& tx, const Subscription& subscription);
/// From the version before the subscription's. False: it is at another one.
[[nodiscard]] bool update(Tx& tx, const Subscription& subscription);
std::optional<Subscription> find(Reader& reader, MerchantId merchant, const SubscriptionId& id);
/// As `find`; nothing where it cannot be read.
std::optional<Subscription> find_readable(Reader& reader, MerchantId merchant, const SubscriptionId& id);
/// As `find`; whoever else wants to change it waits for this unit's end.
std::optional<Subscription> lock(Tx& tx, MerchantId merchant, const SubscriptionId& id);
/// Of one customer, whatever became of them.
std::vector<SubscriptionId> ids_of(Reader& reader, MerchantId merchant, std::string_view customer_id);
void forget_metadata(Tx& tx, MerchantId merchant, const SubscriptionId& id);
std::vector<Subscription> list(Reader& reader, MerchantId merchant, const SubscriptionFilter& filter);
/// By what it is paid; nothing: there is none, or it has ended.
std::optional<billing::Payer> payer_of(Reader& reader, MerchantId merchant, const SubscriptionId& id);

void insert_line(Tx& tx, const Subscription& subscription, const PendingLine& line, calendar::Date created_on);
std::vector<PendingLine> pending_lines(Reader& reader, MerchantId merchant, const SubscriptionId& id);
/// All that wait, but those after `last_number`.
void take_lines(Tx& tx, const Subscription& subscription, std::int64_t last_number, std::string_view taken_by,
                std::int64_t taken_number);

}  // namespace florin::subscriptions::rows
