#include <algorithm>

#include "florin/bank_simulator/bank_simulator.hpp"
#include "wire.hpp"

namespace florin::bank_simulator {
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

/// Of an exchange that brought no reply.
template <class Said>
Said said_of(const Error& error) {
    Said said;
    said.outcome = error.kind == ErrorKind::unavailable ? Outcome::not_sent : Outcome::no_answer;
    said.provider_code = error.code;
    said.message = error.message;
    return said;
}

bool is_reference(std::string_view text) {
    const auto fits = [](char c) {
        return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-' || c == '_';
    };
    return !text.empty() && std::ranges::all_of(text, fits);
}

/// What was not found was not refused either: only a look-up may say "not found".
Answer of_command(Answer answer) {
    if (answer.outcome == Outcome::not_found) answer.outcome = Outcome::refused;
    return answer;
}

class BankSimulator final : public payments::Connector {
public:
    BankSimulator(Settings settings, std::function<http::Client&()> client)
        : base_url_{settings.base_url + "/bank/v1"}, timeout_{settings.timeout}, client_{std::move(client)} {}

    std::string_view name() const override { return "bank_simulator"; }

    Capabilities capabilities() const override {
        Capabilities capabilities;
        capabilities.settle_delay = Millis{0};
        capabilities.continues_when_repeated = true;
        capabilities.checks_cards = false;
        return capabilities;
    }

    Task<Answer> authorize(const Charge& charge) override { return send_charge(charge, false); }
    Task<Answer> purchase(const Charge& charge) override { return send_charge(charge, true); }
    Task<Answer> capture(const FollowUp& capture) override {
        return send_operation(capture, "captures", "capture", capture.amount);
    }
    Task<Answer> refund(const FollowUp& refund) override {
        return send_operation(refund, "refunds", "refund", refund.amount);
    }
    Task<Answer> cancel(const FollowUp& cancel) override {
        return send_operation(cancel, "voids", "void", std::nullopt);
    }

    Task<Answer> lookup(const Lookup& operation) override {
        // It becomes part of an address.
        if (!is_reference(operation.reference)) {
            Answer unknown;
            unknown.provider_code = "invalid_reference";
            co_return unknown;
        }
        const bool is_payment =
            operation.type == TransactionType::authorize || operation.type == TransactionType::purchase;
        const std::string reference = operation.reference;
        const Currency currency = operation.amount.currency();
        const auto reply =
            co_await get((is_payment ? "/payments/by-reference/" : "/operations/by-reference/") + reference);
        if (!reply) {
            // Nothing was sent, which says nothing about what was sent before.
            Answer unknown = said_of<Answer>(reply.error());
            unknown.outcome = Outcome::no_answer;
            co_return unknown;
        }
        Answer answer = is_payment
                            ? read_payment(reply->status, reply->body, reference, currency)
                            : read_operation(reply->status, reply->body, reference, type_of(operation.type), currency);
        // A look-up that is refused does not say that the operation was.
        if (answer.outcome == Outcome::refused) answer.outcome = Outcome::no_answer;
        co_return answer;
    }

    Task<StoredCard> store_card(const Card& card, const BillingAddress&, std::string_view,
                                std::string_view reference) override {
        const std::string own_reference{reference};
        std::string body = card_body(card, reference);
        const auto reply = co_await post("/cards", std::move(body));
        if (!reply) co_return said_of<StoredCard>(reply.error());
        co_return read_card(reply->status, reply->body, own_reference);
    }

private:
    static std::string_view type_of(TransactionType type) {
        switch (type) {
            case TransactionType::capture:
                return "capture";
            case TransactionType::refund:
                return "refund";
            case TransactionType::cancel:
                return "void";
            case TransactionType::authorize:
            case TransactionType::purchase:
            case TransactionType::chargeback:
            case TransactionType::chargeback_reversal:
                break;
        }
        return "payment";
    }

    static Answer refused(std::string_view code) {
        Answer answer;
        answer.outcome = Outcome::refused;
        answer.provider_code = code;
        answer.message = "The request cannot be put to the bank.";
        return answer;
    }

    Task<Answer> send_charge(const Charge& charge, bool is_captured) {
        const std::string reference = charge.reference;
        const Currency currency = charge.amount.currency();
        std::string body = payment_body(charge, is_captured);
        // Never repeated below our feet: the second time lets a pending payment go on, and that is
        // the merchant's to ask for (C-SI-04).
        const auto reply = co_await post("/payments", std::move(body), false);
        if (!reply) co_return said_of<Answer>(reply.error());
        co_return of_command(read_payment(reply->status, reply->body, reference, currency));
    }

    Task<Answer> send_operation(const FollowUp& follow_up, std::string_view collection, std::string_view type,
                                std::optional<Money> amount) {
        if (!is_reference(follow_up.parent_provider_id)) co_return refused("invalid_parent");
        const std::string reference = follow_up.reference;
        const Currency currency = follow_up.amount.currency();
        std::string path = "/payments/" + follow_up.parent_provider_id + "/";
        path.append(collection);
        std::string body = operation_body(reference, amount);
        const auto reply = co_await post(std::move(path), std::move(body));
        if (!reply) co_return said_of<Answer>(reply.error());
        co_return of_command(read_operation(reply->status, reply->body, reference, type, currency));
    }

    /// The bank knows each reference once, so a call may be sent again on a dead connection.
    Task<Result<http::Reply>> post(std::string path, std::string body, bool is_repeatable = true) {
        return send("POST", std::move(path), std::move(body), is_repeatable);
    }
    Task<Result<http::Reply>> get(std::string path) { return send("GET", std::move(path), {}, true); }

    Task<Result<http::Reply>> send(std::string method, std::string path, std::string body, bool is_repeatable) {
        http::Call call;
        call.method = std::move(method);
        call.url = base_url_ + path;
        if (!body.empty()) call.headers = {{"content-type", "application/json"}};
        call.body = std::move(body);
        call.timeout = timeout_;
        call.is_repeatable = is_repeatable;
        co_return co_await client_().send(std::move(call));
    }

    std::string base_url_;
    Millis timeout_;
    std::function<http::Client&()> client_;
};

}  // namespace

std::unique_ptr<payments::Connector> make_bank_simulator(Settings settings, World,
                                                         std::function<http::Client&()> client) {
    return std::make_unique<BankSimulator>(std::move(settings), std::move(client));
}

}  // namespace florin::bank_simulator
