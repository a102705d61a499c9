#include "classify.hpp"
#include "florin/base/iban.hpp"
#include "florin/buckaroo/buckaroo.hpp"
#include "florin/buckaroo/webhook.hpp"
#include "line.hpp"
#include "requests.hpp"

namespace florin::buckaroo {
namespace {

using payments::Answer;
using payments::Capabilities;
using payments::Charge;
using payments::FollowUp;
using payments::Lookup;
using payments::Method;
using payments::Outcome;
using payments::TransactionType;

/// A direct debit's largest amount in its own file format: 999,999,999.99.
constexpr std::int64_t most_minor = 99'999'999'999;
/// Pushes are repeated for about a day. An operation that none of them named by then has to be looked for by a person.
constexpr Millis longest_push{36LL * 3'600'000};

Answer method_not_supported() {
    return refused("method_not_supported", "This provider takes iDEAL and SEPA direct debit, at once and as a whole.");
}

/// Of an exchange that brought no reply.
Answer answer_of(const Error& error) {
    Answer answer = no_answer(error.code, error.message);
    if (error.kind == ErrorKind::unavailable) answer.outcome = Outcome::not_sent;
    return answer;
}

/// Of a reply that shows no transaction.
Answer answer_of(const Reply& reply) {
    if (reply.status == 400) return refused("http_400", "The provider cannot read the request.");
    if (reply.status == 401) return refused("http_401", "The provider refuses the website's key or the signature.");
    return no_answer("foreign_reply", "The provider answered something else than was asked.");
}

std::string holder_of(const Charge& charge) {
    if (!charge.bank_account->holder_name.empty()) return charge.bank_account->holder_name;
    const auto& [first, last] = std::tie(charge.billing.first_name, charge.billing.last_name);
    return first + (first.empty() || last.empty() ? "" : " ") + last;
}

class Buckaroo final : public payments::Connector {
public:
    Buckaroo(Settings settings, World world, std::function<http::Client&()> client)
        : line_{std::move(settings), world, std::move(client)}, clock_{world.clock} {}

    std::string_view name() const override { return "buckaroo"; }

    Capabilities capabilities() const override {
        Capabilities capabilities;
        capabilities.can_store_cards = false;
        capabilities.methods = {Method::ideal, Method::sepa_debit};
        capabilities.currencies = {"EUR"};
        capabilities.has_reversals = true;
        return capabilities;
    }

    Result<payments::Notice> read_webhook(const http::Request& request, Instant now) const override {
        const Settings& settings = line_.settings();
        return read_push(request, settings, now);
    }

    Task<Answer> authorize(const Charge&) override { co_return method_not_supported(); }
    Task<Answer> capture(const FollowUp&) override { co_return method_not_supported(); }

    Task<Answer> purchase(const Charge& charge) override {
        if (charge.amount.code() != "EUR") co_return refused("currency_not_supported", "This provider takes euros.");
        if (charge.amount.minor() > most_minor)
            co_return refused("amount_not_supported", "This provider cannot take that much at once.");
        const std::string reference = charge.reference;
        const std::string& push_url = line_.settings().push_url;
        std::string body;
        bool is_present = !charge.is_merchant_initiated;
        if (charge.method == Method::ideal) {
            body = ideal_body(charge, push_url);
        } else if (charge.method != Method::sepa_debit || charge.card != nullptr) {
            co_return method_not_supported();
        } else if (!charge.mandate_provider_id.empty()) {
            if (!is_key(charge.mandate_provider_id))
                co_return refused("invalid_mandate", "The earlier payment is not one of this provider.");
            body = recurrent_body(charge, push_url);
            is_present = false;
        } else if (charge.bank_account != nullptr) {
            const auto iban = parse_iban(charge.bank_account->iban);
            if (!iban) co_return refused(iban.error().code, iban.error().message);
            const std::string holder = holder_of(charge);
            if (holder.empty())
                co_return refused("holder_missing", "A direct debit needs the name of the account's holder.");
            body = debit_body(charge, *iban, holder, push_url);
        } else {
            co_return refused("invalid_token", "This provider keeps no accounts: name one, or the earlier payment.");
        }
        const auto reply = co_await line_.create(std::move(body), is_present);
        if (!reply) co_return answer_of(reply.error());
        if (!reply->transaction) co_return answer_of(*reply);
        co_return judge_charge(*reply->transaction, reference);
    }

