// The PDF receipt sender: a receipt for every charge, a credit note for every refund, and the mail that brings it.

#include <ranges>

#include "billing_impl.hpp"
#include "florin/documents/documents.hpp"
#include "florin/notifications/filling.hpp"
#include "florin/notifications/notifications.hpp"
#include "job_payloads.hpp"

namespace florin::billing {
namespace {

/// What was charged, or given back: of a refund whose rest was let go, what was.
Money amount_of(const Charge& charge) {
    return charge.is_refund ? *Money::of(paid_minor(charge), charge.amount.currency()) : charge.amount;
}

std::string cause_of(const Charge& charge) {
    return "charge:" + charge.id.text() + (charge.is_refund ? ":credit_note" : ":receipt");
}
/// Of the payment by the attempt that was the charge's last by then.
std::string further_cause(const Charge& charge, bool is_elsewhere) {
    return cause_of(charge) + ":" + std::to_string(charge.attempts) + (is_elsewhere ? ":elsewhere" : "");
}

/// The newest receipt of what a charge was paid by.
std::optional<documents::Document> receipt_of(Reader& reader, const documents::Documents& documents,
                                              const Charge& charge) {
    for (const std::string& cause : {further_cause(charge, true), further_cause(charge, false), cause_of(charge)})
        if (auto found = documents.find_by_cause(reader, charge.merchant, cause)) return found;
    return std::nullopt;
}

/// `Visa ending in 1111`; empty where nothing is known of what was paid with.
std::string payment_words_of(const payments::CardFacts& card, const locale::Locale& locale) {
    if (card.last4.empty()) return {};
    const bool is_german = locale.language() == locale::Language::german;
    std::string by = card.brand.empty() ? std::string{is_german ? "Konto" : "Account"} : card.brand;
    by.front() = static_cast<char>(std::toupper(static_cast<unsigned char>(by.front())));
    return by + (is_german ? " mit den letzten Ziffern " : " ending in ") + card.last4;
}

/// What a charge is made of; where that is not known, or is more than it by now, all of it.
std::vector<documents::Line> lines_of(Reader& reader, const Charge& charge) {
    std::vector<documents::Line> lines;
    std::int64_t sum = 0;
    for (const Line& line : parse_lines(rows::lines_of(reader, charge.merchant, charge.id), charge.amount.currency())) {
        sum += line.amount.minor();
        lines.push_back({.description = line.description, .quantity = line.quantity, .amount = line.amount});
    }
    if (lines.empty() || sum != amount_of(charge).minor())
        lines = {{.description = charge.description, .quantity = 1, .amount = amount_of(charge)}};
    return lines;
}

/// A credit's lines are negative.
Money signed_amount(Money amount, bool is_credit) {
    return is_credit && amount.is_positive() ? *minus(Money::zero(amount.currency()), amount) : amount;
}

}  // namespace

std::optional<std::string> further_receipt(const Charge& before, const Charge& after) {
    if (!before.returned_attempt || after.is_refund) return std::nullopt;
    return further_cause(after, after.outside_minor > before.outside_minor);
}

documents::Document Billing::Impl::issue_receipt(Tx& tx, const Charge& charge, const payments::Payment* paid,
                                                 calendar::Date issued_on, std::string_view traceparent,
                                                 const std::optional<std::string>& document) const {
    const std::string cause = document.value_or(cause_of(charge));
    const locale::Locale locale = on.documents->locale_of(tx, charge.merchant, charge.customer_id);
    documents::NewDocument wanted{
        .merchant = charge.merchant,
        .kind = charge.is_refund ? documents::Kind::credit_note : documents::Kind::receipt,
        .cause = cause,
        .customer_id = charge.customer_id,
        .issued_on = issued_on,
        .total = charge.amount,
        .subject = charge.description,
        .payment_words = paid == nullptr ? std::string{} : payment_words_of(paid->card, locale),
        .locale = locale.tag(),
        .owner_kind = charge.owner_kind,
        .owner = charge.owner,
        .correlation_id = charge.correlation_id,
        .traceparent = traceparent};
    wanted.lines = lines_of(tx, charge);
    for (documents::Line& line : wanted.lines) line.amount = signed_amount(line.amount, charge.is_refund);
    if (charge.is_refund) {
        wanted.total = signed_amount(amount_of(charge), true);
        // It takes back from what was paid last.
        for (const Charge& taken :
             std::views::reverse(rows::charges_of(tx, charge.merchant, charge.owner_kind, charge.owner))) {
            if (taken.is_refund || taken.status != ChargeStatus::succeeded) continue;
            if (const auto receipt = receipt_of(tx, *on.documents, taken)) {
                wanted.refers_to = receipt->id;
                break;
            }
        }
    }
    return on.documents->issue(tx, wanted);
}

documents::Document Billing::Impl::issue_credit_note(Tx& tx, const Charge& charge, const payments::Transaction& refund,
                                                     calendar::Date issued_on, std::string_view traceparent) const {
    const std::string cause = "transaction:" + refund.id.text() + ":credit_note";
    const Money given_back = signed_amount(*Money::of(refund.approved_minor, charge.amount.currency()), true);
    documents::NewDocument credit{.merchant = charge.merchant,
                                  .kind = documents::Kind::credit_note,
                                  .cause = cause,
                                  .customer_id = charge.customer_id,
                                  .issued_on = issued_on,
                                  .total = given_back,
                                  .subject = charge.description,
                                  .owner_kind = charge.owner_kind,
                                  .owner = charge.owner,
                                  .correlation_id = charge.correlation_id,
                                  .traceparent = traceparent};
    credit.lines = {{.description = charge.description, .quantity = 1, .amount = given_back}};
    if (const auto receipt = receipt_of(tx, *on.documents, charge)) credit.refers_to = receipt->id;
    return on.documents->issue(tx, credit);
}

void Billing::Impl::credit_invoice(Tx& tx, const Charge& charge) const {
    if (on.documents == nullptr || charge.amount.is_zero()) return;
    const std::string of_charge = "charge:" + charge.id.text();
    const auto invoice = on.documents->find_by_cause(tx, charge.merchant, of_charge + ":invoice");
    if (!invoice) return;
    const std::string cause = of_charge + ":invoice_credited";
    documents::NewDocument credit{.merchant = charge.merchant,
                                  .kind = documents::Kind::credit_note,
                                  .cause = cause,
                                  .customer_id = charge.customer_id,
                                  .issued_on = on.merchants.today(tx, charge.merchant),
                                  .total = signed_amount(charge.amount, true),
                                  .subject = charge.description,
                                  .refers_to = invoice->id,
                                  .owner_kind = charge.owner_kind,
                                  .owner = charge.owner,
                                  .correlation_id = charge.correlation_id};
    credit.lines = lines_of(tx, charge);
    for (documents::Line& line : credit.lines) line.amount = *minus(Money::zero(line.amount.currency()), line.amount);
    on.documents->issue(tx, credit);
}

Task<Result<void>> Billing::Impl::receipt(const jobs::Job& job, std::string event_id,
                                          std::optional<calendar::Date> issued_on,
                                          std::optional<payments::TransactionId> refund,
                                          std::optional<std::string> document) const {
    auto told = co_await read_telling(job.merchant, event_id);
    if (!told) co_return fail(std::move(told.error()));
    const Charge& charge = told->charge;
    std::optional<payments::Payment> paid;
    if (charge.payment) {
        auto found = co_await on.payments.find(job.merchant, *charge.payment);
        if (!found) co_return fail(std::move(found.error()));
        paid = std::move(found->payment);
    }
    std::optional<payments::Transaction> given_back;
    if (refund) {
        auto found = co_await on.payments.find_transaction(job.merchant, *refund);
        if (!found) co_return fail(std::move(found.error()));
        given_back = std::move(found->transaction);
    }
    auto name = co_await on.addressee(job.merchant, charge.customer_id);
    if (!name) co_return fail(std::move(name.error()));

    auto issue = [&](Tx& tx) -> Result<documents::Document> {
        const calendar::Date day = issued_on ? *issued_on : on.merchants.today(tx, job.merchant);
        if (given_back) return issue_credit_note(tx, charge, *given_back, day, job.traceparent);
        return issue_receipt(tx, charge, paid ? &*paid : nullptr, day, job.traceparent, document);
    };
    const auto issued = co_await on.store.write(issue);
    if (!issued) co_return fail(issued.error());
    on.wake();
    // Who has no address gets no mail; the document is there all the same.
    if (!*name || on.notifications == nullptr) co_return Result<void>{};
    auto pdf = co_await on.documents->pdf(job.merchant, issued->id);
    if (!pdf) co_return fail(std::move(pdf.error()));
    const notifications::Attachment attachment{
        .name = issued->file_name(), .content_type = "application/pdf", .content = std::move(*pdf)};

    const bool is_credit = issued->kind == documents::Kind::credit_note;
    notifications::Filling filling;
    filling.text("name", **name)
        .amount("amount", is_credit ? *minus(Money::zero(issued->total.currency()), issued->total) : issued->total)
        .text("description", charge.description)
        .text("reference", issued->number)
        .text("link",
              on.documents->link(job.merchant, issued->id, on.world.clock.now() + documents::mailed_link_lifetime));
    const std::string data = filling.data();
    const notifications::Recipient recipient{.customer_id = charge.customer_id, .email = {}, .name = {}};
    auto write = [&](Tx& tx) -> Result<bool> {
        if (!jobs::finish(tx, job)) return lease_lost();
        on.notifications->enqueue(tx, {.merchant = job.merchant,
                                       .cause = event_id,
                                       .template_name = is_credit ? "payment_refunded" : "payment_receipt",
                                       .recipient = recipient,
                                       .data = data,
                                       .attachments = {&attachment, 1},
                                       .correlation_id = charge.correlation_id,
                                       .traceparent = job.traceparent});
        return true;
    };
    auto written = co_await on.store.write(write);
    if (!written) co_return fail(std::move(written.error()));
    on.wake();
    co_return Result<void>{};
}

}  // namespace florin::billing
