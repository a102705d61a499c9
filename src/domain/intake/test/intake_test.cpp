#include "florin/intake/intake.hpp"

#include <gtest/gtest.h>

#include "../../payments/test/fake_provider.hpp"
#include "florin/jobs/worker.hpp"
#include "florin/runtime/simulation.hpp"
#include "florin/store/open.hpp"
#include "florin/telemetry/metrics.hpp"

namespace florin::intake {
namespace {

using payments::TransactionStatus;
using payments::TransactionType;
using payments::test::FakeProvider;
using payments::test::said;

/// Takes what the header `x-signed` calls genuine; the body is `event_id reference`, or `event_id @id` where it names
/// the provider's own id alone, of what may be a reversal.
class SigningProvider final : public FakeProvider {
public:
    std::map<std::string, std::string> references;  ///< Ours, by the provider's ids.
    int unanswered = 0;                             ///< So often it does not tell them.

    Task<Result<std::string>> reference_of(std::string provider_id) override {
        if (unanswered-- > 0) co_return fail(ErrorKind::outcome_unknown, "no_answer", "Nobody answered.");
        co_return references[provider_id];
    }
    Result<payments::Notice> read_webhook(const http::Request& request, Instant) const override {
        if (request.header("x-signed") != "yes") return payments::webhook_not_genuine();
        const std::size_t space = request.body.find(' ');
        if (request.body.find('@') != std::string::npos)
            return payments::Notice{.event_id = request.body.substr(0, space),
                                    .event_type = "charge.dispute.created",
                                    .reference = {},
                                    .provider_id = request.body.substr(space + 2),
                                    .may_be_reversal = true};
        return payments::Notice{.event_id = request.body.substr(0, space),
                                .event_type = "charge.succeeded",
                                .reference = space == std::string::npos ? "" : request.body.substr(space + 1)};
    }
};

const store::Sql status_sql{"test.webhook_status",
                            "SELECT status FROM webhook_events WHERE merchant_id = 0 AND event_id = $1"};
const store::Sql jobs_sql{
    "test.webhook_jobs",
    "SELECT id, payload, ordering_key, attempts FROM jobs WHERE kind = 'webhooks.process' ORDER BY id"};

class IntakeTest : public testing::Test {
private:
    template <class Map>
    auto read(Map map) {
        std::optional<std::invoke_result_t<Map, store::Reader&>> found;
        auto look = [&](store::Reader& reader) -> Result<bool> {
            found = map(reader);
            return true;
        };
        scheduler.await([](store::Store& from, auto& with) -> Task<void> { EXPECT_TRUE(co_await from.read(with)); }(
                                                               *database, look));
        return std::move(*found);
    }

protected:
    std::string receive(std::string body, std::string_view is_signed = "yes", std::string_view connector = "fake") {
        http::Request request{
            .method = "POST", .path = {}, .query = {}, .headers = {}, .body = std::move(body), .peer = {}};
        request.headers.emplace_back("x-signed", std::string{is_signed});
        const auto receipt = scheduler.await(intake.receive(connector, request, "c-1"));
        return receipt ? std::string{to_text(*receipt)} : receipt.error().code;
    }
    std::string status(std::string_view event_id) {
        return read([&](store::Reader& reader) {
            return reader.first(status_sql, [](const store::Row& row) { return row.string(0); }, event_id).value_or("");
        });
    }
    struct Queued {
        jobs::Job job;
        std::string ordering_key;
    };
    std::vector<Queued> queued() {
        return read([&](store::Reader& reader) {
            return reader.all(jobs_sql, [](const store::Row& row) {
                Queued one;
                one.job.id = row.id<jobs::JobId>(0);
                one.job.kind = Intake::job_kind;
                one.job.payload = row.string(1);
                one.ordering_key = row.string(2);
                return one;
            });
        });
    }
    /// Lets the worker do what is due for that long.
    void work(Millis span) {
        Signal stop;
        scheduler.spawn(worker.run(stop));
        scheduler.await([](Signal& signal, Millis until) -> Task<void> {
            co_await sleep_for(until);
            signal.set();
        }(stop, span));
        scheduler.run();
    }
    payments::Executed lost_purchase() {
        provider.next = {said(payments::Outcome::no_answer)};
        return *scheduler.await(payments.charge(
            {.merchant = MerchantId{1},
             .type = TransactionType::purchase,
             .guard = {},
             .connector = "fake",
             .amount = payments::test::euros(1'000),
             .card = payments::Card{.number = *security::Pan::from_json("4111111111111111"),
                                    .expiry_month = 12,
                                    .expiry_year = 2099,
                                    .cvv = {},
                                    .name = {}},
             .payment_method = std::nullopt,
             .billing = {},
             .customer_id = {},
             .origin = {
                 .actor = "test", .ip_address = {}, .user_agent = {}, .correlation_id = "c", .traceparent = {}}}));
    }
    TransactionStatus status_of(const payments::TransactionId& id) {
        return scheduler.await(payments.find_transaction(MerchantId{1}, id))->transaction.status;
    }

    SimClock clock;
    SimRandom random{7};
    SimScheduler scheduler{clock};
    World world{clock, random};
    std::unique_ptr<store::SimStore> database = store::SimStore::open(scheduler, world);
    std::unique_ptr<security::KeyRing> keys = security::KeyRing::in_memory(world);
    audit::Log audit{{}};
    SigningProvider provider;
    payments::Payments payments{{.world = world,
                                 .store = *database,
                                 .keys = *keys,
                                 .audit = audit,
                                 .connector = [this](std::string_view) { return &provider; },
                                 .node = "here"}};
    jobs::Worker worker{*database, world, {.name = "here"}};
    Intake intake{{.world = world,
                   .store = *database,
                   .keys = *keys,
                   .payments = payments,
                   .connector = [this](std::string_view name) { return name == "fake" ? &provider : nullptr; },
                   .wake = [this] { worker.wake(); }}};
    IntakeTest() {
        worker.handle(std::string{Intake::job_kind}, {.concurrency = 5},
                      [this](const jobs::Job& job) { return intake.process(job); });
    }
};

TEST_F(IntakeTest, a_webhook_is_taken_once_and_its_copies_are_known_for_good) {  // F40, F47, D-FL-07
    EXPECT_EQ(receive("e-1 REF"), "accepted");
    EXPECT_EQ(receive("e-1 REF"), "duplicate");
    clock.advance(std::chrono::days{400});
    EXPECT_EQ(receive("e-1 REF"), "duplicate");
    EXPECT_EQ(receive("e-2 REF"), "accepted");
    EXPECT_EQ(queued().size(), 2U);
}

TEST_F(IntakeTest, another_body_under_a_known_event_id_changes_nothing) {  // F48
    EXPECT_EQ(receive("e-1 REF"), "accepted");
    EXPECT_EQ(receive("e-1 OTHER"), "conflicting");
    ASSERT_EQ(queued().size(), 1U);
    EXPECT_EQ(queued()[0].ordering_key, "fake:REF");
}

TEST_F(IntakeTest, what_the_provider_did_not_sign_is_refused_and_leaves_nothing) {  // F45
    EXPECT_EQ(receive("e-1 REF", "no"), "webhook_not_genuine");
    EXPECT_EQ(receive("e-1 REF", "yes", "nobody"), "provider_not_found");
    EXPECT_EQ(receive(""), "webhook_unreadable");
    EXPECT_TRUE(queued().empty());
    EXPECT_EQ(status("e-1"), "");
}

TEST_F(IntakeTest, an_unknown_payment_is_settled_by_what_the_provider_says_not_by_the_webhook) {  // D-FL-06
    const auto lost = lost_purchase();
    EXPECT_EQ(receive("e-1 " + lost.transaction.reference_number), "accepted");
    provider.found = said(payments::Outcome::declined);
    work(Millis{1'000});
    EXPECT_EQ(status_of(lost.transaction.id), TransactionStatus::declined);
    EXPECT_EQ(status("e-1"), "processed");
}

TEST_F(IntakeTest, while_the_providers_reports_lag_behind_it_asks_again) {  // F41
    const auto lost = lost_purchase();
    receive("e-1 " + lost.transaction.reference_number);
    provider.found = said(payments::Outcome::not_found);
    work(Millis{1'000});
    EXPECT_EQ(status("e-1"), "received");
    provider.found = said(payments::Outcome::approved);
    work(Millis{5'000});
    EXPECT_EQ(status_of(lost.transaction.id), TransactionStatus::approved);
    EXPECT_EQ(status("e-1"), "processed");
}

TEST_F(IntakeTest, a_provider_that_stays_undecided_is_left_to_recovery) {  // F44
    const auto lost = lost_purchase();
    receive("e-1 " + lost.transaction.reference_number);
    provider.found = said(payments::Outcome::not_found);
    work(std::chrono::minutes{3});
    EXPECT_EQ(status("e-1"), "processed");
    EXPECT_EQ(status_of(lost.transaction.id), TransactionStatus::unknown);
}

TEST_F(IntakeTest, what_is_about_nothing_that_was_made_here_is_kept_as_unmatched) {  // F50
    const auto counted = [] {
        return telemetry::metrics()
            .counter("florin_webhooks_total", "Webhooks of providers, by what became of them on arrival.",
                     {{"connector", "fake"}, {"result", "unmatched"}})
            .value();
    };
    const auto before = counted();
    EXPECT_EQ(receive("ping"), "accepted");
    EXPECT_EQ(counted(), before + 1) << "what names no payment is counted at once, and needs no job";
    EXPECT_TRUE(queued().empty());
    EXPECT_EQ(receive("e-1 INV-17"), "accepted");
    work(Millis{1'000});
    EXPECT_EQ(status("ping"), "unmatched");
    EXPECT_EQ(status("e-1"), "unmatched");
    EXPECT_TRUE(provider.looked_up.empty());
}

TEST_F(IntakeTest, a_job_that_runs_again_does_nothing_more) {  // F55
    const auto lost = lost_purchase();
    receive("e-1 " + lost.transaction.reference_number);
    provider.found = said(payments::Outcome::approved);
    work(Millis{1'000});
    const std::size_t looked = provider.looked_up.size();
    const jobs::Job job = queued().at(0).job;
    EXPECT_TRUE(scheduler.await(intake.process(job)));
    EXPECT_EQ(provider.looked_up.size(), looked);
}

TEST_F(IntakeTest, what_names_only_the_providers_id_is_found_by_asking_the_provider) {  // F28, F50
    const auto lost = lost_purchase();
    provider.found = said(payments::Outcome::approved);
    provider.references["pi_1"] = lost.transaction.reference_number;
    provider.unanswered = 1;
    EXPECT_EQ(receive("e-1 @pi_1"), "accepted");
    EXPECT_EQ(receive("e-2 @pi_2"), "accepted");
    EXPECT_EQ(queued().at(0).ordering_key, "fake:pi_1");
    work(Millis{10'000});
    EXPECT_EQ(status_of(lost.transaction.id), TransactionStatus::approved);
    EXPECT_EQ(status("e-1"), "processed");
    EXPECT_EQ(status("e-2"), "unmatched");
}

}  // namespace
}  // namespace florin::intake
