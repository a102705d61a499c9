#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "api.hpp"
#include "florin/json/value.hpp"

/// Reading parameters and refusing them, for the endpoints.
namespace florin::sandbox::chargebee {

/// The parameter of that name, nested with dots (`customer.email`, `charges.amount.0`); null when there is none.
const json::Value* find(const json::Value& params, std::string_view name);
/// As text, empty when there is none.
std::string text_of(const json::Value& params, std::string_view name);
/// Nothing when it is absent or no whole number.
std::optional<std::int64_t> integer_of(const json::Value& params, std::string_view name);
Address read_address(const json::Value& params, std::string_view name);
/// Over what `into` has: only what is given.
void read_customer(const json::Value& params, std::string_view prefix, Customer& into);

struct Refusal {
    std::string_view code, message, param;
    int status = 400;
    std::string_view type = "invalid_request";
    bool is_kept = false;
};
Reply refuse(const Refusal& refusal);
Reply missing(std::string_view param);
Reply wrong(std::string_view param, std::string_view message);
/// 404 `resource_not_found`.
Reply no_such(std::string_view id);
/// 409 `invalid_state_for_request`.
Reply wrong_state(std::string_view message);
/// 400 of type `payment`.
Reply payment_failed(std::string_view code, std::string_view message, std::string_view param = {});

/// One filter of a list, such as `status[in]=["paid"]`, on the text of a member. Nothing when it cannot be read.
std::optional<bool> matches(std::string_view op, std::string_view wanted, const std::optional<std::string>& have);

}  // namespace florin::sandbox::chargebee
