// One case, from its row to the CRM and back: intent, act, record.

#include <array>

#include "cases_impl.hpp"
#include "florin/json/clean.hpp"
#include "florin/json/value.hpp"
#include "florin/telemetry/log.hpp"
#include "florin/telemetry/metrics.hpp"

namespace florin::cases {
namespace {

constexpr std::size_t longest_reason = 300;

std::optional<CaseId> subject_of(std::string_view payload) {
    const auto value = json::parse(payload);
    const json::Value* const id = value ? value->find("case") : nullptr;
    return id == nullptr ? std::nullopt : CaseId::parse(id->text());
}

std::string_view word(Crm::Outcome outcome) {
    constexpr std::array words{"accepted", "deferred", "refused", "unknown"};
    return words[static_cast<std::size_t>(outcome)];
}

/// What a CRM says of an address repeats it, and rests where nobody erases it.
std::string without(std::string text, const Contact& contact) {
    for (const std::string_view personal : {std::string_view{contact.email}, std::string_view{contact.name}})
        for (std::size_t at = 0; !personal.empty() && (at = text.find(personal, at)) != std::string::npos; at += 9)
            text.replace(at, personal.size(), "[contact]");
    return text;
}

}  // namespace

jobs::Policy Cases::policy() {
    return {.concurrency = 2,
            .retry = {.strategy = jobs::RetryStrategy::exponential,
                      .first = Millis{15'000},
                      .longest = std::chrono::hours{1},
                      .most_attempts = 20}};
}

Task<Result<void>> Cases::mirror(const jobs::Job& job) {
    Impl& my = *impl_;
    const auto id = subject_of(job.payload);
    if (!id) co_return fail(ErrorKind::invalid, "job_unreadable", "The job does not name a case.");
    if (my.on.crm == nullptr)
        co_return fail(ErrorKind::invalid, "crm_not_configured", "No CRM is configured any more.");

    // Intent. From here on a crash leaves a row that says that the CRM may know of it.
    auto intend = [&](Tx& tx) -> Result<Case> {
        auto one = rows::find(tx, job.merchant, *id);
        if (!one) return no_case();
        if (!one->mirror.is_tried && one->mirror.done < one->mirror.wanted) rows::set_tried(tx, job.merchant, *id);
        return std::move(*one);
    };
    const auto intended = co_await my.on.store.write(intend);
    if (!intended && intended.error().kind == ErrorKind::not_found)
        co_return fail(ErrorKind::invalid, intended.error().code, intended.error().message);
    if (!intended) co_return fail(intended.error());
    // Another job has told of this state too.
    if (intended->mirror.done == intended->mirror.wanted) co_return Result<void>{};

    Contact contact;
    if (my.on.find_contact && !intended->customer_id.empty()) {
        auto known = co_await my.on.find_contact(job.merchant, intended->customer_id);
        if (!known) co_return fail(ErrorKind::unavailable, known.error().code, known.error().message);
        if (*known) contact = std::move(**known);
    }

    // Act. No transaction is open.
    const Reflection reflection{.one = *intended, .contact = contact, .may_be_there = intended->mirror.is_tried};
    const Crm::Mirrored mirrored = co_await my.on.crm->mirror(reflection);
    co_return co_await my.record(job, *intended, contact, mirrored);
}

Task<Result<void>> Cases::Impl::record(const jobs::Job& job, const Case& sent, const Contact& contact,
                                       const Crm::Mirrored& mirrored) {
    static const Asker crm{.merchant = {}, .actor = "system", .ip_address = {}, .user_agent = {}, .correlation_id = {}};
    const std::string reason = json::clean_text(without(mirrored.reason, contact), longest_reason);
    const bool is_accepted = mirrored.outcome == Crm::Outcome::accepted;
    const bool is_refused = mirrored.outcome == Crm::Outcome::refused;
    auto write_outcome = [&](Tx& tx) -> Result<bool> {
        const auto one = rows::take(tx, sent.merchant, sent.id);
        // Whoever took over a lost lease has told of it meanwhile.
        if (!one || one->mirror.done >= sent.mirror.wanted) return false;
        if (!is_accepted && !is_refused) {
            rows::set_crm_error(tx, sent.merchant, sent.id, mirrored.code, reason);
            return true;
        }
        Case after = next(*one, tx.now());
        if (is_accepted) {
            after.mirror.done = sent.mirror.wanted;
            after.mirror.id = mirrored.id;
        }
        after.mirror.is_refused = is_refused;
        after.mirror.error_code = is_accepted ? "" : mirrored.code;
        after.mirror.error = is_accepted ? "" : reason;
        const Entry entry{.number = after.version,
                          .kind = is_accepted ? "mirrored" : "mirror_refused",
                          .actor = crm.actor,
                          .text = is_accepted ? mirrored.id : mirrored.code + ": " + reason,
                          .created_at = after.updated_at};
        if (!change(tx, after, entry, crm))
            return fail(ErrorKind::unavailable, "case_changed_meanwhile", "Somebody else has changed this case.");
        // With the outcome, so that both are true or neither is. A lost lease changes nothing of what has happened.
        if (is_accepted) (void)jobs::finish(tx, job);
        return true;
    };
    const auto written = co_await on.store.write(write_outcome);
    if (!written) co_return fail(written.error());
    telemetry::metrics()
        .counter("florin_case_mirrors_total", "Cases sent to the CRM, by what became of it.",
                 {{"result", std::string{word(mirrored.outcome)}}})
        .add();
    if (is_accepted) co_return Result<void>{};
    telemetry::warning("case.not_mirrored", {{"case_id", sent.id},
                                             {"merchant", sent.merchant},
                                             {"outcome", word(mirrored.outcome)},
                                             {"code", mirrored.code},
                                             {"correlation_id", sent.correlation_id}});
    const ErrorKind kind = is_refused ? ErrorKind::invalid : ErrorKind::unavailable;
    co_return fail(kind, mirrored.code, reason);
}

}  // namespace florin::cases
