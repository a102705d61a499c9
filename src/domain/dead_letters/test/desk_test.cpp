#include "florin/dead_letters/desk.hpp"

#include <gtest/gtest.h>

#include "florin/events/events.hpp"
#include "florin/jobs/worker.hpp"
#include "florin/runtime/simulation.hpp"
#include "florin/store/open.hpp"
#include "florin/store/prepare_all.hpp"
#include "florin/telemetry/log.hpp"

namespace florin::dead_letters {
namespace {

constexpr MerchantId shop{1}, platform{0};

class DeskTest : public testing::Test {
protected:
    DeskTest() {
        telemetry::configure_log({.clock = clock, .sink = [this](std::string_view line) { lines.emplace_back(line); }});
        for (const std::string kind : {"mail", "webhooks.deliver"})
            worker.handle(kind, {.concurrency = 1'000, .retry = {.strategy = jobs::RetryStrategy::cancel}},
                          [this](const jobs::Job& job) -> Task<Result<void>> {
                              ran.push_back(job.payload);
                              if (is_broken) co_return fail(ErrorKind::unavailable, "no_luck", "Number 5 of a@b.c");
                              co_return Result<void>{};
                          });
        scheduler.spawn(worker.run(stop));
    }
    ~DeskTest() override { telemetry::configure_log({}); }

    template <class F>
    auto write(F& unit) {
        auto run = [](store::Store& on, F& inner) -> Task<std::invoke_result_t<F&, store::Tx&>> {
            co_return co_await on.write(inner);
        };
        return scheduler.await(run(*database, unit));
    }
    void add(int count, MerchantId merchant = shop, std::string_view kind = "mail", std::string_view payload = {}) {
        auto enqueue = [&](store::Tx& tx) -> Result<bool> {
            for (int i = 0; i < count; ++i) {
                const std::string own = payload.empty() ? R"({"n":)" + std::to_string(i) + "}" : std::string{payload};
                jobs::enqueue(tx, {.merchant = merchant,
                                   .id = world.new_id<jobs::JobOf>(),
                                   .kind = kind,
                                   .payload = own,
                                   .ordering_key = "key"});
            }
            return true;
        };
        EXPECT_TRUE(write(enqueue));
    }
    std::vector<events::Event> news(MerchantId merchant = shop) {
        auto list = [&](store::Tx& tx) -> Result<std::vector<events::Event>> {
            return events::list(tx, merchant, 0, 1'000, {.type = std::string{Desk::event_type}, .subject_id = {}});
        };
        return *write(list);
    }
    std::size_t landed() {
        return static_cast<std::size_t>(std::ranges::count_if(
            lines, [](const std::string& line) { return line.contains("\"dead_letters.landed\""); }));
    }
    void work(Millis span = Millis{60'000}) { scheduler.run(span); }
    std::vector<DeadLetter> letters() { return *scheduler.await(desk.list(shop, {.limit = 1'000})); }
    Asker me() const { return {.actor = "test", .ip_address = {}, .user_agent = {}, .correlation_id = "c"}; }

    SimClock clock;
    SimRandom random{3};
    World world{clock, random};
    SimScheduler scheduler{clock};
    std::unique_ptr<store::SimStore> database = store::SimStore::open(scheduler, world);
    audit::Log audit{{}};
    jobs::Worker worker{*database, world, {.name = "here"}};
    Desk desk{{.world = world, .store = *database, .audit = audit, .wake = [this] { worker.wake(); }}};
    Signal stop;
    std::vector<std::string> lines, ran;
    bool is_broken = true;
};

TEST_F(DeskTest, a_thousand_of_one_cause_are_told_of_once_each_and_logged_by_the_batch) {  // A-FR-19, A-CM-17
    add(500);
    add(1, platform);
    work();
    EXPECT_EQ(scheduler.await(desk.announce()), 200u);
    EXPECT_EQ(landed(), 1u);
    while (scheduler.await(desk.announce()) > 0) continue;
    EXPECT_EQ(news().size(), 500u);
    EXPECT_EQ(news(platform).size(), 1u);
    EXPECT_EQ(landed(), 3u);
    EXPECT_TRUE(news()[0].data.contains("Number 5 of [redacted]")) << news()[0].data;
    EXPECT_EQ(scheduler.await(desk.announce()), 0u);
}

TEST_F(DeskTest, many_run_again_in_order_and_what_dies_of_it_is_left_for_another_decision) {
    add(350);
    work();
    ran.clear();
    const auto retried = scheduler.await(
        desk.decide_all(me(), shop, {.ids = {}, .filter = {.cause = "no_luck: Number # of #"}}, Verdict::retry, {}));
    EXPECT_EQ(*retried, 350);
    work(Millis{600'000});
    ASSERT_EQ(ran.size(), 350u);
    for (std::size_t i = 0; i < ran.size(); ++i) EXPECT_EQ(ran[i], R"({"n":)" + std::to_string(i) + "}");
    EXPECT_EQ(letters().size(), 350u);
    EXPECT_EQ(letters()[0].deaths, 2);
    const std::string id = letters()[0].id.text();
    auto audited = [&](store::Tx& tx) -> Result<std::size_t> {
        return audit::of_entity(tx, shop, "dead_letter", id, 10).size();
    };
    EXPECT_EQ(*write(audited), 1u);
}

TEST_F(DeskTest, the_death_of_what_was_to_tell_of_a_death_is_not_told_of) {  // A-CM-17
    add(1);
    work();
    EXPECT_EQ(scheduler.await(desk.announce()), 1u);
    ASSERT_EQ(news().size(), 1u);
    add(1, shop, "webhooks.deliver", R"({"event":")" + news()[0].id() + "\"}");
    add(1, shop, "webhooks.deliver", R"({"event":"01a1fcd3-917b-7b1b-9415-338a6d11ee9d.1"})");
    work();
    EXPECT_EQ(scheduler.await(desk.announce()), 2u);
    EXPECT_EQ(news().size(), 2u) << "of the other one alone";
    EXPECT_EQ(letters().size(), 3u);
}

TEST_F(DeskTest, when_nobody_can_be_told_it_is_told_later) {  // F65
    add(1);
    work();
    database->fail_commit = [](std::uint64_t) { return true; };
    EXPECT_EQ(scheduler.await(desk.announce()), 0u);
    EXPECT_EQ(landed(), 0u);
    database->fail_commit = nullptr;
    EXPECT_EQ(scheduler.await(desk.announce()), 1u);
    EXPECT_EQ(landed(), 1u);
}

TEST_F(DeskTest, a_thousand_dead_letters_are_one_mail_and_a_mail_that_did_not_go_is_in_none) {  // A-FR-19, A-CM-17
    std::vector<Digest> mails;
    Desk writing{{.world = world,
                  .store = *database,
                  .audit = audit,
                  .wake = [] {},
                  .write_mail = [&](store::Tx&, const Digest& digest) { mails.push_back(digest); },
                  .own_mails = "mail"}};
    add(1'000);
    add(1, platform);
    work(Millis{1'000});
    EXPECT_FALSE(scheduler.await(writing.mail())) << "it may be a burst";
    work(Millis{30'000});
    EXPECT_TRUE(scheduler.await(writing.mail()));
    ASSERT_EQ(mails.size(), 1u);
    EXPECT_EQ(mails[0].count, 1'000);
    ASSERT_EQ(mails[0].groups.size(), 1u);
    EXPECT_EQ(mails[0].groups[0].cause, "no_luck: Number # of #");
    add(1);
    work(Millis{300'000});
    EXPECT_FALSE(scheduler.await(writing.mail())) << "the team has just been written to";
    work(Millis{310'000});
    EXPECT_TRUE(scheduler.await(writing.mail()));
    EXPECT_FALSE(scheduler.await(writing.mail()));
    ASSERT_EQ(mails.size(), 2u);
    EXPECT_EQ(mails[1].count, 1);
}

TEST_F(DeskTest, statements_prepare) {
    for (const auto& [statement, why] : store::prepare_all(*database)) ADD_FAILURE() << statement << ": " << why;
}

}  // namespace
}  // namespace florin::dead_letters
