#include "means_checks.hpp"

#include <algorithm>
#include <chrono>

#include "florin/base/iban.hpp"

namespace florin::payments {
namespace {

bool is_digits(std::string_view text) {
    return std::ranges::all_of(text, [](char c) { return c >= '0' && c <= '9'; });
}

/// Source: the American Bankers Association's routing numbers, weights 3, 7, 1.
bool is_routing_number(std::string_view text) {
    if (text.size() != 9 || !is_digits(text)) return false;
    int sum = 0;
    for (std::size_t i = 0; i < text.size(); ++i) {
        constexpr int weights[] = {3, 7, 1};
        sum += weights[i % 3] * (text[i] - '0');
    }
    return sum % 10 == 0 && sum > 0;
}

Result<void> validate_account(BankAccount& account, Method method) {
    if (method == Method::sepa_debit) {
        auto iban = parse_iban(account.iban);
        if (!iban) return fail(std::move(iban.error()));
        account.iban = std::move(*iban);
        if (account.routing_number.empty() && account.account_number.empty()) return {};
        return fail(ErrorKind::invalid, "bank_account_mixed", "A SEPA direct debit needs the IBAN alone.",
                    "bank_account");
    }
    if (!account.iban.empty())
        return fail(ErrorKind::invalid, "bank_account_mixed",
                    "An ACH debit needs a routing and an account number, not an IBAN.", "bank_account.iban");
    if (!is_routing_number(account.routing_number))
        return fail(ErrorKind::invalid, "invalid_routing_number", "That is not a routing number.",
                    "bank_account.routing_number");
    const std::string_view number = account.account_number;
    if (number.size() < 4 || number.size() > 17 || !is_digits(number))
        return fail(ErrorKind::invalid, "invalid_account_number", "An account number has 4 to 17 digits.",
                    "bank_account.account_number");
    return {};
}

Result<void> validate_debit(ChargeCommand& command) {
    if (command.card || command.payment_method)
        return fail(ErrorKind::invalid, "means_not_of_method", "A direct debit is not paid with a card.",
                    command.card ? "card" : "payment_method_token");
    if (command.bank_account.has_value() == command.mandate_of.has_value())
        return fail(ErrorKind::invalid, "account_or_mandate",
                    "Give either `bank_account` or `original_transaction_id`.", "bank_account");
    if (!command.bank_account) return {};
    return validate_account(*command.bank_account, command.method);
}

/// Plain HTTP is for a developer's own machine, and for nothing else.
bool is_return_url(std::string_view url) {
    const bool is_local =
        url.starts_with("http://127.0.0.1") || url.starts_with("http://localhost") || url.starts_with("http://[::1]");
    return (is_local || url.starts_with("https://")) &&
           std::ranges::all_of(url, [](char c) { return c > 0x20 && c < 0x7f && c != '"' && c != '<' && c != '>'; });
}

/// What the payer confirms with somebody else.
Result<void> validate_elsewhere(const ChargeCommand& command) {
    if (command.card || command.payment_method)
        return fail(ErrorKind::invalid, "means_not_of_method", "By this method the payer gives nothing here.",
                    command.card ? "card" : "payment_method_token");
    if (command.bank_account)
        return fail(ErrorKind::invalid, "means_not_of_method", "By this method the payer gives nothing here.",
                    "bank_account");
    if (command.mandate_of)
        return fail(ErrorKind::invalid, "means_not_of_method", "Only direct debits go by an earlier mandate.",
                    "original_transaction_id");
    if (command.method != Method::wallet && command.return_url.empty())
        return fail(ErrorKind::invalid, "return_url_missing", "The payer's browser has to come back somewhere.",
                    "return_url");
    return {};
}

}  // namespace

Result<void> validate_means(ChargeCommand& command) {
    if (!command.return_url.empty() && !is_return_url(command.return_url))
        return fail(ErrorKind::invalid, "invalid_return_url", "Give an address that begins with https://.",
                    "return_url");
    if (command.method != Method::card && command.type == TransactionType::authorize)
        return fail(ErrorKind::invalid, "method_cannot_be_authorized",
                    "Only cards can be authorized first. Use a purchase.", "payment_method_type");
    switch (command.method) {
        case Method::card:
            if (command.card.has_value() == command.payment_method.has_value())
                return fail(ErrorKind::invalid, "card_or_token", "Give either `card` or `payment_method_token`.",
                            "card");
            if (command.bank_account)
                return fail(ErrorKind::invalid, "means_not_of_method", "A card payment has no bank account.",
                            "bank_account");
            if (command.mandate_of)
                return fail(ErrorKind::invalid, "means_not_of_method", "Only direct debits go by an earlier mandate.",
                            "original_transaction_id");
            return {};
        case Method::sepa_debit:
        case Method::ach_debit:
            return validate_debit(command);
        case Method::ideal:
        case Method::wallet:
        case Method::hosted_page:
            break;
    }
    return validate_elsewhere(command);
}

Result<void> validate_card(const Card& card, const Capabilities& can, Instant now) {
    if (card.expiry_month < 1 || card.expiry_month > 12)
        return fail(ErrorKind::invalid, "invalid_expiry", "The month is 1 to 12.", "card.expiry_month");
    if (!can.checks_cards) return {};
    if (!card.number.passes_luhn())
        return fail(ErrorKind::invalid, "invalid_card_number", "The card number has a wrong check digit.",
                    "card.number");
    // A card is good to the end of its month, everywhere on earth.
    const std::chrono::year_month expires{std::chrono::year{card.expiry_year},
                                          std::chrono::month{static_cast<unsigned>(card.expiry_month)}};
    const std::chrono::sys_days first_bad =
        std::chrono::sys_days{(expires + std::chrono::months{1}) / 1} + std::chrono::days{1};
    if (std::chrono::sys_time<Millis>{Millis{now.ms}} >= first_bad)
        return fail(ErrorKind::invalid, "card_expired", "The card has expired.", "card.expiry_year");
    return {};
}

Result<void> validate_charge(ChargeCommand& command, const Capabilities& can, Instant now) {
    if (!command.amount.is_positive())
        return fail(ErrorKind::invalid, "amount_not_positive", "The amount must be greater than zero.", "amount");
    if (!can.takes(command.method, command.amount.code()))
        return fail(ErrorKind::invalid, "method_not_supported",
                    "No provider of yours takes payments by that method in that currency.", "payment_method_type");
    if (auto right = validate_means(command); !right) return right;
    if (!command.card) return {};
    return validate_card(*command.card, can, now);
}

CardFacts facts_of(const Card& card) {
    return {.last4 = card.number.last4(),
            .brand = std::string{card.number.brand()},
            .expiry_month = card.expiry_month,
            .expiry_year = card.expiry_year};
}

CardFacts facts_of(const ChargeCommand& command) {
    if (command.card) return facts_of(*command.card);
    const auto last4 = [](std::string_view number) { return std::string{number.substr(number.size() - 4)}; };
    if (!command.bank_account) return {.last4 = command.payer_last4, .brand = {}};
    const BankAccount& account = *command.bank_account;
    return {.last4 = last4(command.method == Method::sepa_debit ? account.iban : account.account_number), .brand = {}};
}

}  // namespace florin::payments
