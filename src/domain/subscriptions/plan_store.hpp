#pragma once

#include <optional>
#include <vector>

#include "florin/store/tx.hpp"
#include "florin/subscriptions/plans.hpp"

/// Rows and SQL of plans and their prices; nothing else.
namespace florin::subscriptions::rows {

using store::Reader;
using store::Tx;

/// False: there is one of that id.
[[nodiscard]] bool insert(Tx& tx, const Plan& plan);
/// The plan's newest price.
void insert_price(Tx& tx, const Plan& plan);
/// From the version before the plan's. False: it is at another one.
[[nodiscard]] bool update(Tx& tx, const Plan& plan);
std::optional<Plan> find_plan(Reader& reader, MerchantId merchant, std::string_view plan_id);
std::vector<Plan> list_plans(Reader& reader, MerchantId merchant, const PlanFilter& filter);

/// A price as rows hold it. Stops the process when it is none.
Price price_of(std::optional<std::string> plan_id, std::int64_t number, std::int64_t amount_minor,
               std::string_view currency, std::string_view unit, std::int64_t count);

}  // namespace florin::subscriptions::rows
