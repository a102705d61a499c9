#include "florin/broker/broker.hpp"
#include "florin/jobs/dead_letters.hpp"

#include <gtest/gtest.h>

#include "cloud_event.hpp"
#include "fake_transport.hpp"
#include "florin/events/events.hpp"
#include "florin/runtime/simulation.hpp"
#include "florin/store/open.hpp"

namespace florin::broker {
namespace {

constexpr MerchantId shop{1};
using Ids = std::vector<std::string>;

Message command(std::string id, std::string type = "florin.command.test", std::string merchant = "shop") {
    return {.id = std::move(id),
            .content_type = "application/json",
            .body = "{}",
            .properties = {{"cloudEvents:specversion", "1.0"},
                           {"cloudEvents:id", "e-1"},
                           {"cloudEvents_source", "/erp"},
                           {"cloudEvents_type", std::move(type)},
                           {"cloudEvents_merchant", std::move(merchant)}}};
}

class BrokerTest : public testing::Test {
protected:
    SimClock clock;
    SimRandom random{1};
    World world{clock, random};
    SimScheduler scheduler{clock};
    std::unique_ptr<store::SimStore> store = store::SimStore::open(scheduler, world);
    std::unique_ptr<security::KeyRing> keys = security::KeyRing::in_memory(world);
    FakeTransport fake;
    Signal stop;
    std::unique_ptr<Broker> broker;
    Ids obeyed;

