#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "florin/base/id.hpp"
#include "florin/base/instant.hpp"
#include "florin/base/money.hpp"
#include "florin/http/message.hpp"
#include "florin/runtime/task.hpp"
#include "florin/security/card.hpp"

namespace florin::payments {

enum class TransactionType { authorize, purchase, capture, refund, cancel };
std::string_view to_text(TransactionType type);

struct BillingAddress {
    std::string first_name, last_name, company, address, city, state, zip, country;
};

/// A card on its way through: alive for one request, never stored.
struct Card {
    security::Pan number;
    int expiry_month = 0;  ///< 1–12
    int expiry_year = 0;   ///< Four digits.
    security::Cvv cvv;     ///< May be empty.
    std::string name;
};

/// A request for money: exactly one of `card` and `token` is given.
struct Charge {
    std::string reference;  ///< Ours, at most 20 characters of A–Z and 0–9, a function of the transaction's id.
    Money amount;
    const Card* card = nullptr;
    std::string token;  ///< A provider's token as `store_card` gave it.
    BillingAddress billing;
    std::string customer_id;
    std::string client_ip;
    std::string description;
    bool is_merchant_initiated = false;
};

/// A capture, refund or cancel of something that the provider has already approved.
struct FollowUp {
    std::string reference;
    Money amount;  ///< Of a cancel: what is released.
    std::string parent_provider_id;
    std::string parent_reference;
    std::string card_last4;
    std::string token;  ///< The payment's stored token, empty when there is none.
    bool is_first_capture = true;
};

/// Asks what became of an operation that was, or may have been, sent.
struct Lookup {
    TransactionType type;
    std::string reference;
    Money amount;
    std::string parent_provider_id;  ///< Of a capture, refund or cancel.
    std::string card_last4;
    bool is_first_capture = true;
    Instant sent_at;
};

enum class Outcome {
    approved,     ///< Done, for `amount`.
    pending,      ///< The provider has it and will decide later: look it up again.
    declined,     ///< A definite no to this payer; `decline` says of which class.
    refused,      ///< A definite no to this request (input, state, configuration); nothing moved.
    not_settled,  ///< A refund refused because the original has not settled yet; nothing moved.
    not_found,    ///< Of a look-up: the provider knows of no such operation (yet).
    not_sent,     ///< Nothing left this machine, or the provider says it did nothing and to try again.
    no_answer,    ///< It may or may not have happened.
};
std::string_view to_text(Outcome outcome);

/// Why a payer was declined, in the words that policies use.
enum class DeclineClass { none, insufficient_funds, soft, hard, fraud, invalid_card, expired_card, input, technical };
std::string_view to_text(DeclineClass decline);

struct Answer {
    Outcome outcome = Outcome::no_answer;
    std::string provider_id;  ///< The provider's id of the transaction.
    std::string auth_code;
    std::optional<Money> amount;  ///< What was approved, where the provider says so (partial approval, F25).
    DeclineClass decline = DeclineClass::none;
    std::string provider_code;  ///< The provider's own reason code, as text.
    std::string message;        ///< The provider's reason, safe to show to the merchant.
    std::string avs, cvv;       ///< Result codes as the provider gives them.
    /// With `no_answer`: somebody answered, but what it means is not known. A person has to look.
    bool is_undecided = false;
    std::string stored_token;  ///< A token the provider made along the way, empty when none.
};

/// A card stored at the provider.
struct StoredCard {
    Outcome outcome = Outcome::no_answer;
    std::string token;
    std::string provider_code, message;
};

struct Capabilities {
    /// "Not found" is final only when said twice, the later time at least this long after sending (F7).
    Millis settle_delay{10'000};
    /// A charge that is pending goes on when it is sent again under its reference: document C's bank.
    /// Elsewhere it would be refused as a duplicate, or worse.
    bool continues_when_repeated = false;
    Millis authorization_lifetime{30LL * 24 * 3600 * 1000};
    bool can_store_cards = true;
    /// Live: the card number must pass Luhn and not be expired. Off for the bank simulator.
    bool checks_cards = true;
};

/// What a webhook that the provider has signed is about. Only a hint: what became of it is looked up.
struct Notice {
    std::string event_id;    ///< Unique at the provider, for good.
    std::string event_type;  ///< The provider's word.
    std::string reference;   ///< Ours of an operation of the payment; empty when it names none.
};

/// The refusals of `read_webhook`, the same for all providers.
inline std::unexpected<Error> webhook_not_genuine() {
    return fail(ErrorKind::unauthenticated, "webhook_not_genuine", "The signature is not the provider's.");
}
inline std::unexpected<Error> webhook_unreadable() {
    return fail(ErrorKind::invalid, "webhook_unreadable", "The webhook is genuine, but not what the provider writes.");
}
inline std::unexpected<Error> webhooks_not_configured() {
    return fail(ErrorKind::unavailable, "webhooks_not_configured", "There is no signature key for this provider.");
}

/// Connectors translate and do not decide: they keep no state about payments, repeat nothing, throw
/// nothing. An answer they do not recognise is `no_answer`, never a refusal.
class Connector {
public:
    virtual ~Connector() = default;
    virtual std::string_view name() const = 0;
    virtual Capabilities capabilities() const = 0;
    virtual Task<Answer> authorize(const Charge& charge) = 0;
    virtual Task<Answer> purchase(const Charge& charge) = 0;
    virtual Task<Answer> capture(const FollowUp& capture) = 0;
    virtual Task<Answer> refund(const FollowUp& refund) = 0;
    virtual Task<Answer> cancel(const FollowUp& cancel) = 0;
    /// What became of an operation sent earlier: how a lost answer is found again.
    virtual Task<Answer> lookup(const Lookup& operation) = 0;
    /// `reference` as in `Charge`: repeating with the same one finds the card that it made.
    virtual Task<StoredCard> store_card(const Card& card, const BillingAddress& billing, std::string_view customer_id,
                                        std::string_view reference) = 0;
    /// Reads a webhook as it came; `now` is for signatures that carry a time. Errors: the refusals above, and
    /// `not_found`: this provider sends none. Does no I/O; any thread.
    virtual Result<Notice> read_webhook(const http::Request&, Instant /*now*/) const {
        return fail(ErrorKind::not_found, "no_webhooks", "This provider sends no webhooks.");
    }
};

}  // namespace florin::payments
