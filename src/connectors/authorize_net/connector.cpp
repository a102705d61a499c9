#include <algorithm>

#include "classify.hpp"
#include "florin/authorize_net/authorize_net.hpp"
#include "florin/authorize_net/webhook.hpp"
#include "reporting.hpp"
#include "requests.hpp"
#include "settlements.hpp"

namespace florin::authorize_net {
namespace {

using payments::Answer;
using payments::BillingAddress;
using payments::Capabilities;
using payments::Card;
using payments::Charge;
using payments::FollowUp;
using payments::Lookup;
using payments::Outcome;
using payments::StoredCard;
using payments::TransactionType;

Answer refused(std::string_view code, std::string_view message) {
    Answer answer;
    answer.outcome = Outcome::refused;
    answer.provider_code = code;
    answer.message = message;
    return answer;
}

Answer currency_not_supported() {
    return refused("currency_not_supported", "This provider takes currencies with two decimals only.");
}
Answer invalid_token() { return refused("invalid_token", "The stored card's token is not one of this provider."); }

bool takes(Currency currency) { return currency.exponent() == 2; }
bool takes(const Money& amount) { return takes(amount.currency()); }

Answer answer_of(const Error& error) {
    Answer answer;
    answer.outcome = error.kind == ErrorKind::unavailable ? Outcome::not_sent
                     : error.kind == ErrorKind::not_found ? Outcome::not_found
                     : error.kind == ErrorKind::conflict  ? Outcome::refused
                                                          : Outcome::no_answer;
    answer.provider_code = error.code;
    answer.message = error.message;
    return answer;
}

class AuthorizeNet final : public payments::Connector {
public:
    AuthorizeNet(Settings settings, World world, std::function<http::Client&()> client)
        : line_{std::move(settings), std::move(client)},
          reporting_{line_, world.clock},
          settlements_{line_, world.clock} {}

    std::string_view name() const override { return "authorize_net"; }

