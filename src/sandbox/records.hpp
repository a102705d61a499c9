#pragma once

#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "florin/base/result.hpp"
#include "florin/sandbox/sandbox.hpp"

namespace florin::sandbox {

/// What a record is; stored as the number, so never renumber.
enum class RecordKind : int {
    settings = 1,
    faults = 2,
    transaction = 3,
    batch = 4,
    customer_profile = 5,
    nonce = 6,
    bank_payment = 7,
    bank_operation = 8,
    bank_card = 9,
    secret = 10,
    webhook_delivery = 11,
    webhook_settings = 12,
    authorize_net_endpoint = 13,
    authorize_net_account = 14,
    stripe_payment_intent = 21,
    stripe_refund = 22,
    stripe_payment_method = 23,
    stripe_customer = 24,
    stripe_setup_intent = 25,
    stripe_reply = 26,
    stripe_endpoint = 27,
    stripe_mandate = 28,
    stripe_dispute = 29,
    stripe_settings = 30,
    stripe_balance_transaction = 31,
    stripe_payout = 32,
    chargebee_customer = 41,
    chargebee_payment_source = 42,
    chargebee_transaction = 43,
    chargebee_invoice = 44,
    chargebee_credit_note = 45,
    chargebee_hosted_page = 46,
    chargebee_reply = 47,
    chargebee_webhook = 48,
    buckaroo_transaction = 51,
    buckaroo_settings = 52,
    mail = 61,
    wallet_settings = 81,
    wallet_request = 82,
    wallet_refund = 83,
    salesforce_case = 91,
    salesforce_settings = 92,
};

/// The file behind the maps: every change is written through, all changes of one call in one commit.
/// Without a directory it keeps nothing. Not thread-safe: the sandbox's lock covers it.
class Records {
public:
    static Result<std::unique_ptr<Records>> open(const std::string& directory);
    virtual ~Records() = default;

    /// Shows every stored record of a kind, by rising key.
    virtual void load(RecordKind kind,
                      const std::function<void(std::string_view key, std::string_view body)>& sink) = 0;
    virtual std::vector<Movement> load_movements() = 0;

    /// Remembered until `commit`. An empty body removes the record.
    virtual void put(RecordKind kind, std::string_view key, std::string body) = 0;
    virtual void put(const Movement& movement) = 0;
    /// False when nothing is kept, so that callers need not make the bodies.
    virtual bool is_kept() const = 0;
    /// Writes what was put, all or nothing. Stops the process when the file cannot be written: memory
    /// would know of money that the file does not.
    virtual void commit() = 0;
};

}  // namespace florin::sandbox
