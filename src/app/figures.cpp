#include "figures.hpp"

#include <algorithm>
#include <map>

#include "florin/app/platform.hpp"
#include "florin/billing/billing.hpp"
#include "florin/broker/broker.hpp"
#include "florin/cases/cases.hpp"
#include "florin/events/events.hpp"
#include "florin/jobs/dead_letters.hpp"
#include "florin/jobs/jobs.hpp"
#include "florin/payments/watch.hpp"
#include "florin/reconciliation/reconciliation.hpp"
#include "florin/telemetry/metrics.hpp"

namespace florin::app {
namespace {

constexpr std::int64_t pause_ns = 1'000'000'000;

struct Read {
    payments::UnknownOutcomes unknown;
    jobs::Counts jobs;
    std::vector<std::pair<std::string, std::int64_t>> letters;
    std::vector<jobs::KindCounts> kinds;
    events::Unnumbered events;
    broker::Lag broker;
    cases::Open cases;
    billing::Figures billing;
    std::vector<reconciliation::OpenDifferences> differences;
    std::vector<reconciliation::ImportState> imports;
};

void show(std::string_view name, std::string_view help, std::int64_t value) {
    telemetry::metrics().gauge(name, help).set(value);
}

/// Whole seconds since `moment`; zero when there is none, or it is still to come.
std::int64_t age_s(Instant now, std::optional<Instant> moment) {
    return moment ? std::max<std::int64_t>(0, (now.ms - moment->ms) / 1000) : 0;
}

/// A kind of which none is left has to fall back to zero, and all are there from the start.
void show_letters(const std::vector<std::pair<std::string, std::int64_t>>& open) {
    std::map<std::string, std::int64_t> counts;
    for (const std::string_view kind : job_kinds) counts[std::string{kind}] = 0;
    for (const auto& [kind, count] : open) counts[kind] = count;
    for (const auto& [kind, count] : counts)
        telemetry::metrics()
            .gauge("florin_dead_letters_by_kind", "As florin_dead_letters, by kind of job.", {{"kind", kind}})
            .set(count);
}

void show_kind(const jobs::KindCounts& counts, Instant now) {
    const auto set = [&](std::string_view state, std::int64_t value) {
        telemetry::metrics()
            .gauge("florin_job_queue", "Jobs of a kind that are not done, by state.",
                   {{"kind", counts.kind}, {"state", std::string{state}}})
            .set(value);
    };
    set("waiting", counts.waiting);
    set("retrying", counts.retrying);
    set("running", counts.running);
    set("dead", counts.dead);
    telemetry::metrics()
        .gauge("florin_job_queue_age_seconds", "How long the job of a kind that waits longest has been due.",
               {{"kind", counts.kind}})
        .set(age_s(now, counts.oldest_due_at));
}

/// By connector and kind; what there is none of any more falls back to zero.
void show_reconciliation(const std::vector<reconciliation::OpenDifferences>& differences,
                         const std::vector<reconciliation::ImportState>& imports, Instant now) {
    using reconciliation::Finding;
    for (const reconciliation::ImportState& each : imports) {
        for (int kind = 0; kind < reconciliation::finding_count; ++kind) {
            const std::string_view name = to_text(static_cast<Finding>(kind));
            if (static_cast<Finding>(kind) == Finding::matched) continue;
            const auto found = std::ranges::find_if(
                differences, [&](const auto& one) { return one.connector == each.connector && one.kind == name; });
            telemetry::metrics()
                .gauge("florin_settlement_differences", "Differences between settlements and the books that are open.",
                       {{"connector", each.connector}, {"kind", std::string{name}}})
                .set(found == differences.end() ? 0 : found->count);
        }
        telemetry::metrics()
            .gauge("florin_settlement_import_age_seconds",
                   "Time since a connector's settlements were last read to the end.", {{"connector", each.connector}})
            .set(age_s(now, each.succeeded_at ? each.succeeded_at : each.begun_at));
    }
}

}  // namespace

Task<void> Figures::refresh() {
    const std::int64_t now_ns = clock_.monotonic_ns();
    std::int64_t next_ns = next_at_ns_.load();
    if (now_ns < next_ns || !next_at_ns_.compare_exchange_strong(next_ns, now_ns + pause_ns)) co_return;
    const Instant now = clock_.now();
    auto read = [now](store::Reader& reader) -> Result<Read> {
        return Read{
            payments::unknown_outcomes(reader), jobs::count(reader),           jobs::count_open_letters(reader),
            jobs::count_by_kind(reader),        events::unnumbered(reader),    broker::lag(reader),
            cases::count_open(reader),          billing::figures(reader, now), reconciliation::open_differences(reader),
            reconciliation::imports(reader)};
    };
    const auto found = co_await store_.read(read);
    if (!found) co_return;
    show("florin_payments_unknown", "Operations whose outcome the provider has not told yet.", found->unknown.count);
    show("florin_payments_unknown_oldest_age_seconds", "Time since the oldest operation without an outcome was begun.",
         age_s(now, found->unknown.oldest_at));
    show("florin_jobs_open", "Jobs that wait or run.", found->jobs.open);
    show("florin_jobs_oldest_due_age_seconds", "How long the job that waits longest has been due.",
         age_s(now, found->jobs.oldest_due_at));
    // A kind of which there is nothing left is not among those found.
    for (const std::string_view kind : job_kinds)
        if (std::ranges::find(found->kinds, kind, &jobs::KindCounts::kind) == found->kinds.end())
            show_kind({.kind = std::string{kind}}, now);
    for (const jobs::KindCounts& each : found->kinds) show_kind(each, now);
    show("florin_dead_letters", "Jobs that ran out of attempts and wait for a person.", found->jobs.dead);
    show_letters(found->letters);
    show("florin_billing_due_turns", "Turns of billing that have come and were not taken.", found->billing.turns.count);
    show("florin_billing_oldest_due_age_seconds", "Time since the oldest of them came.",
         age_s(now, found->billing.turns.oldest_at));
    for (const auto& [status, count] : found->billing.open_charges)
        telemetry::metrics()
            .gauge("florin_billing_charges", "Charges that have not ended.",
                   {{"status", std::string{billing::to_text(status)}}})
            .set(count);
    show("florin_outbox_waiting", "Events that are committed and not yet in their merchant's order.",
         found->events.count);
    show("florin_outbox_oldest_age_seconds", "Time since the oldest event that is not yet in order.",
         age_s(now, found->events.oldest_at));
    show("florin_cases_open", "Cases that wait for a person.", found->cases.count);
    show("florin_cases_oldest_age_seconds", "Time since the oldest open case was opened.",
         age_s(now, found->cases.oldest_at));
    show_reconciliation(found->differences, found->imports, now);
    if (found->broker.is_in_use) {
        show("florin_broker_waiting", "Events that the message broker has not accepted yet.", found->broker.events);
        show("florin_broker_oldest_age_seconds",
             "Time since the oldest event that the message broker has not accepted.",
             age_s(now, found->broker.oldest_at));
    }
}

}  // namespace florin::app
