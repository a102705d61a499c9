#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "card_facts.hpp"

namespace florin::sandbox::authorize_net {

/// In the vendor's words, see `status_text`.
enum class Status : int {
    authorized_pending_capture = 1,
    captured_pending_settlement,
    settled_successfully,
    refund_pending_settlement,
    refund_settled_successfully,
    voided,
    declined,
    expired,
    fds_pending_review,
    settlement_error,
};
std::string_view status_text(Status status);

struct Transaction {
    std::int64_t id = 0;
    std::string login;
    std::string type;  ///< As requested: `authCaptureTransaction` …
    Status status = Status::declined;
    int response_code = 0;
    int reason_code = 0;
    std::string auth_code;
    std::string avs;
    std::string cvv;
    std::string currency;
    std::int64_t requested_minor = 0;
    std::int64_t authorized_minor = 0;
    std::int64_t settle_minor = 0;    ///< Captured (or, of a refund, given back).
    std::int64_t refunded_minor = 0;  ///< Of refunds that were not voided.
    std::string reference;            ///< invoiceNumber, else refId: see Movement.
    std::string ref_id;
    std::string invoice;
    std::string description;
    std::string customer_id;
    std::string customer_email;
    std::string first_name;
    std::string last_name;
    std::string bill_to;  ///< As it came, JSON text.
    Account account;
    std::int64_t referenced = 0;  ///< The transaction that a refund refers to.
    std::int64_t customer_profile = 0;
    std::int64_t payment_profile = 0;
    std::string network_id;
    std::string duplicate_key;
    bool is_recurring = false;
    std::int64_t submitted_at = 0;
    std::int64_t captured_at = 0;
    std::int64_t batch = 0;
    std::int64_t stated_minor = 0;  ///< What its batch says it came to, by a fault; 0: the truth.
    bool is_left_out = false;       ///< Settled, and in no batch's list, by a fault.

    template <class Fields>
    void fields(Fields& f) {
        f("id", id), f("login", login), f("type", type), f("status", status), f("response", response_code);
        f("reason", reason_code), f("auth_code", auth_code), f("avs", avs), f("cvv", cvv), f("currency", currency);
        f("requested", requested_minor), f("authorized", authorized_minor), f("settle", settle_minor);
        f("refunded", refunded_minor), f("reference", reference), f("ref_id", ref_id), f("invoice", invoice);
        f("description", description), f("customer_id", customer_id), f("customer_email", customer_email);
        f("first_name", first_name), f("last_name", last_name), f("bill_to", bill_to), f("account", account);
        f("referenced", referenced), f("customer_profile", customer_profile), f("payment_profile", payment_profile);
        f("network_id", network_id), f("duplicate_key", duplicate_key), f("recurring", is_recurring);
        f("submitted_at", submitted_at), f("captured_at", captured_at), f("batch", batch);
        f("stated", stated_minor), f("left_out", is_left_out);
    }
};

enum class BatchState : int { settled, pending, error };

/// What is settled at once: of one account, one currency, and cards or bank accounts.
struct Batch {
    std::int64_t id = 0;
    std::string login;
    std::string currency;
    bool is_bank = false;
    BatchState state = BatchState::settled;
    std::int64_t settled_at = 0;       ///< While it is pending: when it began.
    std::int64_t misstated_minor = 0;  ///< By how much its statistics are wrong, by a fault.

    template <class Fields>
    void fields(Fields& f) {
        f("id", id), f("login", login), f("currency", currency), f("bank", is_bank), f("state", state);
        f("settled_at", settled_at), f("misstated", misstated_minor);
    }
};

struct StoredAddress {
    std::int64_t id = 0;
    std::string json;  ///< Without its id.

    template <class Fields>
    void fields(Fields& f) {
        f("id", id), f("json", json);
    }
};

struct PaymentProfile {
    std::int64_t id = 0;
    std::string customer_type;
    std::string bill_to;  ///< JSON text, empty when there is none.
    bool is_default = false;
    Account account;

    template <class Fields>
    void fields(Fields& f) {
        f("id", id), f("customer_type", customer_type), f("bill_to", bill_to), f("default", is_default);
        f("account", account);
    }
};

struct CustomerProfile {
    std::int64_t id = 0;
    std::string login;
    std::string merchant_customer_id;
    std::string description;
    std::string email;
    std::vector<PaymentProfile> payment_profiles;
    std::vector<StoredAddress> addresses;

    PaymentProfile* find(std::int64_t payment_profile_id) {
        for (PaymentProfile& profile : payment_profiles) {
            if (profile.id == payment_profile_id) return &profile;
        }
        return nullptr;
    }
    template <class Fields>
    void fields(Fields& f) {
        f("id", id), f("login", login), f("customer", merchant_customer_id), f("description", description);
        f("email", email), f("payment_profiles", payment_profiles), f("addresses", addresses);
    }
};

/// What `securePaymentContainerRequest` gave out for a card. Good once, for fifteen minutes.
struct Nonce {
    std::string login;
    Account account;
    std::string card_code_behaviour;  ///< The cvvResultCode that the card's code will have.
    std::int64_t expires_at = 0;
    bool is_used = false;
    bool is_number_valid = false;

    template <class Fields>
    void fields(Fields& f) {
        f("login", login), f("account", account), f("cvv", card_code_behaviour), f("expires_at", expires_at);
        f("used", is_used), f("valid", is_number_valid);
    }
};

}  // namespace florin::sandbox::authorize_net
