#include "reply.hpp"

#include <algorithm>
#include <charconv>

#include "florin/json/clean.hpp"

namespace florin::stripe {
namespace {

using json::Kind;
using json::Value;

/// A page of 100 intents is about 400 KB.
constexpr json::Limits limits{.max_bytes = 2 * 1024 * 1024, .max_depth = 24, .max_nodes = 200'000};

/// Longer is none of Stripe's texts and none of its ids.
constexpr std::size_t longest_text = 255;

const Value absent;

const Value& member(const Value& object, std::string_view name) {
    const Value* found = object.kind() == Kind::object ? object.find(name) : nullptr;
    return found != nullptr ? *found : absent;
}

std::string text(const Value& object, std::string_view name) {
    const Value& found = member(object, name);
    return found.kind() == Kind::string ? json::clean_text(found.text(), longest_text) : std::string{};
}

std::optional<std::int64_t> integer(const Value& object, std::string_view name) {
    const Value& found = member(object, name);
    return found.kind() == Kind::number ? found.integer() : std::nullopt;
}

/// An address that a browser may be sent to; empty when it is none.
std::string address(const Value& object, std::string_view name) {
    constexpr std::size_t longest_address = 2'048;
    const std::string_view found = member(object, name).text();
    const bool is_web = found.starts_with("https://") || found.starts_with("http://");
    const auto is_plain = [](char c) { return c > ' ' && c < '\x7f' && c != '"' && c != '<' && c != '>' && c != '\\'; };
    if (!is_web || found.size() > longest_address || !std::ranges::all_of(found, is_plain)) return {};
    return std::string{found};
}

bool is_a(const Value& object, std::string_view kind) {
    return object.kind() == Kind::object && member(object, "object").text() == kind;
}

Problem problem_of(const Value& error) {
    return {text(error, "type"), text(error, "code"), text(error, "decline_code"), text(error, "advice_code"),
            text(error, "message")};
}

}  // namespace

Result<Value> parse_reply(std::string_view body) {
    auto reply = json::parse(body, limits);
    // An answer that a bank's text made unreadable would stay unreadable however often it is looked up.
    if (!reply && reply.error().code == "malformed_json") reply = json::parse(json::clean_text(body), limits);
    return reply;
}

std::optional<Intent> read_intent(const Value& object) {
    if (!is_a(object, "payment_intent")) return std::nullopt;
    Intent intent{.id = text(object, "id"),
                  .status = text(object, "status"),
                  .currency = text(object, "currency"),
                  .reference = text(member(object, "metadata"), "reference"),
                  .cancellation_reason = text(object, "cancellation_reason"),
                  .customer = text(object, "customer"),
                  .method = text(object, "payment_method"),
                  .action_url = {},
                  .amount = integer(object, "amount"),
                  .capturable = integer(object, "amount_capturable"),
                  .received = integer(object, "amount_received"),
                  .created_s = integer(object, "created").value_or(0)};
    if (const Value& error = member(object, "last_payment_error"); error.kind() == Kind::object)
        intent.last_error = problem_of(error);
    const Value& action = member(object, "next_action");
    const Value& deposits = member(action, "verify_with_microdeposits");
    intent.is_verification = deposits.kind() == Kind::object;
    intent.action_url = intent.is_verification ? address(deposits, "hosted_verification_url")
                                               : address(member(action, "redirect_to_url"), "url");
    if (const Value& charge = member(object, "latest_charge"); charge.kind() == Kind::object) {
        const Value& details = member(charge, "payment_method_details");
        const Value& card = member(details, "card");
        const Value& sepa = member(details, "sepa_debit");
        const Value& bank = sepa.kind() == Kind::object ? sepa : member(details, "us_bank_account");
        const Value& checks = member(card, "checks");
        intent.charge = Charge{.amount = integer(charge, "amount"),
                               .auth_code = text(card, "authorization_code"),
                               .postal_code_check = text(checks, "address_postal_code_check"),
                               .cvc_check = text(checks, "cvc_check"),
                               .failure_code = text(charge, "failure_code"),
                               .failure_message = text(charge, "failure_message"),
                               .bank_last4 = text(bank, "last4"),
                               .mandate = text(bank, "mandate"),
                               .has_multicapture = text(member(card, "multicapture"), "status") == "available"};
    }
    constexpr std::string_view prefix = "capture_";
    for (const auto& [key, value] : member(object, "metadata").members()) {
        if (!key.starts_with(prefix)) continue;
        std::int64_t amount = 0;
        const std::string_view digits = value.text();
        const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), amount);
        if (error == std::errc{} && end == digits.data() + digits.size() && amount > 0)
            intent.captures.push_back({key.substr(prefix.size()), amount});
    }
    return intent;
}

