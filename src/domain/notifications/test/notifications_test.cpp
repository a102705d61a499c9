#include "florin/notifications/notifications.hpp"
#include "florin/jobs/dead_letters.hpp"

#include <gtest/gtest.h>

#include <deque>
#include <functional>

#include "florin/runtime/simulation.hpp"
#include "florin/store/open.hpp"

namespace florin::notifications {
namespace {

constexpr MerchantId shop{1}, other_shop{2};

/// A mail server that keeps books, and does what the test wants done; else it takes the mail.
class MailServer final : public Transport {
public:
    enum class Habit { take, defer, refuse, lose_answer, lose_mail };
    std::string_view name() const override { return "simulated"; }
    Task<Delivery> send(const Letter& letter) override {
        letters.push_back(letter);
        const Habit habit = next.empty() ? always : next.front();
        if (!next.empty()) next.pop_front();
        co_await sleep_for(Millis{5});
        if (habit == Habit::take || habit == Habit::lose_answer) taken.push_back(letter);
        co_await sleep_for(answers_after);
        switch (habit) {
            case Habit::take:
                co_return Delivery{.outcome = Outcome::accepted, .reference = "ref"};
            case Habit::defer:
                co_return Delivery{.outcome = Outcome::deferred, .code = "mail_deferred", .reason = "450 later"};
            case Habit::refuse:
                co_return Delivery{
                    .outcome = Outcome::refused, .code = "mail_refused", .reason = "550 no " + letter.content.to_email};
            case Habit::lose_answer:
            case Habit::lose_mail:
                co_return Delivery{.outcome = Outcome::unknown, .code = "mail_answer_lost", .reason = "gone"};
        }
        __builtin_unreachable();
    }
    Task<Trace> trace(const Letter& letter) override {
        ++traces;
        if (!can_trace) co_return Trace::impossible;
        for (const Letter& one : taken)
            if (one.id == letter.id) co_return Trace::found;
        co_return Trace::not_found;
    }
    Millis trace_delay() const override { return can_trace ? Millis{60'000} : Millis{0}; }

    std::vector<Letter> letters, taken;
    std::deque<Habit> next;
    Habit always = Habit::take;
    bool can_trace = true;
    int traces = 0;
    Millis answers_after{5};
};
using Habit = MailServer::Habit;

class NotificationsTest : public testing::Test {
protected:
    NotificationsTest() { start(); }
    void start() {
        stop.emplace();
        worker = std::make_unique<jobs::Worker>(*database, world,
                                                jobs::Worker::Options{.name = "here", .poll = Millis{20'000}});
        worker->handle(std::string{Notifications::job_kind}, Notifications::policy(),
                       [this](const jobs::Job& job) { return deliver(job); });
        scheduler.spawn(worker->run(*stop));
        scheduler.spawn(notifications.run(*stop));
    }
    Task<Result<void>> deliver(const jobs::Job& job) {
        auto delivered = co_await notifications.deliver(job);
        if (const auto act = std::exchange(once_before_the_job_ends, nullptr)) co_await act();
        co_return delivered;
    }
    /// As a process that dies, and another one that begins.
    void die() {
        scheduler.crash();
        database->crash();
        start();
    }
    bool enqueue(std::string cause = "e.1", Recipient to = {.customer_id = "c-7", .email = {}, .name = {}},
                 std::string data = R"({"order":"A-1","amount":"1.00","currency":"EUR"})",
                 std::string template_name = "order_confirmed", MerchantId merchant = shop) {
        bool is_new = false;
        auto unit = [&](store::Tx& tx) -> Result<bool> {
            is_new = notifications.enqueue(
                tx,
                {.merchant = merchant, .cause = cause, .template_name = template_name, .recipient = to, .data = data});
            return true;
        };
        run(unit);
        notifications.wake();
        return is_new;
    }
    template <class Unit>
    void run(Unit& unit) {
        scheduler.await(
            [](store::Store& to, Unit& with) -> Task<void> { EXPECT_TRUE(co_await to.write(with)); }(*database, unit));
    }
    /// Lets worker and sweeper do what is due for that long.
    void work(Millis span = Millis{2'000}) {
        scheduler.await([](Millis passing) -> Task<void> { co_await sleep_for(passing); }(span));
    }
    Notification only(MerchantId merchant = shop) {
        const auto all = *scheduler.await(notifications.list(merchant, {}));
        EXPECT_EQ(all.size(), 1U);
        return all.empty() ? Notification{} : all.front();
    }
    Result<Notification> resend(NotificationId id) {
        return scheduler.await(notifications.resend({.merchant = shop,
                                                     .actor = "test",
                                                     .ip_address = {},
                                                     .user_agent = {},
                                                     .correlation_id = {},
                                                     .traceparent = {}},
                                                    id));
    }
    std::vector<jobs::DeadLetter> dead_jobs() {
        auto read = [](store::Reader& reader) -> Result<std::vector<jobs::DeadLetter>> {
            return jobs::dead_letters(reader, shop, {.status = jobs::LetterStatus::open});
        };
        auto drive = [](store::Store& from, auto& with) -> Task<Result<std::vector<jobs::DeadLetter>>> {
            co_return co_await from.read(with);
        };
        return *scheduler.await(drive(*database, read));
    }

    SimClock clock;
    SimRandom random{7};
    SimScheduler scheduler{clock};
    World world{clock, random};
    std::unique_ptr<store::SimStore> database = store::SimStore::open(scheduler, world);
    std::unique_ptr<security::KeyRing> keys = security::KeyRing::in_memory(world);
    audit::Log audit{{}};
    MailServer server;
    std::optional<Contact> known = Contact{.email = "ada@example.com", .name = "Ada"};
    std::unique_ptr<jobs::Worker> worker;
    Notifications notifications{
        {.world = world,
         .store = *database,
         .keys = *keys,
         .audit = audit,
         .transport = server,
         .find_contact = [this](MerchantId, std::string) -> Task<Result<std::optional<Contact>>> { co_return known; },
         .from_email = "shop@shop.example",
         .from_name = "Shop",
         .wake = [this] { worker->wake(); }}};
    std::optional<Signal> stop;
    /// Done once, after a mail's outcome is known and before its worker has said what became of the job.
    std::function<Task<void>()> once_before_the_job_ends;
};

TEST_F(NotificationsTest, one_cause_is_told_once_to_each_recipient_by_each_template) {  // F122
    EXPECT_TRUE(enqueue());
    EXPECT_FALSE(enqueue());
    EXPECT_TRUE(enqueue("e.2"));
    EXPECT_TRUE(enqueue("e.1", {.customer_id = {}, .email = "Team@example.com", .name = {}}));
    EXPECT_FALSE(enqueue("e.1", {.customer_id = {}, .email = "team@example.com", .name = {}}))
        << "case does not make another";
    EXPECT_TRUE(enqueue("e.1", {.customer_id = "c-7", .email = {}, .name = {}}, "{}", "order_payment_failed"));
    EXPECT_TRUE(enqueue("e.1", {.customer_id = "c-7", .email = {}, .name = {}}, "{}", "order_confirmed", other_shop));
    work();
    EXPECT_EQ(server.taken.size(), 5U);
    EXPECT_FALSE(enqueue()) << "also once it was sent";
}

TEST_F(NotificationsTest, a_unit_that_fails_tells_nobody) {
    auto unit = [&](store::Tx& tx) -> Result<bool> {
        const Recipient to{.customer_id = "c-7", .email = {}, .name = {}};
        notifications.enqueue(tx,
                              {.merchant = shop, .cause = "e.1", .template_name = "order_confirmed", .recipient = to});
        return fail(ErrorKind::conflict, "no", "No.");
    };
    auto drive = [](store::Store& to, auto& with) -> Task<Result<bool>> { co_return co_await to.write(with); };
    EXPECT_FALSE(scheduler.await(drive(*database, unit)));
    work();
    EXPECT_TRUE(server.letters.empty());
    EXPECT_TRUE(enqueue());
}

TEST_F(NotificationsTest, the_address_is_the_one_that_is_known_when_the_mail_is_made) {  // F61
    server.next = {Habit::defer};
    enqueue();
    known->email = "new@example.com";
    work(Millis{60'000});
    ASSERT_EQ(server.taken.size(), 1U);
    EXPECT_EQ(server.letters.size(), 2U);
    EXPECT_EQ(server.taken[0].content.to_email, "new@example.com");
    EXPECT_EQ(server.taken[0].content.subject, "Your order A-1 is confirmed");
    EXPECT_EQ(server.letters[0].message_id, server.letters[1].message_id) << "the same whenever it is sent";
    EXPECT_EQ(server.taken[0].message_id, "<" + only().id.text() + "@shop.example>");
}

TEST_F(NotificationsTest, what_is_refused_for_good_is_dead_at_once_and_let_go_is_made_anew) {
    server.next = {Habit::refuse};
    enqueue();
    work();
    EXPECT_EQ(only().state, State::failed);
    EXPECT_EQ(only().error, "550 no [recipient]") << "the address does not rest where nobody erases it";
    ASSERT_EQ(dead_jobs().size(), 1U);
    EXPECT_EQ(dead_jobs()[0].last_error.find("ada@"), std::string::npos);
    known->email = "right@example.com";
    const jobs::JobId dead = dead_jobs()[0].id;
    auto let_go = [&](store::Tx& tx) -> Result<bool> {
        return jobs::retry(tx, shop, {dead}, {.by = "test", .reason = "again"}).size() == 1;
    };
    run(let_go);
    notifications.wake();
    work();
    EXPECT_EQ(only().state, State::sent);
    ASSERT_EQ(server.taken.size(), 1U);
    EXPECT_EQ(server.taken[0].content.to_email, "right@example.com");
    EXPECT_FALSE(resend(only().id)) << "what was sent is not sent again";
}

TEST_F(NotificationsTest, what_is_let_go_the_moment_it_has_failed_is_sent_again) {
    const auto let_go_at_once = [this]() -> Task<void> {
        const auto all = co_await notifications.list(shop, {});
        const Asker asker{.merchant = shop,
                          .actor = "test",
                          .ip_address = {},
                          .user_agent = {},
                          .correlation_id = {},
                          .traceparent = {}};
        EXPECT_TRUE(co_await notifications.resend(asker, all->front().id));
    };
    const auto fails_and_is_let_go = [&](const std::string& cause) {
        once_before_the_job_ends = let_go_at_once;
        enqueue(cause);
        work();
        EXPECT_EQ(scheduler.await(notifications.list(shop, {}))->front().state, State::sent) << cause;
        EXPECT_TRUE(dead_jobs().empty()) << cause;
    };
    server.next = {Habit::refuse};
    fails_and_is_let_go("refused");
    server.can_trace = false;
    server.next = {Habit::lose_mail};
    fails_and_is_let_go("nobody can be asked");
    EXPECT_EQ(server.letters.size(), 4U);
}

TEST_F(NotificationsTest, what_cannot_be_made_is_a_dead_letter_that_says_why) {
    enqueue("e.1", {.customer_id = "c-7", .email = {}, .name = {}}, R"({"order":"A\nB"})");
    work();
    EXPECT_EQ(only().error_code, "invalid_header_text");  // F144
    EXPECT_EQ(only().state, State::failed);
    EXPECT_EQ(dead_jobs().size(), 1U);
    EXPECT_TRUE(server.letters.empty());
    known.reset();
    EXPECT_TRUE(resend(only().id));
    work();
    EXPECT_EQ(only().error_code, "customer_not_found");
}

TEST_F(NotificationsTest, of_a_lost_answer_the_server_is_asked_before_anything_is_sent_again) {  // F122
    server.next = {Habit::lose_answer};
    enqueue();
    work(Millis{500});
    EXPECT_EQ(only().state, State::unknown);
    work(Millis{30'000});
    EXPECT_EQ(only().state, State::sent);
    EXPECT_EQ(server.letters.size(), 1U);
    EXPECT_EQ(server.traces, 1);
}

TEST_F(NotificationsTest, what_the_server_does_not_have_is_sent_once_more_when_it_would_know) {  // F122
    server.next = {Habit::lose_mail};
    enqueue();
    work(Millis{40'000});
    EXPECT_EQ(server.letters.size(), 1U) << "its silence means nothing yet";
    work(Millis{90'000});
    EXPECT_EQ(only().state, State::sent);
    EXPECT_EQ(server.letters.size(), 2U);
    EXPECT_EQ(server.taken.size(), 1U);
}

TEST_F(NotificationsTest, where_nobody_can_be_asked_a_person_decides) {  // F122
    server.can_trace = false;
    server.next = {Habit::lose_answer};
    enqueue();
    work(std::chrono::hours{30});
    EXPECT_EQ(only().state, State::unknown);
    EXPECT_EQ(server.letters.size(), 1U) << "never sent again blindly";
    ASSERT_EQ(dead_jobs().size(), 1U);
    EXPECT_TRUE(resend(only().id));
    work();
    EXPECT_EQ(only().state, State::sent);
    ASSERT_EQ(server.letters.size(), 2U);
    EXPECT_EQ(server.letters[0].message_id, server.letters[1].message_id);
    EXPECT_EQ(server.letters[0].content.text, server.letters[1].content.text);
}

TEST_F(NotificationsTest, a_process_that_dies_at_any_moment_neither_loses_nor_doubles_a_mail) {  // F122, F123
    // Each turn dies a little later: before the intent, while it is sent, after it was taken, after it was recorded.
    for (int turn = 0; turn < 40; ++turn) {
        enqueue("e." + std::to_string(turn));
        work(Millis{turn % 20});
        die();
        work(std::chrono::minutes{5});
    }
    EXPECT_GT(server.traces, 5) << "some of them died while nobody knew";
    std::map<std::string, int> taken;
    for (const Letter& letter : server.taken) ++taken[letter.id];
    EXPECT_EQ(taken.size(), 40U);
    for (const auto& [id, times] : taken) EXPECT_EQ(times, 1) << id;
    const auto all = *scheduler.await(notifications.list(shop, {.limit = 100}));
    for (const Notification& one : all) EXPECT_EQ(one.state, State::sent) << to_text(one.state);
}

TEST_F(NotificationsTest, a_mail_whose_job_was_taken_away_is_found_and_sent) {  // F123
    server.always = Habit::defer;
    enqueue();
    work();
    auto take_away = [&](store::Tx& tx) -> Result<bool> {
        jobs::cancel(tx, shop, "notification/");
        return true;
    };
    run(take_away);
    server.always = Habit::take;
    work(std::chrono::hours{1});
    EXPECT_EQ(only().state, State::queued) << "nobody would send it";
    work(std::chrono::hours{2});
    EXPECT_EQ(only().state, State::sent);
    EXPECT_EQ(only().sweeps, 1);
}

TEST_F(NotificationsTest, what_nobody_takes_for_days_fails_in_the_end) {  // F123
    server.always = Habit::defer;
    enqueue();
    work(std::chrono::hours{24 * 4});
    EXPECT_EQ(only().state, State::failed);
    EXPECT_EQ(only().error_code, "never_sent");
    EXPECT_EQ(server.letters.size(), 40U) << "twenty times, and once more as often";
    server.always = Habit::take;
    EXPECT_TRUE(resend(only().id));
    work();
    EXPECT_EQ(only().state, State::sent);
}

TEST_F(NotificationsTest, who_was_erased_is_not_told_and_nothing_is_known_of_what_they_were_told) {  // X-25
    enqueue("e.1");
    work();
    server.next = {Habit::defer};
    enqueue("e.2");
    work();
    auto erase = [&](store::Tx& tx) -> Result<bool> {
        notifications.erase(tx, shop, "c-7");
        return true;
    };
    run(erase);
    work(std::chrono::hours{5});
    EXPECT_EQ(server.taken.size(), 1U);
    const auto all = *scheduler.await(notifications.list(shop, {}));
    ASSERT_EQ(all.size(), 2U);
    EXPECT_EQ(all[0].state, State::canceled);
    EXPECT_EQ(all[1].state, State::sent);
    for (const Notification& one : all) {
        const auto opened = *scheduler.await(notifications.find(shop, one.id));
        EXPECT_TRUE(one.erased_at);
        EXPECT_FALSE(opened.content);
    }
}

TEST_F(NotificationsTest, files_go_along_and_rest_sealed) {  // A-CM-26
    const std::vector<Attachment> files{{"INV-17.pdf", "application/pdf", "%PDF-1.4 of Ada"}};
    const Recipient to{.customer_id = "c-7", .email = {}, .name = {}};
    auto unit = [&](store::Tx& tx) -> Result<bool> {
        return notifications.enqueue(tx, {.merchant = shop,
                                          .cause = "r.17",
                                          .template_name = "payment_receipt",
                                          .recipient = to,
                                          .attachments = files});
    };
    run(unit);
    work();
    ASSERT_EQ(server.taken.size(), 1U);
    ASSERT_EQ(server.taken[0].attachments.size(), 1U);
    EXPECT_EQ(server.taken[0].attachments[0].content, "%PDF-1.4 of Ada");
}

TEST(NotificationStates, whatever_happens_a_mail_that_was_sent_stays_so) {
    for (const Transition& one : transitions) {
        EXPECT_NE(one.from, State::sent);
        EXPECT_NE(one.from, State::canceled);
        EXPECT_EQ(parse_state(to_text(one.from)), one.from);
    }
}

}  // namespace
}  // namespace florin::notifications
