#include <algorithm>

#include "amount.hpp"
#include "classify.hpp"
#include "finder.hpp"
#include "florin/stripe/stripe.hpp"
#include "florin/stripe/webhook.hpp"
#include "requests.hpp"
#include "settlements.hpp"

namespace florin::stripe {
namespace {

using payments::Answer;
using payments::BillingAddress;
using payments::Capabilities;
using payments::Card;
using payments::DeclineClass;
using payments::FollowUp;
using payments::Lookup;
using payments::Method;
using payments::Outcome;
using payments::StoredCard;
using payments::TransactionType;

/// Longer than Stripe takes for any request: after it, an intent that is not confirmed never will be.
constexpr Millis longest_confirmation{10 * 60'000};
/// How long a payer may take on their bank's page, and to find out what arrived in their account.
constexpr Millis longest_action{24LL * 3'600'000};
constexpr Millis longest_verification{10LL * 24 * 3'600'000};

Answer not_supported() {
    return refused("amount_not_supported", "This provider cannot take that amount in that currency.");
}

/// Of an exchange that brought no reply.
Answer answer_of(const Error& error) {
    Answer answer;
    answer.outcome = error.kind == ErrorKind::unavailable ? Outcome::not_sent
                     : error.kind == ErrorKind::not_found ? Outcome::not_found
                                                          : Outcome::no_answer;
    answer.provider_code = error.code;
    answer.message = error.message;
    return answer;
}

StoredCard stored_of(const Answer& answer) {
    return {.outcome = answer.outcome, .token = {}, .provider_code = answer.provider_code, .message = answer.message};
}

/// What was only to prepare something moved no money: when it did not succeed, nothing was done.
Answer of_preparation(Answer answer) {
    if (answer.outcome == Outcome::no_answer) answer.outcome = Outcome::not_sent;
    return answer;
}

class Stripe final : public payments::Connector {
public:
    Stripe(Settings settings, World world, std::function<http::Client&()> client)
        : line_{std::move(settings), std::move(client)},
          finder_{line_, world.clock},
          settlements_{finder_},
          clock_{world.clock} {}

    std::string_view name() const override { return "stripe"; }

    Capabilities capabilities() const override {
        Capabilities capabilities;
        // Lists show what was written; this is for what is still on its way.
        capabilities.settle_delay = Millis{10'000};
        // Then Stripe lets go of most cards' holds.
        capabilities.authorization_lifetime = Millis{7LL * 24 * 3'600'000};
        capabilities.methods = {Method::card, Method::sepa_debit, Method::ach_debit};
        capabilities.has_reversals = true;
        capabilities.has_settlements = true;
        capabilities.refuses_currency = [](Method method, Currency currency) {
            if (method == Method::sepa_debit) return currency.code() != "EUR";
            if (method == Method::ach_debit) return currency.code() != "USD";
            return !is_known(currency);
        };
        return capabilities;
    }

    Result<payments::Notice> read_webhook(const http::Request& request, Instant now) const override {
        const Settings& settings = line_.settings();
        if (settings.webhook_secret.is_empty()) return payments::webhooks_not_configured();
        const std::string_view signature = request.header("stripe-signature");
        const auto is_by = [&](const auto& secret) { return is_signed(request.body, signature, secret.expose(), now); };
        if (!is_by(settings.webhook_secret) && !is_by(settings.previous_webhook_secret))
            return payments::webhook_not_genuine();
        return read_notice(request.body);
    }

    Task<Answer> authorize(const payments::Charge& charge) override {
        return send_charge(charge, TransactionType::authorize);
    }
    Task<Answer> purchase(const payments::Charge& charge) override {
        return send_charge(charge, TransactionType::purchase);
    }

    Task<Answer> capture(const FollowUp& capture) override {
        const auto amount = to_wire(capture.amount);
        if (!amount) co_return not_supported();
        const std::string id = capture.parent_provider_id, reference = capture.reference;
        const bool is_first = capture.is_first_capture;
        if (!is_id(id, "pi_")) co_return refused("invalid_parent", "The authorization has no id at the provider.");
        // Only the intent knows whether the rest may be kept for a later capture.
        const auto intent = co_await finder_.intent(id);
        if (!intent) co_return of_preparation(answer_of(intent.error()));
        if (intent->status != "requires_capture") {
            Answer known = judge_capture(*intent, reference);
            if (known.outcome != Outcome::not_found) co_return known;
            co_return refused(is_first ? "payment_intent_unexpected_state" : "capture_not_repeatable",
                              is_first ? "The authorization can no longer be captured."
                                       : "This account captures an authorization once only; the rest was let go of.");
        }
        const bool may_repeat = intent->charge && intent->charge->has_multicapture;
        const bool is_final = !may_repeat || intent->capturable == *amount;
        std::string body = capture_body(reference, *amount, is_final, may_repeat);
        const auto reply = co_await line_.command("payment_intents/" + id + "/capture", std::move(body), reference);
        if (!reply) co_return answer_of(reply.error());
        if (!reply->is_good()) co_return classify_refusal(*reply);
        const auto captured = read_intent(reply->body);
        if (!captured || captured->id != id) co_return foreign_reply();
        Answer answer = judge_capture(*captured, reference);
        // Said to be done, and not there.
        if (answer.outcome != Outcome::approved) answer.outcome = Outcome::no_answer;
        co_return answer;
    }

    Task<Answer> refund(const FollowUp& refund) override {
        const auto amount = to_wire(refund.amount);
        if (!amount) co_return not_supported();
        const std::string id = refund.parent_provider_id, reference = refund.reference;
        if (!is_id(id, "pi_")) co_return refused("invalid_parent", "The payment has no id at the provider.");
        std::string body = refund_body(reference, id, *amount);
        const auto reply = co_await line_.command("refunds", std::move(body), reference);
        if (!reply) co_return answer_of(reply.error());
        if (!reply->is_good()) co_return classify_refusal(*reply);
        const auto made = read_refund(reply->body);
        if (!made) co_return foreign_reply();
        co_return judge_refund(*made, reference, id);
    }

    Task<Answer> cancel(const FollowUp& cancel) override {
        const std::string id = cancel.parent_provider_id, reference = cancel.reference;
        if (!is_id(id, "pi_")) co_return refused("invalid_parent", "The authorization has no id at the provider.");
        const auto reply = co_await send_cancel(id, "requested_by_customer", reference);
        if (!reply) co_return answer_of(reply.error());
        if (!reply->is_good()) {
            Answer answer = classify_refusal(*reply);
            // Canceled already: what this one wanted is so.
            if (const auto intent = read_intent_of_problem(reply->body);
                intent && intent->id == id && judge_cancel(*intent).outcome == Outcome::approved)
                answer = judge_cancel(*intent);
            co_return answer;
        }
        const auto canceled = read_intent(reply->body);
        if (!canceled || canceled->id != id) co_return foreign_reply();
        Answer answer = judge_cancel(*canceled);
        if (answer.outcome != Outcome::approved) answer.outcome = Outcome::no_answer;
        co_return answer;
    }

    Task<Answer> lookup(const Lookup& asked) override {
        const Lookup operation = asked;
        switch (operation.type) {
            case TransactionType::authorize:
            case TransactionType::purchase:
                co_return co_await lookup_charge(operation);
            case TransactionType::refund:
                co_return co_await lookup_refund(operation);
            case TransactionType::capture:
            case TransactionType::cancel:
                break;
            case TransactionType::chargeback:
            case TransactionType::chargeback_reversal:
                co_return Answer{.outcome = Outcome::no_answer};
        }
        if (!is_id(operation.parent_provider_id, "pi_")) co_return no_parent();
        const auto intent = co_await finder_.intent(operation.parent_provider_id);
        if (!intent) co_return answer_of(intent.error());
        co_return operation.type == TransactionType::cancel ? judge_cancel(*intent)
                                                            : judge_capture(*intent, operation.reference);
    }

    Task<payments::Reversals> reversals(const Lookup& asked) override {
        const Lookup operation = asked;
        payments::Reversals reversals;
        const bool is_capture = operation.type == TransactionType::capture;
        // A capture's own id is its authorization's intent.
        std::string intent = operation.provider_id.empty() ? operation.parent_provider_id : operation.provider_id;
        if (!is_capture && !is_id(intent, "pi_")) {
            const auto found = co_await finder_.intents(operation.reference, operation.sent_at);
            if (!found || found->size() != 1) co_return reversals;
            intent = found->front().id;
        }
        if (!is_id(intent, "pi_")) co_return reversals;
        auto disputes = co_await finder_.disputes(intent);
        if (!disputes) co_return reversals;
        // It has told of one that its list does not show yet.
        if (disputes->empty() && !operation.noticed_provider_id.empty()) co_return reversals;
        if (is_capture && !disputes->empty()) {
            const auto captured = co_await finder_.intent(intent);
            if (!captured || !take_share(*disputes, *captured, operation.reference)) co_return reversals;
        }
        for (const Dispute& dispute : *disputes) {
            auto reversal = judge_dispute(dispute);
            if (!reversal) co_return payments::Reversals{};
            if (*reversal) reversals.all.push_back(std::move(**reversal));
        }
        reversals.is_answered = true;
        co_return reversals;
    }

    Task<Result<std::vector<payments::Settlement>>> settlements(Instant since, Instant until) override {
        return settlements_.between(since, until);
    }
    Task<Result<payments::SettlementPage>> settlement_lines(const payments::Settlement& settlement,
                                                            std::string cursor) override {
        return settlements_.lines(settlement, std::move(cursor));
    }

    Task<Result<std::string>> reference_of(std::string provider_id) override {
        if (!is_id(provider_id, "pi_")) co_return std::string{};
        const auto intent = co_await finder_.intent(std::move(provider_id));
        if (!intent && intent.error().kind == ErrorKind::not_found) co_return std::string{};
        if (!intent) co_return fail(intent.error());
        co_return intent->reference;
    }

    Task<StoredCard> store_card(const Card& card, const BillingAddress& billing, std::string_view customer_id,
                                std::string_view reference) override {
        const std::string own{reference};
        std::string method = method_body(card, billing);
        std::string customer = customer_body(card.name, {}, customer_id, reference);
        const auto made = co_await prepare("payment_methods", std::move(method), own + "-method", "payment_method");
        if (!made.answer.provider_id.empty()) {
            const auto owner = co_await prepare("customers", std::move(customer), own + "-customer", "customer");
            if (owner.answer.provider_id.empty()) co_return stored_of(owner.answer);
            const StoredIds ids{owner.answer.provider_id, made.answer.provider_id};
            // Asks the bank whether the card may be charged when its holder is away, and ties it to the customer.
            std::string setup = setup_body(ids, own);
            const auto ready = co_await prepare("setup_intents", std::move(setup), own + "-setup", "setup_intent");
            if (ready.answer.provider_id.empty()) co_return stored_of(ready.answer);
            if (ready.status == "succeeded" && parse_token(to_token(ids)))
                co_return StoredCard{
                    .outcome = Outcome::approved, .token = to_token(ids), .provider_code = {}, .message = {}};
            if (ready.status == "requires_action")
                co_return StoredCard{.outcome = Outcome::declined,
                                     .token = {},
                                     .provider_code = "authentication_required",
                                     .message = "The card's bank wants its holder to confirm."};
            co_return StoredCard{.outcome = Outcome::no_answer,
                                 .token = {},
                                 .provider_code = "unexpected_status",
                                 .message = "The card was not set up: " + ready.status + "."};
        }
        co_return stored_of(made.answer);
    }

private:
    static Answer no_parent() {
        return no_answer("no_parent", "What this one follows has no id at the provider to look up.");
    }
    static Answer foreign_reply() {
        return no_answer("foreign_reply", "The provider answered something else than was asked.");
    }

    /// What was made in preparation: `answer.provider_id` is its id, or empty and the rest says why.
    struct Prepared {
        Answer answer;
        std::string status;
    };
    Task<Prepared> prepare(std::string path, std::string body, std::string key, std::string object) {
        const auto reply = co_await line_.prepare(std::move(path), std::move(body), std::move(key));
        if (!reply) co_return Prepared{answer_of(reply.error()), {}};
        if (!reply->is_good()) {
            Answer refusal = classify_refusal(*reply);
            refusal.provider_id.clear();
            co_return Prepared{std::move(refusal), {}};
        }
        Answer answer;
        answer.provider_id = read_id(reply->body, object);
        if (answer.provider_id.empty()) answer = foreign_reply();
        co_return Prepared{std::move(answer), read_text(reply->body, "status")};
    }

    /// What Stripe would refuse, said at once.
    static std::optional<Answer> find_fault(const payments::Charge& charge, TransactionType type) {
        if (charge.method == Method::card) return std::nullopt;
        const std::string_view currency = charge.method == Method::sepa_debit ? "EUR" : "USD";
        if (type_of(charge.method).empty())
            return refused("payment_method_not_supported", "This provider does not take payments of that kind.");
        if (charge.amount.code() != currency)
            return refused("currency_not_supported", charge.method == Method::sepa_debit
                                                         ? "SEPA debits are in EUR."
                                                         : "Debits of accounts in the United States are in USD.");
        if (type == TransactionType::authorize)
            return refused("not_authorizable", "A bank account is debited at once, never held first.");
        if (charge.bank_account != nullptr && charge.method == Method::sepa_debit && charge.email.empty())
            return refused("email_required", "The provider needs the payer's email for a SEPA debit.");
        return std::nullopt;
    }

    /// What a charge is made to, or why it is not made.
    struct Found {
        Source source;
        std::optional<Answer> refusal;
    };
    Task<Found> find_source(const payments::Charge& charge) {
        const std::string reference = charge.reference;
        Found found;
        if (charge.card != nullptr || charge.bank_account != nullptr) {
            std::string method = charge.card != nullptr ? method_body(*charge.card, charge.billing) : bank_body(charge);
            std::string customer =
                charge.makes_mandate && charge.bank_account != nullptr
                    ? customer_body(charge.bank_account->holder_name, charge.email, charge.customer_id, reference)
                    : std::string{};
            auto made = co_await prepare("payment_methods", std::move(method), reference + "-method", "payment_method");
            if (!made.answer.provider_id.empty()) {
                found.source.ids.method = std::move(made.answer.provider_id);
                // Only an account that belongs to a customer can be debited again.
                if (customer.empty()) co_return found;
                made = co_await prepare("customers", std::move(customer), reference + "-customer", "customer");
                if (!made.answer.provider_id.empty()) {
                    found.source.ids.customer = std::move(made.answer.provider_id);
                    co_return found;
                }
            }
            found.refusal = of_preparation(std::move(made.answer));
        } else if (!charge.mandate_provider_id.empty()) {
            found = co_await find_mandate(charge.mandate_provider_id);
        } else if (auto stored = parse_token(charge.token)) {
            found.source.ids = std::move(*stored);
        } else {
            found.refusal = refused("invalid_token", "The stored card's token is not one of this provider.");
        }
        co_return found;
    }

    /// The account, its owner and their leave to debit it, by the payment that they gave it with.
    Task<Found> find_mandate(std::string id) {
        Found found;
        if (!is_id(id, "pi_")) {
            found.refusal = refused("invalid_mandate", "The earlier payment is not one of this provider.");
            co_return found;
        }
        const auto intent = co_await finder_.intent(std::move(id));
        if (!intent && intent.error().kind != ErrorKind::not_found) {
            found.refusal = of_preparation(answer_of(intent.error()));
            co_return found;
        }
        if (intent && !intent->customer.empty() && !intent->method.empty() && intent->charge)
            found.source = {{intent->customer, intent->method}, intent->charge->mandate};
        if (found.source.mandate.empty())
            found.refusal = refused("no_mandate", "The payer of the earlier payment did not agree to later debits.");
        co_return found;
    }

    Task<Answer> send_charge(const payments::Charge& charge, TransactionType type) {
        const auto amount = to_wire(charge.amount);
        if (!amount) co_return not_supported();
        if (auto fault = find_fault(charge, type)) co_return *fault;
        const std::string reference = charge.reference;
        auto found = co_await find_source(charge);
        if (found.refusal) co_return *found.refusal;
        std::string body = charge_body(charge, *amount, found.source, type == TransactionType::purchase);
        const auto reply = co_await line_.command("payment_intents", std::move(body), reference);
        if (!reply) co_return answer_of(reply.error());
        if (!reply->is_good()) co_return classify_refusal(*reply);
        const auto intent = read_intent(reply->body);
        if (!intent) co_return foreign_reply();
        // Nobody can be sent anywhere.
        if (intent->reference == reference && intent->status == "requires_action" && intent->action_url.empty())
            co_return co_await abandon(*intent, reference);
        co_return judge_charge(*intent, type, reference);
    }

    Task<Result<Reply>> send_cancel(std::string id, std::string_view reason, std::string key) {
        Form form;
        form.add("cancellation_reason", reason).add("expand[0]", "latest_charge");
        std::string body = form.finish();
        return line_.command("payment_intents/" + id + "/cancel", std::move(body), std::move(key));
    }

    /// Ends an intent that nobody will go on with, so that it can be said what became of it.
    Task<Answer> abandon(Intent intent, std::string reference) {
        const bool wants_payer = intent.status == "requires_action";
        const auto reply = co_await send_cancel(intent.id, "abandoned", reference + "-abandon");
        if (!reply) co_return no_answer(reply.error().code, reply.error().message);
        const auto after = reply->is_good() ? read_intent(reply->body) : read_intent_of_problem(reply->body);
        if (!after || after->id != intent.id || after->status != "canceled")
            co_return no_answer("not_abandoned", "The payment waits for its payer and could not be ended.");
        Answer answer = refused("never_confirmed", "The provider never tried the card.");
        answer.provider_id = intent.id;
        if (wants_payer) {
            answer.outcome = Outcome::declined;
            answer.decline = DeclineClass::soft;
            answer.provider_code = intent.action_url.empty() ? "authentication_required" : "payer_did_not_act";
            answer.message = intent.action_url.empty() ? "The card's bank wants its holder to confirm."
                                                       : "The payer did not confirm in time.";
        }
        co_return answer;
    }

    /// The intents of a charge: the one whose id is known, or all that carry our reference.
    Task<Result<std::vector<Intent>>> find_charge(Lookup operation) {
        if (is_id(operation.provider_id, "pi_")) {
            auto known = co_await finder_.intent(operation.provider_id);
            if (!known) co_return fail(known.error());
            if (known->reference == operation.reference) {
                std::vector<Intent> found;
                found.push_back(std::move(*known));
                co_return found;
            }
        }
        co_return co_await finder_.intents(operation.reference, operation.sent_at);
    }

    Task<Answer> lookup_charge(Lookup operation) {
        const auto found = co_await find_charge(operation);
        if (!found) co_return answer_of(found.error());
        if (found->size() == 1 && is_left_open(found->front())) {
            const Intent& intent = found->front();
            const Millis age = clock_.now() - Instant{intent.created_s * 1'000};
            const bool waits = intent.status == "requires_action";
            const Millis longest = !waits                      ? longest_confirmation
                                   : intent.action_url.empty() ? Millis{-1}
                                   : intent.is_verification    ? longest_verification
                                                               : longest_action;
            if (age > longest || (waits && intent.action_url.empty()))
                co_return co_await abandon(intent, operation.reference);
        }
        co_return judge_charges(*found, operation.type, operation.reference);
    }

    Task<Answer> lookup_refund(Lookup operation) {
        if (!is_id(operation.parent_provider_id, "pi_")) co_return no_parent();
        const auto refunds = co_await finder_.refunds(operation.parent_provider_id);
        if (!refunds) co_return answer_of(refunds.error());
        for (const Refund& refund : *refunds)
            if (refund.reference == operation.reference)
                co_return judge_refund(refund, operation.reference, operation.parent_provider_id);
        Answer nothing;
        nothing.outcome = Outcome::not_found;
        co_return nothing;
    }

    Line line_;
    Finder finder_;
    Settlements settlements_;
    Clock& clock_;
};

}  // namespace

std::unique_ptr<payments::Connector> make_stripe(Settings settings, World world,
                                                 std::function<http::Client&()> client) {
    return std::make_unique<Stripe>(std::move(settings), world, std::move(client));
}

}  // namespace florin::stripe