std::optional<Refund> read_refund(const Value& object) {
    if (!is_a(object, "refund")) return std::nullopt;
    return Refund{.id = text(object, "id"),
                  .status = text(object, "status"),
                  .currency = text(object, "currency"),
                  .reference = text(member(object, "metadata"), "reference"),
                  .intent = text(object, "payment_intent"),
                  .failure_reason = text(object, "failure_reason"),
                  .amount = integer(object, "amount")};
}

std::optional<Dispute> read_dispute(const Value& object) {
    if (!is_a(object, "dispute")) return std::nullopt;
    return Dispute{.id = text(object, "id"),
                   .status = text(object, "status"),
                   .currency = text(object, "currency"),
                   .reason = text(object, "reason"),
                   .intent = text(object, "payment_intent"),
                   .amount = integer(object, "amount")};
}

std::optional<Payout> read_payout(const Value& object) {
    if (!is_a(object, "payout")) return std::nullopt;
    const Value& automatic = member(object, "automatic");
    return Payout{.id = text(object, "id"),
                  .status = text(object, "status"),
                  .currency = text(object, "currency"),
                  .reconciliation = text(object, "reconciliation_status"),
                  .amount = integer(object, "amount"),
                  .arrival_s = integer(object, "arrival_date"),
                  .is_automatic = automatic.kind() != Kind::boolean || automatic.as_boolean()};
}

std::optional<BalanceTransaction> read_balance_transaction(const Value& object) {
    if (!is_a(object, "balance_transaction")) return std::nullopt;
    BalanceTransaction read{.id = text(object, "id"),
                            .type = text(object, "type"),
                            .category = text(object, "reporting_category"),
                            .currency = text(object, "currency"),
                            .description = text(object, "description"),
                            .amount = integer(object, "amount"),
                            .fee = integer(object, "fee"),
                            .source = text(object, "source"),
                            .source_object = {},
                            .operation = {},
                            .reference = {},
                            .captures = {},
                            .is_of_payout_by_hand = false};
    const Value& source = member(object, "source");
    if (source.kind() != Kind::object) {
        read.operation = read.source;
        return read;
    }
    read.source = read.operation = text(source, "id");
    read.source_object = text(source, "object");
    if (const auto payout = read_payout(source)) read.is_of_payout_by_hand = !payout->is_automatic;
    read.reference = text(member(source, "metadata"), "reference");
    std::string intent_id = text(source, "payment_intent");
    if (const auto intent = read_intent(member(source, "payment_intent"))) {
        intent_id = intent->id;
        // A refund has a reference of its own; a charge's metadata is a copy that was made earlier.
        if (read.source_object != "refund") read.reference = intent->reference;
        read.captures = intent->captures;
    }
    if (read.source_object == "charge" && !intent_id.empty()) read.operation = intent_id;
    return read;
}

std::optional<Problem> read_problem(const Value& reply) {
    const Value& error = member(reply, "error");
    if (error.kind() != Kind::object || text(error, "type").empty()) return std::nullopt;
    return problem_of(error);
}

std::optional<Intent> read_intent_of_problem(const Value& reply) {
    return read_intent(member(member(reply, "error"), "payment_intent"));
}

std::optional<Page> read_page(const Value& reply) {
    if (!is_a(reply, "list") && !is_a(reply, "search_result")) return std::nullopt;
    const Value& data = member(reply, "data");
    const Value& more = member(reply, "has_more");
    if (data.kind() != Kind::array || more.kind() != Kind::boolean) return std::nullopt;
    Page page{.has_more = more.as_boolean(), .items = {}};
    for (const Value& item : data.items()) page.items.push_back(&item);
    return page;
}

std::string read_id(const Value& reply, std::string_view object) {
    return is_a(reply, object) ? text(reply, "id") : std::string{};
}

std::string read_text(const Value& reply, std::string_view name) { return text(reply, name); }

}  // namespace florin::stripe
