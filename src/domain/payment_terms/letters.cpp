#include "florin/payment_terms/letters.hpp"

#include "agreement.hpp"
#include "florin/base/check.hpp"
#include "florin/json/describe.hpp"
#include "statement.hpp"
#include "wording.hpp"

namespace florin::payment_terms {

/// What a letter's job carries. The filling is of that change, whatever came after it: sums and days, nothing personal.
struct LetterPayload {
    PaymentTermsId terms;
    std::string cause, template_name, customer_id;
    std::optional<documents::DocumentId> document;
    json::Object filling;
};

}  // namespace florin::payment_terms

namespace florin::json {

template <>
struct Described<payment_terms::LetterPayload> {
    using P = payment_terms::LetterPayload;
    static constexpr std::string_view name = "LetterPayload";
    static constexpr auto fields = std::tuple{
        Field{"terms", &P::terms, {}},
        Field{"cause", &P::cause, {}},
        Field{"template_name", &P::template_name, {}},
        Field{"customer_id", &P::customer_id, {}},
        Field{"document", &P::document, {}},
        Field{"filling", &P::filling, {}},
    };
};

}  // namespace florin::json

namespace florin::payment_terms {
namespace {

void agree(documents::NewDocument& agreement, const Scheduled& scheduled, const std::optional<Movement>& at_once,
           const locale::Locale& locale) {
    const Terms& terms = scheduled.terms;
    const Outlook outlook = outlook_of(scheduled);
    agreement.subject = agreement_subject(terms, locale);
    agreement.paragraphs = {cancellation_words(terms, locale)};
    for (const ToCome& one : outlook.instalments)
        agreement.schedule.push_back(
            {.number = one.number, .due_date = one.due_date, .amount = terms.money(one.amount_minor)});
    // As long as nothing was charged, the schedule says it all.
    if (terms.account.billed_minor > 0) agreement.lines = agreement_lines(terms, outlook, at_once, locale);
}

void state(documents::NewDocument& statement, const Scheduled& scheduled, const locale::Locale& locale) {
    const Terms& terms = scheduled.terms;
    statement.kind = documents::Kind::statement;
    statement.total = statement_total(terms);
    statement.subject = statement_subject(terms, locale);
    statement.lines = statement_lines(terms, locale);
    statement.paragraphs = settlement_explained(terms, *terms.settlement, locale);
    statement.schedule = statement_payments(terms, scheduled.charges, locale);
}

}  // namespace

void Letters::tell(Tx& tx, const Scheduled& scheduled, std::string_view what,
                   const std::optional<Movement>& at_once) const {
    const Terms& terms = scheduled.terms;
    const Outlook outlook = outlook_of(scheduled);
    const std::string cause = "payment_terms:" + terms.id.text() + ":" + std::to_string(terms.version);
    LetterPayload payload{.terms = terms.id,
                          .cause = cause,
                          .template_name = "payment_terms_" + std::string{what},
                          .customer_id = terms.customer_id,
                          .document = std::nullopt,
                          .filling = {letter_filling(terms, outlook, at_once)}};
    const locale::Locale locale = on_.documents.locale_of(tx, terms.merchant, terms.customer_id);
    documents::NewDocument document{.merchant = terms.merchant,
                                    .kind = documents::Kind::agreement,
                                    .cause = cause,
                                    .customer_id = terms.customer_id,
                                    .issued_on = on_.merchants.today(tx, terms.merchant),
                                    .total = terms.money(terms.plan.total_minor),
                                    .locale = locale.tag(),
                                    .owner_kind = std::string{owner_kind},
                                    .owner = terms.id.value,
                                    .correlation_id = terms.correlation_id};
    if (terms.settlement)
        state(document, scheduled, locale);
    else
        agree(document, scheduled, at_once, locale);
    payload.document = on_.documents.issue(tx, document).id;
    const std::string text = json::to_text(payload);
    jobs::enqueue(tx, {.merchant = terms.merchant,
                       .id = on_.world.new_id<jobs::JobOf>(),
                       .kind = job_kind,
                       .payload = text,
                       .unique_key = cause,
                       .correlation_id = terms.correlation_id});
}

Task<Result<void>> Letters::deliver(const jobs::Job& job) const {
    const auto value = json::parse(job.payload);
    if (!value) co_return fail(value.error());
    const auto payload = json::read<LetterPayload>(*value);
    if (!payload) co_return fail(payload.error());
    auto name = co_await on_.addressee(job.merchant, payload->customer_id);
    if (!name) co_return fail(std::move(name.error()));
    if (!*name) co_return Result<void>{};

    std::vector<notifications::Attachment> attachments;
    // What is known by now comes first, then all that was fixed with the change.
    std::string data = R"({"name":)";
    json::Writer{data}.value(**name);
    if (payload->document) {
        auto pdf = co_await on_.documents.pdf(job.merchant, *payload->document);
        if (!pdf) co_return fail(std::move(pdf.error()));
        auto find = [&](Reader& reader) -> Result<documents::Document> {
            auto document = on_.documents.find(reader, job.merchant, *payload->document);
            check(document.has_value(), "a document whose PDF was made is there");
            return std::move(*document);
        };
        const auto document = co_await on_.store.read(find);
        if (!document) co_return fail(document.error());
        attachments.push_back(
            {.name = document->file_name(), .content_type = "application/pdf", .content = std::move(*pdf)});
        json::Writer{data.append(R"(,"reference":)")}.value(document->number);
        json::Writer{data.append(R"(,"link":)")}.value(
            on_.documents.link(job.merchant, document->id, on_.world.clock.now() + documents::mailed_link_lifetime));
    }
    data.append(",").append(std::string_view{payload->filling.text}.substr(1));
    const notifications::Recipient recipient{.customer_id = payload->customer_id, .email = {}, .name = {}};
    auto write = [&](Tx& tx) -> Result<bool> {
        if (!jobs::finish(tx, job))
            return fail(ErrorKind::conflict, "lease_lost", "Another worker has this job by now.");
        on_.notifications.enqueue(tx, {.merchant = job.merchant,
                                       .cause = payload->cause,
                                       .template_name = payload->template_name,
                                       .recipient = recipient,
                                       .data = data,
                                       .attachments = attachments,
                                       .correlation_id = job.correlation_id});
        return true;
    };
    auto written = co_await on_.store.write(write);
    if (!written) co_return fail(std::move(written.error()));
    on_.notifications.wake();
    co_return Result<void>{};
}

std::optional<documents::Document> Letters::agreement(Reader& reader, MerchantId merchant, PaymentTermsId id) const {
    const documents::DocumentFilter filter{
        .kind = documents::Kind::agreement, .customer_id = std::nullopt, .owner = id.value, .limit = 1};
    auto newest = on_.documents.list(reader, merchant, filter);
    if (newest.empty()) return std::nullopt;
    return std::move(newest.front());
}

}  // namespace florin::payment_terms
