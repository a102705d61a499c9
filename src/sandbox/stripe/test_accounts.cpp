#include "test_accounts.hpp"

#include <algorithm>
#include <iterator>

namespace florin::sandbox::stripe {
namespace {

constexpr std::string_view test_routing_number = "110000000";

struct TestAccount {
    std::string_view number;
    std::string_view scenario;  ///< As in the ids of ready payment methods.
    DebitEnd end = DebitEnd::succeeds;
    std::string_view failure_code = {};
    bool is_slow = false;
};

/// Source: providers' notes on Stripe, section 9.
constexpr TestAccount test_ibans[] = {
    {"DE89370400440532013000", "success"},
    {"DE08370400440532013003", "successDelayed", DebitEnd::succeeds, {}, true},
    {"DE62370400440532013001", "failed", DebitEnd::fails, "generic_could_not_process"},
    {"DE78370400440532013004", "failedDelayed", DebitEnd::fails, "generic_could_not_process", true},
    {"DE35370400440532013002", "disputed", DebitEnd::is_disputed},
    {"DE65370400440000343434", "exceedsSourceLimit", DebitEnd::fails, "charge_exceeds_source_limit"},
    {"DE27370400440000121212", "exceedsWeeklyLimit", DebitEnd::fails, "charge_exceeds_weekly_limit"},
    {"DE65370400440002222227", "insufficientFunds", DebitEnd::fails, "insufficient_funds"},
    {"AT611904300234573201", {}},
    {"AT321904300235473204", {}, DebitEnd::succeeds, {}, true},
    {"AT861904300235473202", {}, DebitEnd::fails, "generic_could_not_process"},
    {"AT051904300235473205", {}, DebitEnd::fails, "generic_could_not_process", true},
    {"AT591904300235473203", {}, DebitEnd::is_disputed},
};
constexpr TestAccount test_numbers[] = {
    {"000123456789", "success"},
    {"000111111113", "accountClosed", DebitEnd::fails, "account_closed"},
    {"000111111116", "noAccount", DebitEnd::fails, "no_account"},
    {"000222222227", "insufficientFunds", DebitEnd::fails, "insufficient_funds"},
    {"000333333335", "debitNotAuthorized", DebitEnd::fails, "debit_not_authorized"},
    {"000555555559", "dispute", DebitEnd::is_disputed},
    {"000000000009", "processing", DebitEnd::never},
};

template <std::size_t N>
const TestAccount* find(const TestAccount (&all)[N], std::string_view TestAccount::* by, std::string_view text) {
    const auto* found = std::ranges::find(all, text, by);
    return found == std::end(all) || text.empty() ? nullptr : found;
}

BankAccount account_of(const Desk& desk, std::string_view number, const TestAccount* known) {
    BankAccount account;
    account.last4 = number.substr(number.size() - std::min<std::size_t>(4, number.size()));
    account.fingerprint = desk.fingerprint(number).substr(0, 16);
    if (known != nullptr) {
        account.end = known->end;
        account.failure_code = known->failure_code;
        account.is_slow = known->is_slow;
    }
    return account;
}

/// `text` without what it begins and ends with; empty when it does not.
std::string_view between(std::string_view text, std::string_view prefix, std::string_view suffix) {
    if (!text.starts_with(prefix) || !text.ends_with(suffix) || text.size() <= prefix.size() + suffix.size()) return {};
    return text.substr(prefix.size(), text.size() - prefix.size() - suffix.size());
}

}  // namespace

std::optional<PaymentMethod> account_named(const Desk& desk, std::string_view id) {
    PaymentMethod method;
    method.billing.name = "Jenny Rosen";
    method.billing.email = "jenny@example.com";
    if (const auto* known = find(test_ibans, &TestAccount::scenario, between(id, "pm_sepaDebit_", "_de"))) {
        method.type = "sepa_debit";
        method.bank = account_of_iban(desk, known->number);
        return method;
    }
    if (const auto* known = find(test_numbers, &TestAccount::scenario, between(id, "pm_usBankAccount_", ""))) {
        method.type = "us_bank_account";
        method.bank = account_of_number(desk, test_routing_number, known->number);
        method.bank.holder_type = "individual";
        method.bank.account_type = "checking";
        return method;
    }
    return std::nullopt;
}

BankAccount account_of_iban(const Desk& desk, std::string_view iban) {
    BankAccount account = account_of(desk, iban, find(test_ibans, &TestAccount::number, iban));
    account.country = iban.substr(0, 2);
    account.bank_code = iban.substr(4, account.country == "DE" ? 8 : 5);
    return account;
}

BankAccount account_of_number(const Desk& desk, std::string_view routing_number, std::string_view number) {
    BankAccount account = account_of(desk, number, find(test_numbers, &TestAccount::number, number));
    account.country = "US";
    account.routing_number = routing_number;
    return account;
}

std::string_view refusal_of_iban(std::string_view iban) {
    if (iban == "DE91370400440000055555") return "bank_not_supported";
    if (iban == "DE18370400440000066666") return "debit_not_supported";
    return {};
}

std::string_view message_of_failure(std::string_view failure_code) {
    if (failure_code == "insufficient_funds") return "The account has insufficient funds to cover this payment.";
    if (failure_code == "account_closed") return "The customer's bank account has been closed.";
    if (failure_code == "no_account") return "The customer's bank account could not be located.";
    if (failure_code == "debit_not_authorized")
        return "The customer has notified their bank that this is unauthorized.";
    if (failure_code == "charge_exceeds_source_limit" || failure_code == "charge_exceeds_weekly_limit")
        return "The payment exceeds a limit of this account.";
    return "The payment could not be processed by the bank.";
}

}  // namespace florin::sandbox::stripe
