#include "classify.hpp"
#include "finder.hpp"
#include "florin/chargebee/chargebee.hpp"
#include "florin/chargebee/webhook.hpp"
#include "requests.hpp"

namespace florin::chargebee {
namespace {

using payments::Answer;
using payments::BillingAddress;
using payments::Capabilities;
using payments::Card;
using payments::Charge;
using payments::FollowUp;
using payments::Lookup;
using payments::Method;
using payments::Outcome;
using payments::StoredCard;
using payments::TransactionType;

/// Longer than any request takes: an invoice without a payment will never have one.
constexpr Millis longest_collection{10 * 60'000};
/// What a payer has begun when a page expires has ended by then.
constexpr Millis longest_payment{15 * 60'000};

/// Of an exchange that brought no reply.
Answer answer_of(const Error& error) {
    Answer answer = no_answer(error.code, error.message);
    answer.outcome = error.kind == ErrorKind::unavailable ? Outcome::not_sent
                     : error.kind == ErrorKind::not_found ? Outcome::not_found
                                                          : Outcome::no_answer;
    return answer;
}

/// What was only to prepare something moved no money: when it did not succeed, nothing was done.
Answer of_preparation(Answer answer) {
    if (answer.outcome == Outcome::no_answer) answer.outcome = Outcome::not_sent;
    return answer;
}

Answer foreign_reply() { return no_answer("foreign_reply", "The provider answered something else than was asked."); }

Answer not_supported() {
    return refused("authorize_not_supported", "This provider takes money at once: purchase instead.");
}

/// A charge's id is its page's until it is paid, then that of the payment.
bool is_page_id(std::string_view id) { return is_id(id) && !id.starts_with("txn_"); }

Instant at_seconds(std::int64_t seconds) { return Instant{seconds * 1'000}; }

class Chargebee final : public payments::Connector {
public:
    Chargebee(Settings settings, World world, std::function<http::Client&()> client)
        : line_{std::move(settings), std::move(client)}, finder_{line_, world.clock}, clock_{world.clock} {}

    std::string_view name() const override { return "chargebee"; }

    Capabilities capabilities() const override {
        Capabilities capabilities;
        // Lists show what was written; this is for what is still on its way.
        capabilities.settle_delay = Millis{10'000};
        capabilities.methods = {Method::hosted_page, Method::card};
        return capabilities;
    }

    Result<payments::Notice> read_webhook(const http::Request& request, Instant) const override {
        const Settings& settings = line_.settings();
        if (settings.webhook_password.is_empty()) return payments::webhooks_not_configured();
        const std::string_view header = request.header("authorization");
        const bool is_current = is_from_site(header, settings.webhook_user, settings.webhook_password.expose());
        const bool is_previous =
            is_from_site(header, settings.webhook_user, settings.previous_webhook_password.expose());
        if (!is_current && !is_previous) return payments::webhook_not_genuine();
        return read_notice(request.body);
    }

    Task<Answer> authorize(const Charge&) override { co_return not_supported(); }
    Task<Answer> capture(const FollowUp&) override { co_return not_supported(); }
    Task<Answer> cancel(const FollowUp&) override { co_return not_supported(); }

    Task<Answer> purchase(const Charge& charge) override {
        const std::string reference = charge.reference;
        if (charge.method == Method::hosted_page) {
            std::string body = checkout_body(charge);
            return open_page(std::move(body), reference);
        }
        if (charge.card == nullptr) {
            const auto stored = parse_token(charge.token);
            if (!stored) return refuse_token();
            std::string body = invoice_body(charge, *stored);
            return collect(std::move(body), reference);
        }
        return store_and_collect(charge);
    }

    Task<Answer> refund(const FollowUp& refund) override {
        const std::string reference = refund.reference, parent = refund.parent_provider_id;
        const std::int64_t amount = refund.amount.minor();
        if (!is_id(parent)) co_return refused("invalid_parent", "The payment has no id at the provider.");
        const auto invoice = co_await invoice_of(parent);
        if (!invoice) {
            Answer answer = of_preparation(answer_of(invoice.error()));
            if (answer.outcome == Outcome::not_found) answer.outcome = Outcome::refused;
            co_return answer;
        }
        // Chargebee forgets a key after half an hour, but not what it did under it. F8
        const auto notes = co_await finder_.credit_notes(*invoice);
        if (!notes) co_return of_preparation(answer_of(notes.error()));
        for (const CreditNote& note : *notes)
            if (names(note, reference)) co_return judge_refund(note);
        std::string body = refund_body(reference, amount);
        const auto reply = co_await line_.command("invoices/" + *invoice + "/refund", std::move(body), reference);
        if (!reply) co_return answer_of(reply.error());
        if (!reply->is_good()) co_return classify_refusal(*reply);
        const auto made = read_credit_note_in(reply->body);
        if (!made || made->invoice_id != *invoice) co_return foreign_reply();
        co_return judge_refund(*made);
    }

    Task<Answer> lookup(const Lookup& asked) override {
        const Lookup operation = asked;
        switch (operation.type) {
            case TransactionType::purchase:
                if (operation.method == Method::hosted_page) co_return co_await lookup_page(operation);
                co_return co_await lookup_invoice(operation);
            case TransactionType::refund:
                co_return co_await lookup_refund(operation);
            case TransactionType::authorize:
            case TransactionType::capture:
            case TransactionType::cancel:
            case TransactionType::chargeback:
            case TransactionType::chargeback_reversal:
                break;
        }
        // Never sent.
        Answer nothing;
        nothing.outcome = Outcome::not_found;
        co_return nothing;
    }

    Task<void> acknowledge(const Lookup& asked) override {
        const Lookup operation = asked;
        if (operation.method != Method::hosted_page) co_return;
        std::string id = operation.provider_id;
        if (!is_page_id(id)) {
            const auto page = co_await finder_.page_of(operation.reference, operation.sent_at);
            if (page) id = page->id;
        }
        // It works once, and only for a page that succeeded: whoever repeats it is refused, and has nothing to do.
        if (is_page_id(id))
            co_await line_.prepare("hosted_pages/" + id + "/acknowledge", {}, operation.reference + "-acknowledge");
    }

    Task<StoredCard> store_card(const Card& card, const BillingAddress& billing, std::string_view,
                                std::string_view reference) override {
        const std::string id{reference};
        std::string body = customer_body(card, billing, id);
        const auto stored = co_await store(id, std::move(body));
        StoredCard result{.outcome = stored.answer.outcome,
                          .token = {},
                          .provider_code = stored.answer.provider_code,
                          .message = stored.answer.message};
        if (!stored.source.empty()) {
            result.outcome = Outcome::approved;
            result.token = to_token({id, stored.source});
        }
        co_return result;
    }

private:
    static Task<Answer> refuse_token() {
        co_return refused("invalid_token", "The stored card's token is not one of this provider.");
    }

    /// A customer with a card: the card's id, or an answer that says why there is none.
    struct Stored {
        std::string source;
        Answer answer;
    };
    Task<Stored> store(std::string id, std::string body) {
        const auto reply = co_await line_.prepare("customers", std::move(body), id + "-customer");
        if (!reply) co_return Stored{{}, answer_of(reply.error())};
        if (!reply->is_good()) {
            const auto problem = read_problem(reply->body);
            if (!problem || problem->code != "duplicate_entry") co_return Stored{{}, classify_refusal(*reply)};
            // Made before, and the key is forgotten.
            const auto source = co_await finder_.source_of(id);
            if (!source) co_return Stored{{}, no_answer(source.error().code, source.error().message)};
            co_return Stored{*source, {}};
        }
        std::string source = read_source_id_in(reply->body);
        if (!is_id(source)) co_return Stored{{}, foreign_reply()};
        co_return Stored{std::move(source), {}};
    }

    Task<Answer> store_and_collect(const Charge& charge) {
        const std::string reference = charge.reference;
        std::string customer = customer_body(*charge.card, charge.billing, reference);
        auto stored = co_await store(reference, std::move(customer));
        if (stored.source.empty()) co_return of_preparation(std::move(stored.answer));
        const StoredIds ids{reference, stored.source};
        std::string body = invoice_body(charge, ids);
        co_return co_await collect(std::move(body), reference);
    }

    Task<Answer> collect(std::string body, std::string reference) {
        const auto reply =
            co_await line_.command("invoices/create_for_charge_items_and_charges", std::move(body), reference);
        if (!reply) co_return answer_of(reply.error());
        if (!reply->is_good()) co_return classify_refusal(*reply);
        const auto invoice = read_invoice_in(reply->body);
        if (!invoice) co_return foreign_reply();
        co_return co_await conclude(*invoice, reference);
    }

    Task<Answer> open_page(std::string body, std::string reference) {
        const auto reply =
            co_await line_.command("hosted_pages/checkout_one_time_for_items", std::move(body), reference);
        if (!reply) co_return answer_of(reply.error());
        if (!reply->is_good()) co_return classify_refusal(*reply);
        const auto page = read_hosted_page_in(reply->body);
        if (!page || page->pass_thru_content != reference) co_return foreign_reply();
        co_return co_await judge_page(*page, reference);
    }

    /// Says what an invoice has come to. One whose payments failed is voided first: Chargebee would try again by
    /// itself, and nobody could say for certain that nothing was taken (F17).
    Task<Answer> conclude(Invoice invoice, std::string reference) {
        Answer answer = judge_charge(invoice, reference);
        if (answer.outcome != Outcome::not_found) co_return answer;
        const bool is_fresh =
            invoice.payments.empty() && clock_.now() - at_seconds(invoice.date_s) <= longest_collection;
        if (invoice.status != "voided" && is_fresh)
            co_return no_answer("not_collected", "The provider has not tried the card yet.");
        if (!is_id(invoice.id)) co_return foreign_reply();
        if (invoice.status != "voided") {
            const auto reply = co_await line_.command("invoices/" + invoice.id + "/void", {}, reference + "-void");
            if (!reply) co_return no_answer(reply.error().code, reply.error().message);
            const auto after = read_invoice_in(reply->body);
            if (!reply->is_good() || !after || after->id != invoice.id || after->status != "voided")
                co_return no_answer("not_voided", "The invoice of a failed payment could not be voided.");
        }
        const auto tried = co_await finder_.payments(invoice.id);
        if (!tried) co_return no_answer(tried.error().code, tried.error().message);
        co_return judge_voided(*tried);
    }

    Task<Answer> judge_page(HostedPage page, std::string reference) {
        const bool is_done = page.state == "succeeded" || page.state == "acknowledged";
        if (is_done) {
            if (!page.invoice) co_return undecided("no_invoice", "The page succeeded and shows no invoice.");
            Answer answer = co_await conclude(*page.invoice, reference);
            if (answer.outcome != Outcome::approved) co_return answer;
            answer.payer_last4 = page.last4;
            if (is_id(page.customer_id) && is_id(page.source_id))
                answer.stored_token = to_token({page.customer_id, page.source_id});
            co_return answer;
        }
        Answer answer;
        answer.provider_id = page.id;
        answer.provider_code = page.state;
        if (page.state == "cancelled") {
            answer.outcome = Outcome::refused;
            answer.message = "The payer cancelled at the provider.";
            co_return answer;
        }
        if (page.state != "created" && page.state != "requested") {
            answer.is_undecided = true;
            answer.message = "The state of the page at the provider is " + page.state + ".";
            co_return answer;
        }
        if (page.expires_s != 0 && clock_.now() - at_seconds(page.expires_s) > longest_payment) {
            answer.outcome = Outcome::refused;
            answer.provider_code = "expired";
            answer.message = "The payer did not pay in time.";
            co_return answer;
        }
        answer.outcome = Outcome::pending;
        answer.action_url = page.url;
        co_return answer;
    }

    Task<Answer> lookup_page(Lookup operation) {
        const std::string id = operation.provider_id;
        auto page = is_page_id(id) ? co_await finder_.page(id)
                                   : co_await finder_.page_of(operation.reference, operation.sent_at);
        if (page && page->pass_thru_content != operation.reference)
            co_return undecided("foreign_reference", "The page carries another reference.");
        if (page) co_return co_await judge_page(*page, operation.reference);
        if (page.error().kind != ErrorKind::not_found) co_return answer_of(page.error());
        // A page that is no longer shown may have been paid.
        const auto invoice = co_await finder_.invoice_of_page(operation.reference);
        if (!invoice) co_return answer_of(invoice.error());
        co_return co_await conclude(*invoice, operation.reference);
    }

    Task<Answer> lookup_invoice(Lookup operation) {
        const auto invoice = co_await finder_.invoice(operation.reference, operation.sent_at);
        if (!invoice) co_return answer_of(invoice.error());
        co_return co_await conclude(*invoice, operation.reference);
    }

    /// The invoice of an operation by its id at the provider, a payment's or a page's.
    Task<Result<std::string>> invoice_of(std::string parent) {
        std::string id;
        if (!is_page_id(parent)) {
            const auto payment = co_await finder_.transaction(parent);
            if (!payment) co_return fail(payment.error());
            id = payment->invoice_id;
        } else {
            const auto page = co_await finder_.page(parent);
            if (!page) co_return fail(page.error());
            if (page->invoice) id = page->invoice->id;
        }
        if (!is_id(id))
            co_return fail(ErrorKind::outcome_unknown, "no_invoice", "The provider shows no invoice of the payment.");
        co_return id;
    }

    Task<Answer> lookup_refund(Lookup operation) {
        if (!is_id(operation.parent_provider_id))
            co_return no_answer("no_parent", "What this one follows has no id at the provider to look up.");
        const auto invoice = co_await invoice_of(operation.parent_provider_id);
        if (!invoice) co_return no_answer(invoice.error().code, invoice.error().message);
        const auto notes = co_await finder_.credit_notes(*invoice);
        if (!notes) co_return answer_of(notes.error());
        for (const CreditNote& note : *notes)
            if (names(note, operation.reference)) co_return judge_refund(note);
        // One of the same amount that says nothing of whose it is may be ours: sending it again could pay twice.
        for (const CreditNote& note : *notes)
            if (note.notes.empty() && note.total == operation.amount.minor() &&
                at_seconds(note.date_s) >= operation.sent_at - clock_margin)
                co_return undecided("refund_without_note", "A refund of that amount does not say whose it is.");
        Answer nothing;
        nothing.outcome = Outcome::not_found;
        co_return nothing;
    }

    Line line_;
    Finder finder_;
    Clock& clock_;
};

}  // namespace

std::unique_ptr<payments::Connector> make_chargebee(Settings settings, World world,
                                                    std::function<http::Client&()> client) {
    return std::make_unique<Chargebee>(std::move(settings), world, std::move(client));
}

}  // namespace florin::chargebee
