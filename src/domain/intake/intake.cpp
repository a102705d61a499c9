#include "florin/intake/intake.hpp"

#include "florin/json/clean.hpp"
#include "florin/json/value.hpp"
#include "florin/json/writer.hpp"
#include "florin/security/hash.hpp"
#include "florin/telemetry/log.hpp"
#include "florin/telemetry/metrics.hpp"
#include "webhook_store.hpp"

namespace florin::intake {
namespace {

/// After so many looks a provider that is still undecided is left to recovery, which asks on and on.
constexpr std::int64_t most_looks = 6;

/// What a job says of its event.
struct Subject {
    std::string connector, event_id;
    payments::Hint hint;
};
std::string payload_of(std::string_view connector, std::string_view event_id, const payments::Hint& hint) {
    std::string text;
    json::Writer json{text};
    json.open('{').field("connector", connector).field("event_id", event_id);
    if (!hint.provider_id.empty()) json.field("provider_id", hint.provider_id);
    if (hint.may_be_reversal) json.field("may_be_reversal", true);
    json.close('}');
    return text;
}
std::optional<Subject> subject_of(std::string_view payload) {
    const auto value = json::parse(payload);
    const json::Value* connector = value ? value->find("connector") : nullptr;
    const json::Value* event_id = value ? value->find("event_id") : nullptr;
    const json::Value* provider_id = value ? value->find("provider_id") : nullptr;
    if (connector == nullptr || event_id == nullptr) return std::nullopt;
    return Subject{std::string{connector->text()}, std::string{event_id->text()},
                   payments::Hint{.provider_id = std::string{provider_id == nullptr ? "" : provider_id->text()},
                                  .may_be_reversal = value->find("may_be_reversal") != nullptr,
                                  .connector = std::string{connector->text()}}};
}

void count(std::string_view connector, std::string_view result) {
    telemetry::metrics()
        .counter("florin_webhooks_total", "Webhooks of providers, by what became of them on arrival.",
                 {{"connector", std::string{connector}}, {"result", std::string{result}}})
        .add();
}

/// A provider's word as it may be stored and logged.
std::string tame(std::string_view text) { return json::clean_text(text, 255); }

}  // namespace

std::vector<Received> received_of(store::Reader& reader, std::string_view reference) {
    return rows::of_reference(reader, reference);
}

std::string_view to_text(Receipt receipt) {
    switch (receipt) {
        case Receipt::accepted:
            return "accepted";
        case Receipt::duplicate:
            return "duplicate";
        case Receipt::conflicting:
            return "conflicting";
    }
    __builtin_unreachable();
}

Task<Result<Receipt>> Intake::receive(std::string_view name, const http::Request& request,
                                      std::string_view correlation_id) {
    const payments::Connector* connector = on_.connector(name);
    if (connector == nullptr)
        co_return fail(ErrorKind::not_found, "provider_not_found", "There is no such payment provider.");
    auto notice = connector->read_webhook(request, on_.world.clock.now());
    if (!notice) {
        count(name, notice.error().kind == ErrorKind::unauthenticated ? "forged" : "refused");
        co_return fail(std::move(notice.error()));
    }
    const std::string event_id = tame(notice->event_id), event_type = tame(notice->event_type);
    const std::string reference = tame(notice->reference);
    if (event_id.empty()) {
        count(name, "refused");
        co_return payments::webhook_unreadable();
    }
    const rows::BodyHash hash = security::sha256(request.body);
    const auto id = on_.world.new_id<struct rows::EventRowTag>();
    const std::string place = "webhook_events.sealed_body." + std::string{name} + "." + event_id;
    const auto sealed = on_.keys.seal(request.body, place);
    const std::string payload = payload_of(name, event_id, {tame(notice->provider_id), notice->may_be_reversal});
    // A dispute's webhook names the payment by the provider's id alone: our reference is asked for when it is worked
    // on.
    const bool is_findable = !reference.empty() || (notice->may_be_reversal && !notice->provider_id.empty());
    const std::string ordering_key =
        std::string{name} + ":" + (reference.empty() ? tame(notice->provider_id) : reference);
    auto store_event = [&](store::Tx& tx) -> Result<Receipt> {
        const bool is_new = rows::insert(tx, {.connector = name,
                                              .event_id = event_id,
                                              .id = id,
                                              .event_type = event_type,
                                              .reference = reference,
                                              .body_hash = hash,
                                              .sealed_body = sealed,
                                              .correlation_id = correlation_id});
        if (!is_new) return rows::body_hash(tx, name, event_id) == hash ? Receipt::duplicate : Receipt::conflicting;
        if (!is_findable) {
            rows::finish(tx, name, event_id, false);
            return Receipt::accepted;
        }
        jobs::enqueue(tx, {.merchant = MerchantId{0},
                           .id = jobs::JobId{id.value},
                           .kind = job_kind,
                           .payload = payload,
                           .ordering_key = ordering_key,
                           .correlation_id = correlation_id});
        return Receipt::accepted;
    };
    const auto receipt = co_await on_.store.write(store_event);
    if (!receipt) co_return fail(receipt.error());
    // What is about no payment is expected of some providers: counted, and nobody is warned.
    const bool is_unmatched = *receipt == Receipt::accepted && !is_findable;
    count(name, is_unmatched ? "unmatched" : to_text(*receipt));
    if (*receipt == Receipt::accepted) on_.wake();
    if (*receipt == Receipt::conflicting)
        telemetry::warning("webhook.conflicting",
                           {{"connector", name}, {"event_id", event_id}, {"correlation_id", correlation_id}});
    co_return *receipt;
}

std::string Intake::provider_of(const jobs::Job& job) {
    const auto subject = subject_of(job.payload);
    return subject ? subject->connector : std::string{};
}

Task<Result<void>> Intake::process(const jobs::Job& job) {
    const auto subject = subject_of(job.payload);
    if (!subject) co_return fail(ErrorKind::invalid, "job_unreadable", "The job does not name its event.");
    auto read_open = [&](store::Reader& reader) -> Result<std::optional<rows::Open>> {
        return rows::find_open(reader, subject->connector, subject->event_id);
    };
    const auto open = co_await on_.store.read(read_open);
    if (!open) co_return fail(open.error());
    if (!*open) co_return Result<void>{};
    std::string reference = (*open)->reference;
    payments::Connector* connector = reference.empty() ? on_.connector(subject->connector) : nullptr;
    if (connector != nullptr) {
        auto told = co_await connector->reference_of(subject->hint.provider_id);
        if (!told) co_return fail(ErrorKind::unavailable, told.error().code, told.error().message);
        reference = std::move(*told);
    }
    const auto hinted = co_await on_.payments.look(reference, subject->hint);
    if (!hinted) co_return fail(hinted.error());
    // It overtook the answer to the request itself, or the provider's own reports lag behind.
    if (*hinted == payments::Hinted::still_open && job.attempt < most_looks)
        co_return fail(ErrorKind::unavailable, "outcome_still_open", "The payment's outcome is not known yet.");
    const bool is_matched = *hinted != payments::Hinted::unknown_reference;
    auto finish = [&](store::Tx& tx) -> Result<bool> {
        if (!jobs::finish(tx, job)) return fail(ErrorKind::conflict, "lease_lost", "Another worker has the job.");
        rows::finish(tx, subject->connector, subject->event_id, is_matched);
        return true;
    };
    const auto finished = co_await on_.store.write(finish);
    if (!finished) co_return fail(finished.error());
    telemetry::metrics()
        .histogram("florin_webhook_processing_lag_seconds", "Time from a provider's webhook to its end.",
                   telemetry::Unit::seconds, {{"connector", subject->connector}})
        .observe((on_.world.clock.now() - (*open)->created_at).count() * 1'000'000);
    telemetry::log_event(is_matched ? telemetry::Level::info : telemetry::Level::warning,
                         is_matched ? "webhook.processed" : "webhook.unmatched",
                         {{"connector", subject->connector},
                          {"event_type", (*open)->event_type},
                          {"correlation_id", job.correlation_id}});
    co_return Result<void>{};
}

}  // namespace florin::intake