    std::unique_ptr<Broker> make(bool is_from_beginning, const std::string& node) {
        const auto find_merchant = [](std::string name) -> Task<Result<std::optional<MerchantId>>> {
            co_return name == "shop" ? std::optional{shop} : std::nullopt;
        };
        const auto connect = [this](TransportSettings with) {
            fake.settings = std::move(with);
            return std::make_unique<BorrowedTransport>(fake);
        };
        const auto wake = [] {};
        return std::make_unique<Broker>(
            Settings{.url = "amqp://broker.example", .is_from_beginning = is_from_beginning},
            Surroundings{.world = world,
                         .store = *store,
                         .keys = *keys,
                         .node = node,
                         .find_merchant = find_merchant,
                         .wake = wake,
                         .connect = connect});
    }
    void start(bool is_from_beginning = true) {
        broker = make(is_from_beginning, "node-0");
        broker->handle("florin.command.test", [this](const Command& command) -> Task<Result<void>> {
            obeyed.push_back(command.message_id);
            co_return Result<void>{};
        });
        scheduler.spawn(broker->run(stop));
        scheduler.run(Millis{1'000});
    }
    void set(Signal& signal) {
        const Scheduler::Enter here{scheduler};
        signal.set();
    }
    void TearDown() override {
        set(stop);
        scheduler.run(Millis{60'000});
    }

    template <class T>
    T write(const std::function<Result<T>(store::Tx&)>& unit) {
        return scheduler.await([](store::Store& on, const std::function<Result<T>(store::Tx&)>& run) -> Task<T> {
            auto written = co_await on.write(run);
            co_return std::move(*written);
        }(*store, unit));
    }
    void happen(std::string_view subject, MerchantId merchant = shop) {
        write<bool>([&](store::Tx& tx) -> Result<bool> {
            events::append(
                tx, {.merchant = merchant, .type = "florin.test.done", .subject_type = "test", .subject_id = subject});
            return true;
        });
    }
    Ids accepted_of(std::string_view subject) const {
        Ids all;
        for (const std::string& id : fake.accepted)
            if (id.starts_with(std::string{subject} + ".")) all.push_back(id);
        return all;
    }
    /// Lets a worker run the jobs, and answers which are dead then.
    std::vector<jobs::DeadLetter> run_jobs(std::int64_t most_attempts = 3) {
        jobs::Worker worker{*store, world, {.name = "worker"}};
        const jobs::Policy policy{
            .retry = {.strategy = jobs::RetryStrategy::immediate, .most_attempts = most_attempts}};
        worker.handle(std::string{Broker::publish_kind}, policy,
                      [this](const jobs::Job& job) { return broker->publish_one(job); });
        worker.handle(std::string{Broker::command_kind}, policy,
                      [this](const jobs::Job& job) { return broker->obey(job); });
        Signal over;
        scheduler.spawn(worker.run(over));
        scheduler.run(Millis{20'000});
        set(over);
        scheduler.run(Millis{5'000});
        return write<std::vector<jobs::DeadLetter>>([&](store::Tx& tx) -> Result<std::vector<jobs::DeadLetter>> {
            auto all = jobs::dead_letters(tx, shop, {.status = jobs::LetterStatus::open});
            for (jobs::DeadLetter& one : jobs::dead_letters(tx, MerchantId{0}, {.status = jobs::LetterStatus::open}))
                all.push_back(std::move(one));
            return all;
        });
    }
    Verdict give(Message message) {
        const auto said = std::make_shared<std::optional<Verdict>>();
        fake.settings.on_message(std::move(message), [said](Verdict verdict) { *said = verdict; });
        scheduler.run(Millis{5'000});
        EXPECT_TRUE(said->has_value());
        return said->value_or(Verdict::release);
    }
};

TEST_F(BrokerTest, of_one_object_the_next_event_is_sent_only_after_the_one_before_was_accepted) {  // F63
    fake.is_silent = true;
    for (int n = 0; n < 3; ++n)
        for (const char* subject : {"a", "b"}) happen(subject);
    start();
    ASSERT_EQ(fake.under_way.size(), 2U) << "one of each object";
    EXPECT_EQ(fake.under_way[0].message.id, "a.1");
    EXPECT_EQ(fake.under_way[1].message.id, "b.1");
    fake.is_silent = false;
    fake.answer();
    scheduler.run(Millis{2'000});
    EXPECT_EQ(accepted_of("a"), (Ids{"a.1", "a.2", "a.3"}));
    EXPECT_EQ(accepted_of("b"), (Ids{"b.1", "b.2", "b.3"}));
    EXPECT_EQ(fake.accepted.size(), 6U) << "each once";
}

TEST_F(BrokerTest,
       what_the_broker_has_not_taken_is_sent_again_and_no_later_event_of_its_object_before_it) {  // F54, F63
    int refusals = 3;
    fake.judge = [&](const Message& message) {
        return message.id == "a.2" && refusals-- > 0 ? Fate::not_taken : Fate::accepted;
    };
    for (int n = 0; n < 3; ++n)
        for (const char* subject : {"a", "b"}) happen(subject);
    start();
    scheduler.run(Millis{20'000});
    // Copies of what stood behind it may come; first comes each in its turn.
    for (const char* subject : {"a", "b"}) {
        Ids first;
        for (const std::string& id : accepted_of(subject))
            if (std::ranges::find(first, id) == first.end()) first.push_back(id);
        const std::string name = subject;
        EXPECT_EQ(first, (Ids{name + ".1", name + ".2", name + ".3"}));
    }
}

TEST_F(BrokerTest, what_the_broker_rejects_holds_up_its_own_object_alone_and_ends_as_a_dead_letter) {  // F58, F63
    bool is_mended = false;
    fake.judge = [&](const Message& message) {
        return message.id == "a.1" && !is_mended ? Fate::rejected : Fate::accepted;
    };
    for (int n = 0; n < 2; ++n)
        for (const char* subject : {"a", "b"}) happen(subject);
    start();
    scheduler.run(Millis{5'000});
    EXPECT_EQ(accepted_of("b"), (Ids{"b.1", "b.2"}));
    happen("a");
    scheduler.run(Millis{5'000});
    EXPECT_TRUE(accepted_of("a").empty()) << "what comes later goes the same way";
    const auto dead = run_jobs();
    ASSERT_EQ(dead.size(), 1U);
    EXPECT_TRUE(dead[0].last_error.contains("broker_rejected"));
    EXPECT_EQ(accepted_of("a"), (Ids{"a.2", "a.3"})) << "given up, it holds up nobody any more";
    is_mended = true;
    EXPECT_TRUE(write<bool>([&](store::Tx& tx) -> Result<bool> {
        return jobs::retry(tx, shop, {dead[0].id}, {.by = "test", .reason = "again"}).size() == 1;
    }));
    EXPECT_TRUE(run_jobs().empty());
    EXPECT_EQ(accepted_of("a").back(), "a.1");
}

TEST_F(BrokerTest, an_outage_is_no_attempt_of_a_rejected_message) {
    fake.judge = [&](const Message&) { return Fate::rejected; };
    happen("a");
    start();
    scheduler.run(Millis{5'000});
    fake.is_up = false;
    EXPECT_TRUE(run_jobs(1).empty()) << "it waits";
    fake.is_up = true;
    fake.judge = [&](const Message&) { return Fate::accepted; };
    EXPECT_TRUE(run_jobs(1).empty());
    EXPECT_EQ(fake.accepted, Ids{"a.1"});
}

TEST_F(BrokerTest, a_broker_that_says_nothing_is_connected_to_anew_and_sent_all_again) {
    fake.is_silent = true;
    happen("a");
    start();
    scheduler.run(Millis{40'000});
    EXPECT_EQ(fake.renewals, 1);
    fake.is_silent = false;
    fake.answer();
    scheduler.run(Millis{5'000});
    EXPECT_EQ(fake.accepted, Ids{"a.1"});
}

TEST_F(BrokerTest, it_begins_with_now_unless_told_otherwise_and_later_starts_go_on_where_it_stopped) {
    happen("before");
    start(false);
    happen("after");
    scheduler.run(Millis{2'000});
    EXPECT_EQ(fake.accepted, Ids{"after.1"});
    happen("of-a-new-merchant", MerchantId{2});
    scheduler.run(Millis{2'000});
    EXPECT_EQ(fake.accepted.back(), "of-a-new-merchant.1");
    set(stop);
    scheduler.run(Millis{5'000});
    happen("while-stopped");
    stop.reset();
    fake.is_up = true;
    start(false);
    EXPECT_EQ(fake.accepted.back(), "while-stopped.1");
    EXPECT_EQ(fake.accepted.size(), 3U);
}

TEST_F(BrokerTest, of_two_processes_one_sends_and_the_other_takes_over_when_it_is_gone) {
    start();
    const auto other = make(true, "node-1");
    Signal stop_other;
    scheduler.spawn(other->run(stop_other));
    for (const char* subject : {"a", "b", "c"}) happen(subject);
    scheduler.run(Millis{2'000});
    EXPECT_EQ(fake.accepted.size(), 3U) << "each once, not by both";
    set(stop);
    scheduler.run(Millis{1'000});
    fake.is_up = true;
    happen("d");
    scheduler.run(Millis{20'000});
    EXPECT_EQ(fake.accepted.back(), "d.1");
    EXPECT_EQ(fake.accepted.size(), 4U);
    set(stop_other);
    scheduler.run(Millis{5'000});
}

TEST_F(BrokerTest, a_message_is_accepted_once_it_is_stored_and_copies_of_it_do_nothing) {  // F66
    start();
    for (int copy = 0; copy < 5; ++copy) EXPECT_EQ(give(command("m-1")), Verdict::accept);
    Message other = command("m-1");
    other.body = R"({"a":1})";
    EXPECT_EQ(give(std::move(other)), Verdict::accept) << "the first is kept";
    EXPECT_TRUE(run_jobs().empty());
    EXPECT_EQ(obeyed, Ids{"m-1"});
}

TEST_F(BrokerTest, a_message_that_cannot_be_stored_is_given_back_to_the_broker) {
    start();
    store->fail_commit = [](std::uint64_t) { return true; };
    EXPECT_EQ(give(command("m-1")), Verdict::release);
    store->fail_commit = {};
    EXPECT_EQ(give(command("m-1")), Verdict::accept);
    EXPECT_TRUE(run_jobs().empty());
    EXPECT_EQ(obeyed, Ids{"m-1"});
}

TEST_F(BrokerTest, what_nobody_handles_is_a_dead_letter_with_its_reason) {  // F58
    start();
    EXPECT_EQ(give(command("m-1", "acme.counted")), Verdict::accept);
    EXPECT_EQ(give(command("m-2", "florin.command.test", "nobody")), Verdict::accept);
    EXPECT_EQ(give({.id = "m-3", .body = "hello"}), Verdict::accept);
    EXPECT_EQ(give({.body = "hello"}), Verdict::reject) << "without an id it cannot be told from its copies";
    Ids reasons;
    for (const jobs::DeadLetter& dead : run_jobs())
        reasons.push_back(dead.last_error.substr(0, dead.last_error.find(':')));
    std::ranges::sort(reasons);
    EXPECT_EQ(reasons, (Ids{"merchant_not_found", "no_cloud_event", "unknown_command"}));
    EXPECT_TRUE(obeyed.empty());
}

TEST(CloudEvents, both_modes_are_read_and_what_is_none_is_told) {
    Message message{.id = "m",
                    .content_type = "application/cloudevents+json; charset=utf-8",
                    .body = R"({"specversion":"1.0","id":"e","source":"/x","type":"t","merchant":"shop",)"
                            R"("data":{"a":1}})"};
    const auto event = cloud_event_of(message);
    ASSERT_TRUE(event);
    EXPECT_EQ(event->type, "t");
    EXPECT_EQ(event->merchant, "shop");
    EXPECT_EQ(json::to_text(event->data), R"({"a":1})");
    for (const char* body : {"", "{", "[]", "7", R"({"specversion":"1.0"})",
                             R"({"specversion":"0.3","id":"e","source":"/x","type":"t"})"}) {
        message.body = body;
        EXPECT_FALSE(cloud_event_of(message)) << body;
    }
}

TEST(CloudEvents, a_message_that_is_kept_is_the_same_when_it_is_read) {
    const Message message{.id = "m \"1\"",
                          .subject = "s",
                          .group = "g",
                          .content_type = "text/plain",
                          .body = std::string{"\0\xff\n", 3},
                          .properties = {{"a", "1"}, {"b", "\t"}}};
    const auto read = parse_message(to_text(message));
    ASSERT_TRUE(read);
    EXPECT_EQ(read->id, message.id);
    EXPECT_EQ(read->body, message.body);
    EXPECT_EQ(read->properties, message.properties);
    for (const char* damaged : {"", "{}", R"({"body":"?","properties":[]})", R"({"body":"","properties":[["a"]]})"})
        EXPECT_FALSE(parse_message(damaged)) << damaged;
}

}  // namespace
}  // namespace florin::broker