    Task<Answer> refund(const FollowUp& refund) override {
        if (service_of(refund.method).empty()) co_return method_not_supported();
        const std::string reference = refund.reference, original = refund.parent_provider_id;
        if (!is_key(original)) co_return no_parent();
        std::string body = refund_body(refund, line_.settings().push_url);
        const auto reply = co_await line_.create(std::move(body), false);
        if (!reply) co_return answer_of(reply.error());
        if (!reply->transaction) co_return answer_of(*reply);
        co_return judge_refund(*reply->transaction, reference, original);
    }

    Task<Answer> cancel(const FollowUp& cancel) override {
        const std::string key = cancel.parent_provider_id;
        if (!is_key(key)) co_return no_parent();
        const auto reply = co_await line_.cancel(key);
        if (!reply) co_return answer_of(reply.error());
        if (reply->status != 200) co_return answer_of(*reply);
        // What a cancellation answers is not promised anywhere: the status is.
        Answer canceled = co_await lookup_cancel(key);
        // Still on its way: it was asked for, and may yet come.
        if (canceled.outcome == Outcome::not_found) canceled.outcome = Outcome::no_answer;
        if (canceled.outcome == Outcome::not_sent) canceled.outcome = Outcome::no_answer;
        co_return canceled;
    }

    Task<Answer> lookup(const Lookup& operation) override {
        const Lookup wanted = operation;
        if (wanted.type == TransactionType::cancel) {
            if (!is_key(wanted.parent_provider_id)) co_return no_parent();
            co_return co_await lookup_cancel(wanted.parent_provider_id);
        }
        if (wanted.type == TransactionType::authorize || wanted.type == TransactionType::capture)
            co_return method_not_supported();
        if (!is_key(wanted.provider_id)) {
            Answer unknown = no_answer("no_key",
                                       "Buckaroo finds no transaction by its invoice. Its push will name it; if none "
                                       "comes, look for the reference in the Plaza.");
            unknown.is_undecided = clock_.now() - wanted.sent_at > longest_push;
            co_return unknown;
        }
        const auto found = co_await find(wanted.provider_id);
        if (!found) co_return answer_of(found.error());
        co_return wanted.type == TransactionType::refund
            ? judge_refund(*found, wanted.reference, wanted.parent_provider_id)
            : judge_charge(*found, wanted.reference);
    }

    Task<payments::Reversals> reversals(const Lookup& charge) override {
        const std::string original = charge.provider_id, key = charge.noticed_provider_id;
        if (!is_key(original)) co_return payments::Reversals{};
        // Only its push names a reversal, and the original's status says nothing of it: none is known.
        if (!is_key(key)) co_return payments::Reversals{.is_answered = true, .all = {}};
        const auto found = co_await find(key);
        if (!found) co_return payments::Reversals{};
        payments::Reversals known{.is_answered = true, .all = {}};
        if (auto reversal = judge_reversal(*found, original)) known.all.push_back(std::move(*reversal));
        co_return known;
    }

    Task<payments::StoredCard> store_card(const payments::Card&, const payments::BillingAddress&, std::string_view,
                                          std::string_view) override {
        co_return payments::StoredCard{.outcome = Outcome::refused,
                                       .token = {},
                                       .provider_code = "method_not_supported",
                                       .message = "This provider takes no cards."};
    }

private:
    static Answer no_parent() { return no_answer("no_parent", "What this one follows has no key at the provider."); }

    /// The status of the transaction with that key. Every error is `outcome_unknown`, or `unavailable`.
    Task<Result<Transaction>> find(std::string key) {
        auto reply = co_await line_.status(key);
        if (!reply) co_return fail(reply.error());
        if (reply->status != 200)
            co_return fail(ErrorKind::outcome_unknown, "http_" + std::to_string(reply->status),
                           "The provider refused to say.");
        if (!reply->transaction || reply->transaction->key != key)
            co_return fail(ErrorKind::outcome_unknown, "foreign_reply",
                           "The provider answered for another transaction.");
        co_return std::move(*reply->transaction);
    }

    Task<Answer> lookup_cancel(std::string key) {
        const auto found = co_await find(std::move(key));
        if (!found) co_return answer_of(found.error());
        co_return judge_cancel(*found);
    }

    Line line_;
    Clock& clock_;
};

}  // namespace

std::unique_ptr<payments::Connector> make_buckaroo(Settings settings, World world,
                                                   std::function<http::Client&()> client) {
    return std::make_unique<Buckaroo>(std::move(settings), world, std::move(client));
}

}  // namespace florin::buckaroo
