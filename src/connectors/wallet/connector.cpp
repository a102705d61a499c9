#include <algorithm>

#include "florin/wallet/wallet.hpp"
#include "wire.hpp"

namespace florin::wallet {
namespace {

using payments::Answer;
using payments::BillingAddress;
using payments::Capabilities;
using payments::Card;
using payments::Charge;
using payments::FollowUp;
using payments::Lookup;
using payments::Method;
using payments::Notice;
using payments::Outcome;
using payments::StoredCard;
using payments::TransactionType;

/// Of an exchange that brought no reply.
Answer without_reply(const Error& error) {
    Answer answer;
    answer.outcome = error.kind == ErrorKind::unavailable ? Outcome::not_sent : Outcome::no_answer;
    answer.provider_code = error.code;
    answer.message = error.message;
    return answer;
}

/// It becomes part of an address.
bool is_plain(std::string_view text) {
    return !text.empty() && std::ranges::all_of(text, [](char c) {
        return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '_' || c == '-';
    });
}

class Wallet final : public payments::Connector {
public:
    Wallet(Settings settings, std::function<http::Client&()> client)
        : settings_{std::move(settings)}, client_{std::move(client)} {}

    std::string_view name() const override { return "wallet"; }

    Capabilities capabilities() const override {
        Capabilities can;
        can.can_store_cards = false;
        can.methods = {Method::wallet};
        return can;
    }

    Task<Answer> purchase(const Charge& charge) override {
        const std::string reference = charge.reference;
        const Money asked = charge.amount;
        // The wallet knows each reference once: on a dead connection the request may be sent again.
        const auto reply = co_await send("POST", "payment-requests", request_body(charge), settings_.charge_timeout);
        if (!reply) co_return without_reply(reply.error());
        Answer answer = read_request(reply->status, reply->body, reference, asked);
        if (answer.outcome == Outcome::not_found) answer.outcome = Outcome::no_answer;
        co_return answer;
    }

    Task<Answer> refund(const FollowUp& refund) override {
        if (!is_plain(refund.parent_provider_id)) co_return refused("invalid_parent");
        const std::string reference = refund.reference;
        const Money asked = refund.amount;
        std::string path = "payment-requests/" + refund.parent_provider_id + "/refunds";
        const auto reply = co_await send("POST", std::move(path), refund_body(refund), settings_.charge_timeout);
        if (!reply) co_return without_reply(reply.error());
        Answer answer = read_refund(reply->status, reply->body, reference, asked);
        if (answer.outcome == Outcome::not_found) answer.outcome = Outcome::refused;
        co_return answer;
    }

    Task<Answer> authorize(const Charge&) override { return not_offered(); }
    Task<Answer> capture(const FollowUp&) override { return not_offered(); }
    Task<Answer> cancel(const FollowUp&) override { return not_offered(); }
    Task<StoredCard> store_card(const Card&, const BillingAddress&, std::string_view, std::string_view) override {
        StoredCard none;
        none.outcome = Outcome::refused;
        none.provider_code = "not_offered";
        none.message = "The wallet keeps no cards.";
        co_return none;
    }

    Task<Answer> lookup(const Lookup& operation) override {
        Answer answer;
        answer.provider_code = "not_offered";
        const bool is_refund = operation.type == TransactionType::refund;
        if ((!is_refund && operation.type != TransactionType::purchase) || !is_plain(operation.reference))
            co_return answer;
        const std::string reference = operation.reference;
        const Money asked = operation.amount;
        std::string path = is_refund ? "refunds?reference=" : "payment-requests?reference=";
        path += reference;
        const auto reply = co_await send("GET", std::move(path), {}, settings_.query_timeout);
        if (!reply) {
            // Nothing was sent, which says nothing about what was sent before.
            answer = without_reply(reply.error());
            answer.outcome = Outcome::no_answer;
            co_return answer;
        }
        answer = is_refund ? read_refund(reply->status, reply->body, reference, asked)
                           : read_request(reply->status, reply->body, reference, asked);
        // A look-up that is refused does not say that the operation was.
        if (answer.outcome == Outcome::refused) answer.outcome = Outcome::no_answer;
        co_return answer;
    }

    Result<Notice> read_webhook(const http::Request& request, Instant now) const override {
        const std::string_view secret = settings_.webhook_secret.expose();
        if (secret.empty()) return payments::webhooks_not_configured();
        if (!is_signed(request, secret, now) && !is_signed(request, settings_.previous_webhook_secret.expose(), now))
            return payments::webhook_not_genuine();
        return read_notice(request.body);
    }

private:
    static Answer refused(std::string_view code) {
        Answer answer;
        answer.outcome = Outcome::refused;
        answer.provider_code = code;
        answer.message = "The request cannot be put to the wallet.";
        return answer;
    }
    static Task<Answer> not_offered() { co_return refused("not_offered"); }

    Task<Result<http::Reply>> send(std::string method, std::string path, std::string body, Millis timeout) {
        http::Call call;
        call.method = std::move(method);
        call.url = settings_.base_url + "/api/payment/" + path;
        call.headers = {{"authorization", "Bearer " + std::string{settings_.api_key.expose()}}};
        if (!body.empty()) call.headers.emplace_back("content-type", "application/json");
        call.body = std::move(body);
        call.timeout = timeout;
        call.is_repeatable = true;
        co_return co_await client_().send(std::move(call));
    }

    Settings settings_;
    std::function<http::Client&()> client_;
};

}  // namespace

std::unique_ptr<payments::Connector> make_wallet(Settings settings, World, std::function<http::Client&()> client) {
    return std::make_unique<Wallet>(std::move(settings), std::move(client));
}

}  // namespace florin::wallet
