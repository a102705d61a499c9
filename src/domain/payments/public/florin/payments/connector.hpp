#pragma once

#include <algorithm>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "florin/base/id.hpp"
#include "florin/base/instant.hpp"
#include "florin/base/money.hpp"
#include "florin/http/message.hpp"
#include "florin/payments/settlement.hpp"
#include "florin/runtime/task.hpp"
#include "florin/security/card.hpp"

namespace florin::payments {

/// The last two are the provider's doing: money taken back from a payment, and money that came back of that.
enum class TransactionType { authorize, purchase, capture, refund, cancel, chargeback, chargeback_reversal };
inline constexpr int transaction_type_count = 7;
std::string_view to_text(TransactionType type);
constexpr bool is_charge(TransactionType type) {
    return type == TransactionType::authorize || type == TransactionType::purchase;
}
/// Made by the provider, told by `reversals`; never sent.
constexpr bool is_told(TransactionType type) {
    return type == TransactionType::chargeback || type == TransactionType::chargeback_reversal;
}

/// How the payer pays.
enum class Method {
    card,
    ideal,        ///< The payer's bank, in their browser.
    sepa_debit,   ///< Direct debit of an IBAN, or under the mandate of an earlier payment.
    ach_debit,    ///< Direct debit of a bank account in the United States.
    wallet,       ///< A balance at the provider, confirmed there.
    hosted_page,  ///< Whatever the payer picks on the provider's own page.
};
inline constexpr int method_count = 6;
std::string_view to_text(Method method);
std::optional<Method> parse_method(std::string_view text);

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

/// A bank account on its way through: like a card, alive for one request, never stored or logged but for the last four.
struct BankAccount {
    std::string holder_name;
    std::string iban;                            ///< Of `sepa_debit`: checked, without spaces, upper case.
    std::string routing_number, account_number;  ///< Of `ach_debit`: digits.
};

/// A request for money. Of a card exactly one of `card` and `token` is given, of a direct debit exactly one of
/// `bank_account`, `token` and `mandate_provider_id`, of what the payer confirms elsewhere none of them.
struct Charge {
    std::string reference;  ///< Ours, at most 20 characters of A–Z and 0–9, a function of the transaction's id.
    Money amount;
    Method method = Method::card;
    const Card* card = nullptr;
    const BankAccount* bank_account = nullptr;
    std::string token;  ///< A provider's token as `store_card` gave it.
    /// The provider's id of an earlier payment whose payer agreed to more: a direct debit by it (requirements B-FR-23).
    std::string mandate_provider_id = {};
    bool makes_mandate = false;   ///< The payer agrees to later debits by this payment.
    std::string return_url = {};  ///< Where the payer's browser goes after paying elsewhere. Empty: nowhere.
    std::string email = {};       ///< Empty: not known.
    BillingAddress billing;
    std::string customer_id;
    std::string client_ip;
    std::string description;
    bool is_merchant_initiated = false;
    /// The trace of the request that it is for (W3C), whose children the calls to the provider are. Empty: none.
    std::string traceparent = {};
};

/// A capture, refund or cancel of something that the provider has already approved.
struct FollowUp {
    std::string reference;
    Money amount;  ///< Of a cancel: what is released.
    Method method = Method::card;
    std::string parent_provider_id;
    std::string parent_reference;
    std::string card_last4;
    std::string token;  ///< The payment's stored token, empty when there is none.
    bool is_first_capture = true;
    std::string traceparent = {};  ///< As in `Charge`.
};

/// Asks what became of an operation that was, or may have been, sent.
struct Lookup {
    TransactionType type;
    std::string reference;
    Money amount;
    Method method = Method::card;
    std::string provider_id = {};  ///< The provider's own id of it; empty where no answer ever told.
    /// Of `reversals`: the id that a webhook which may be of one named (`Notice::provider_id`). Empty: none did.
    std::string noticed_provider_id = {};
    std::string parent_provider_id;  ///< Of a capture, refund or cancel.
    std::string card_last4;
    bool is_first_capture = true;
    Instant sent_at;
    std::string traceparent = {};  ///< As in `Charge`.
};

enum class Outcome {
    approved,     ///< Done, for `amount`.
    pending,      ///< The provider has it, or waits for the payer, and decides later: look it up again.
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
    /// With `pending`: where the payer's browser has to go (a bank's page, a hosted page, 3-D Secure). Empty: the payer
    /// has nothing to do.
    std::string action_url = {};
    std::string payer_last4 = {};  ///< Of the account that pays, where the provider tells it only now.
};

/// Money that the provider took back after it was paid: a chargeback of a card, a returned or reversed direct debit.
/// Source: failures F28, providers' pages on disputes and R-transactions.
struct Reversal {
    std::string provider_id;  ///< The provider's own id of it, unique there.
    Money amount;
    enum class State {
        taken,  ///< The money is gone, for now or for good.
        won,    ///< It was contested and has come back.
    } state = State::taken;
    std::string reason;                         ///< The provider's or the scheme's code: `fraudulent`, `AM04`.
    DeclineClass decline = DeclineClass::none;  ///< Whether to ask again, in the words that policies use.
    std::string message;                        ///< In words, safe to show to the merchant.
};
/// What is known of a charge's reversals. Without an answer there is nothing to conclude.
struct Reversals {
    bool is_answered = false;
    std::vector<Reversal> all;
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
    std::vector<Method> methods = {Method::card};
    /// The currencies that it takes; empty: all.
    std::vector<std::string> currencies = {};
    /// Whether it would refuse every charge in that currency, though none of `currencies` says so: of one method alone,
    /// or because of the currency's decimals. Nothing: it would not.
    bool (*refuses_currency)(Method, Currency) = nullptr;
    /// Money may be taken back after it was paid, and `reversals` tells of it.
    bool has_reversals = false;
    bool has_settlements = false;  ///< `settlements` and `settlement_lines` tell what was paid out.
    bool takes(Method method, std::string_view currency) const {
        return std::ranges::find(methods, method) != methods.end() &&
               (currencies.empty() || std::ranges::find(currencies, currency) != currencies.end());
    }
};

/// What a webhook that the provider has signed is about. Only a hint: what became of it is looked up.
struct Notice {
    std::string event_id;    ///< Unique at the provider, for good.
    std::string event_type;  ///< The provider's word.
    std::string reference;   ///< Ours of an operation of the payment; empty when it names none.
    /// The provider's own id of what it tells of; empty when it names none. Of a provider that finds nothing by our
    /// reference, it is how the id comes back that a lost answer would have told: as `Lookup::provider_id` of the
    /// operation with this reference, or, of what may be a reversal, as `Lookup::noticed_provider_id`.
    std::string provider_id = {};
    bool may_be_reversal = false;  ///< It tells of money taken back, or come back: reversals are to be read.
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
    /// A charge that this look-up found approved has been recorded for good: for providers that keep a list of what
    /// nobody has dealt with yet. Whatever becomes of it changes nothing; after a crash it may never be told.
    virtual Task<void> acknowledge(const Lookup& operation);
    /// What was taken back of a purchase or capture. Only asked where `has_reversals`.
    virtual Task<Reversals> reversals(const Lookup& operation);
    /// What was settled, or is about to be, from `since` and before `until`, the oldest first. Spans of any length are
    /// cut to what the provider answers at once. Only asked where `has_settlements`, as the next one. Errors:
    /// `outcome_unknown`, ask again.
    virtual Task<Result<std::vector<Settlement>>> settlements(Instant since, Instant until);
    /// A page of a settlement's lines, always in the same order. `cursor`: as the page before said; empty: the first.
    virtual Task<Result<SettlementPage>> settlement_lines(const Settlement& settlement, std::string cursor);
    /// `reference` as in `Charge`: repeating with the same one finds the card that it made.
    virtual Task<StoredCard> store_card(const Card& card, const BillingAddress& billing, std::string_view customer_id,
                                        std::string_view reference) = 0;
    /// Our reference of what a webhook names by the provider's own id alone (`Notice::provider_id`), where the provider
    /// can be asked for it. Empty: it has none, or is none of ours. Errors: `outcome_unknown`, ask again.
    virtual Task<Result<std::string>> reference_of(std::string provider_id);
    /// Reads a webhook as it came; `now` is for signatures that carry a time. Errors: the refusals above, and
    /// `not_found`: this provider sends none. Does no I/O; any thread.
    virtual Result<Notice> read_webhook(const http::Request&, Instant /*now*/) const {
        return fail(ErrorKind::not_found, "no_webhooks", "This provider sends no webhooks.");
    }
};

}  // namespace florin::payments