    Capabilities capabilities() const override {
        Capabilities capabilities;
        // Lists lag a few seconds behind.
        capabilities.settle_delay = Millis{10'000};
        capabilities.has_settlements = true;
        capabilities.refuses_currency = [](payments::Method, Currency currency) { return !takes(currency); };
        return capabilities;
    }

    Result<payments::Notice> read_webhook(const http::Request& request, Instant) const override {
        const Settings& settings = line_.settings();
        if (settings.signature_key.is_empty()) return payments::webhooks_not_configured();
        const std::string_view signature = request.header("x-anet-signature");
        const auto is_by = [&](const auto& key) { return is_signed(request.body, signature, key.expose()); };
        if (!is_by(settings.signature_key) && !is_by(settings.previous_signature_key))
            return payments::webhook_not_genuine();
        return read_notice(request.body);
    }

    Task<Answer> authorize(const Charge& charge) override { return send_charge(charge, &authorize_body); }
    Task<Answer> purchase(const Charge& charge) override { return send_charge(charge, &purchase_body); }

    Task<Answer> capture(const FollowUp& capture) override {
        if (!takes(capture.amount)) co_return currency_not_supported();
        if (capture.is_first_capture) {
            std::string body = capture_body(line_.credentials(), capture);
            co_return co_await transact(std::move(body), Operation::capture, capture.reference,
                                        capture.amount.currency());
        }
        std::string stored = capture.token;
        if (stored.empty()) {
            // The answer that named the stored card was lost; the card is there under the authorization's reference.
            auto found = co_await find_card(capture.parent_reference, capture.card_last4);
            if (!found) co_return answer_of(found.error());
            stored = std::move(*found);
        }
        const auto token = parse_token(stored);
        if (!token) co_return invalid_token();
        std::string body = later_capture_body(line_.credentials(), capture, *token);
        co_return co_await transact(std::move(body), Operation::charge, capture.reference, capture.amount.currency());
    }

    Task<Answer> refund(const FollowUp& refund) override {
        if (!takes(refund.amount)) co_return currency_not_supported();
        std::string body = refund_body(line_.credentials(), refund);
        co_return co_await transact(std::move(body), Operation::refund, refund.reference, refund.amount.currency());
    }

    Task<Answer> cancel(const FollowUp& cancel) override {
        if (!takes(cancel.amount)) co_return currency_not_supported();
        std::string body = void_body(line_.credentials(), cancel);
        co_return co_await transact(std::move(body), Operation::cancel, cancel.reference, cancel.amount.currency());
    }

    Task<Answer> lookup(const Lookup& operation) override {
        const bool is_seen_at_parent = operation.type == TransactionType::cancel ||
                                       (operation.type == TransactionType::capture && operation.is_first_capture);
        if (!is_seen_at_parent) {
            const auto found = co_await reporting_.with_invoice_number(operation.reference, operation.sent_at);
            if (!found) co_return answer_of(found.error());
            co_return judge_all(*found, operation);
        }
        if (operation.parent_provider_id.empty()) {
            Answer unknown;
            unknown.provider_code = "no_parent";
            unknown.message = "The transaction that this one follows has no provider id to look up.";
            co_return unknown;
        }
        const auto parent = co_await reporting_.details(operation.parent_provider_id);
        if (!parent) co_return answer_of(parent.error());
        co_return operation.type == TransactionType::cancel ? judge_cancel(*parent) : judge_capture(*parent, operation);
    }

    Task<Result<std::vector<payments::Settlement>>> settlements(Instant since, Instant until) override {
        return settlements_.between(since, until);
    }
    Task<Result<payments::SettlementPage>> settlement_lines(const payments::Settlement& settlement,
                                                            std::string cursor) override {
        return settlements_.lines(settlement, std::move(cursor));
    }

    Task<StoredCard> store_card(const Card& card, const BillingAddress& billing, std::string_view customer_id,
                                std::string_view reference) override {
        const std::string own_reference{reference};
        const std::string last4 = card.number.last4();
        std::string body = create_profile_body(line_.credentials(), card, billing, customer_id, reference);
        const auto reply = co_await line_.command(std::move(body));
        if (!reply) co_return stored_of(reply.error());
        const ProfileReply created = read_profile(*reply);
        if (created.envelope.reason.code != "E00039" || created.customer_profile_id.empty())
            co_return classify_stored(created);

        // An earlier copy of this request made the profile.
        std::string query = get_profile_body(line_.credentials(), created.customer_profile_id);
        const auto again = co_await line_.query(std::move(query));
        if (!again) {
            StoredCard unknown;
            unknown.provider_code = again.error().code;
            unknown.message = again.error().message;
            co_return unknown;
        }
        const ProfileReply existing = read_profile(*again);
        StoredCard stored = classify_stored(existing);
        const bool is_ours = existing.merchant_customer_id == own_reference && existing.cards.size() == 1 &&
                             existing.cards[0].last4 == last4;
        if (stored.outcome == Outcome::approved && is_ours) co_return stored;
        stored.token.clear();
        stored.outcome = Outcome::no_answer;
        if (existing.envelope.is_ok()) {
            stored.provider_code = "foreign_profile";
            stored.message = "The profile that exists already is not of this card.";
        }
        co_return stored;
    }

private:
    /// The token of the card that an authorization stored. Errors: `unavailable` (ask again; nothing was done),
    /// `conflict`/`capture_not_repeatable` when there is none.
    Task<Result<std::string>> find_card(std::string reference, std::string last4) {
        std::string query = find_profile_body(line_.credentials(), reference);
        const auto reply = co_await line_.query(std::move(query));
        if (!reply) co_return fail(ErrorKind::unavailable, reply.error().code, reply.error().message);
        const ProfileReply profile = read_profile(*reply);
        const bool is_ours =
            profile.merchant_customer_id == reference && profile.cards.size() == 1 && profile.cards[0].last4 == last4;
        const bool is_absent = profile.envelope.reason.code == "E00040";
        if (!profile.envelope.is_ok() && !is_absent)
            co_return fail(ErrorKind::unavailable, "card_not_looked_up",
                           "The provider did not say whether it keeps the card.");
        if (!profile.envelope.is_ok() || !is_ours)
            co_return fail(ErrorKind::conflict, "capture_not_repeatable",
                           "The authorization has been captured, and no card is stored to charge the rest to.");
        co_return to_token({profile.customer_profile_id, profile.cards[0].payment_profile_id});
    }

    using BodyOf = std::string (*)(Credentials, const Charge&, const std::optional<ProfileIds>&);

    Task<Answer> send_charge(const Charge& charge, BodyOf body_of) {
        if (!takes(charge.amount)) co_return currency_not_supported();
        std::optional<ProfileIds> token;
        if (charge.card == nullptr) {
            token = parse_token(charge.token);
            if (!token) co_return invalid_token();
        }
        std::string body = body_of(line_.credentials(), charge, token);
        co_return co_await transact(std::move(body), Operation::charge, charge.reference, charge.amount.currency());
    }

    Task<Answer> transact(std::string body, Operation operation, std::string reference, Currency currency) {
        const auto reply = co_await line_.command(std::move(body));
        if (!reply) co_return answer_of(reply.error());
        co_return classify(read_transaction(*reply), operation, reference, currency);
    }

    static StoredCard stored_of(const Error& error) {
        const Answer answer = answer_of(error);
        StoredCard stored;
        stored.outcome = answer.outcome;
        stored.provider_code = answer.provider_code;
        stored.message = answer.message;
        return stored;
    }

    Line line_;
    Reporting reporting_;
    Settlements settlements_;
};

}  // namespace

std::unique_ptr<payments::Connector> make_authorize_net(Settings settings, World world,
                                                        std::function<http::Client&()> client) {
    return std::make_unique<AuthorizeNet>(std::move(settings), world, std::move(client));
}

}  // namespace florin::authorize_net
