#include "florin/webhooks/webhooks.hpp"

#include <gtest/gtest.h>

#include <deque>

#include "florin/events/events.hpp"
#include "florin/runtime/simulation.hpp"
#include "florin/security/encoding.hpp"
#include "florin/store/open.hpp"
#include "florin/webhooks/signature.hpp"

namespace florin::webhooks {
namespace {

constexpr MerchantId shop{1}, other_shop{2};

/// Answers what the test wants answered; else 204.
class Receiver final : public http::Client {
public:
    Task<Result<http::Reply>> send(http::Call call) override {
        got.push_back(call);
        ++at_once;
        most_at_once = std::max(most_at_once, at_once);
        co_await sleep_for(hangs.contains(call.url) ? Millis{15'000} : Millis{5});
        --at_once;
        if (hangs.contains(call.url)) co_return fail(ErrorKind::outcome_unknown, "no_answer", "The time is over.");
        if (!next.empty()) {
            const int status = next.front();
            next.pop_front();
            if (status == 0) co_return fail(ErrorKind::unavailable, "not_connected", "Refused.");
            co_return http::Reply{.status = status};
        }
        co_return http::Reply{.status = always};
    }
    std::string_view header(std::size_t i, std::string_view name) const {
        for (const auto& [key, value] : got.at(i).headers)
            if (key == name) return value;
        return {};
    }
    std::vector<std::string> ids() const {
        std::vector<std::string> all;
        for (std::size_t i = 0; i < got.size(); ++i) all.emplace_back(header(i, "webhook-id"));
        return all;
    }
    std::vector<http::Call> got;
    std::deque<int> next;
    std::set<std::string> hangs;
    int always = 204, at_once = 0, most_at_once = 0;
};

class WebhooksTest : public testing::Test {
protected:
    WebhooksTest() {
        worker.handle(std::string{Webhooks::job_kind}, Webhooks::policy(),
                      [this](const jobs::Job& job) { return webhooks.deliver(job); });
        scheduler.spawn(worker.run(stop));
        scheduler.spawn(webhooks.run(stop));
    }
    static Asker asker(MerchantId merchant = shop) {
        return {.merchant = merchant, .actor = "test", .ip_address = {}, .user_agent = {}, .correlation_id = "c"};
    }
    WithSecret create(std::string url = "https://shop.example/hook", std::vector<std::string> types = {},
                      MerchantId merchant = shop) {
        return *scheduler.await(
            webhooks.create(asker(merchant),
                            {.url = std::move(url), .description = {}, .event_types = std::move(types), .status = {}}));
    }
    Result<Endpoint> change(EndpointId id, Wishes wishes) {
        return scheduler.await(webhooks.change(asker(), id, std::move(wishes)));
    }
    Endpoint find(EndpointId id) { return *scheduler.await(webhooks.find(shop, id)); }
    std::string happen(std::string subject, std::string type = "florin.payment.captured", MerchantId merchant = shop) {
        std::string id;
        auto append = [&](store::Tx& tx) -> Result<bool> {
            const std::int64_t sequence = ++sequences[subject];
            events::append(tx, {.merchant = merchant,
                                .type = type,
                                .subject_type = "payment",
                                .subject_id = subject,
                                .sequence = sequence,
                                .data = R"({"n":1})"});
            id = subject + "_" + std::to_string(sequence);
            return true;
        };
        scheduler.await([](store::Store& to, auto& with) -> Task<void> { EXPECT_TRUE(co_await to.write(with)); }(
                                                             *database, append));
        return id;
    }
    /// Lets worker and fan-out do what is due for that long.
    void work(Millis span) {
        scheduler.await([](Millis passing) -> Task<void> { co_await sleep_for(passing); }(span));
    }
    using Words = std::vector<std::string>;

    SimClock clock;
    SimRandom random{7};
    SimScheduler scheduler{clock};
    World world{clock, random};
    std::unique_ptr<store::SimStore> database = store::SimStore::open(scheduler, world);
    std::unique_ptr<security::KeyRing> keys = security::KeyRing::in_memory(world);
    audit::Log audit{{}};
    Receiver receiver;
    jobs::Worker worker{*database, world, {.name = "here"}};
    Webhooks webhooks{{.world = world,
                       .store = *database,
                       .keys = *keys,
                       .audit = audit,
                       .client = [this]() -> http::Client& { return receiver; },
                       .egress = {},
                       .wake = [this] { worker.wake(); }}};
    std::map<std::string, std::int64_t> sequences;
    Signal stop;
};

TEST_F(WebhooksTest, what_happens_is_told_once_signed_and_of_that_merchant_alone) {  // F125
    happen("before");
    const WithSecret made = create();
    const std::string id = happen("p1");
    happen("p2", "florin.payment.captured", other_shop);
    work(Millis{5'000});
    ASSERT_EQ(receiver.ids(), Words{id});
    const http::Call& call = receiver.got[0];
    EXPECT_EQ(call.url, "https://shop.example/hook");
    EXPECT_NE(call.egress, nullptr);
    EXPECT_NE(call.body.find(R"("type":"florin.payment.captured")"), std::string::npos);
    const auto secret = *security::from_base64(std::string_view{made.secret}.substr(6));
    EXPECT_EQ(secret.size(), 32U);
    const std::int64_t timestamp = std::stoll(std::string{receiver.header(0, "webhook-timestamp")});
    EXPECT_EQ(receiver.header(0, "webhook-signature"), sign(secret, id, timestamp, call.body));
    // Nor is it told of itself.
    work(Millis{60'000});
    EXPECT_EQ(receiver.got.size(), 1U);
}

TEST_F(WebhooksTest, a_rule_lets_through_what_it_names) {
    create("https://a.example/", {"florin.payment.captured", "florin.customer.*"});
    happen("p1", "florin.payment.declined");
    const std::string captured = happen("p1", "florin.payment.captured");
    const std::string created = happen("c1", "florin.customer.created");
    happen("p1", "florin.payment.captured_late");
    work(Millis{5'000});
    EXPECT_EQ(receiver.ids(), (Words{captured, created}));
}

TEST_F(WebhooksTest, events_of_one_object_come_in_order_and_a_failing_one_holds_up_its_own_alone) {  // F63
    create();
    Words of_p1;
    for (int i = 0; i < 3; ++i) of_p1.push_back(happen("p1"));
    const std::string other = happen("p2");
    receiver.next = {500};
    work(Millis{3'000});
    EXPECT_EQ(receiver.ids(), (Words{of_p1[0], other}));
    work(Millis{20'000});
    EXPECT_EQ(receiver.ids(), (Words{of_p1[0], other, of_p1[0], of_p1[1], of_p1[2]}));
}

TEST_F(WebhooksTest, what_is_not_taken_is_repeated_under_the_same_id_after_longer_and_longer_waits_and_then_given_up) {
    const EndpointId id = create().endpoint.id;
    const std::string event = happen("p1");
    receiver.always = 500;
    receiver.next = {0, 302, 429};
    work(Millis{1'000});
    std::size_t sent = 1;
    for (const std::int64_t nominal_s : {5, 300, 1'800, 7'200, 18'000, 36'000, 50'400, 72'000, 86'400}) {
        EXPECT_EQ(receiver.got.size(), sent) << nominal_s;
        clock.advance(Millis{nominal_s * 1'000 * 3 / 4 - 3'000});
        work(Millis{1'000});
        EXPECT_EQ(receiver.got.size(), sent) << "not before " << nominal_s << " s";
        clock.advance(Millis{nominal_s * 1'000 / 2 + 3'000});
        work(Millis{1'000});
        ++sent;
    }
    clock.advance(std::chrono::days{3});
    work(Millis{1'000});
    EXPECT_EQ(receiver.ids(), Words(10, event));
    const auto attempts = *scheduler.await(webhooks.attempts(shop, id, clock.now(), 50));
    ASSERT_EQ(attempts.size(), 10U);
    EXPECT_EQ(attempts[0].number, 10);
    EXPECT_EQ(attempts[9].status, std::nullopt);
    EXPECT_EQ(attempts[8].status, 302);
    EXPECT_FALSE(attempts[8].error.empty());
}

TEST_F(WebhooksTest, an_endpoint_that_is_gone_or_takes_nothing_for_days_is_disabled_and_goes_on_when_made_active) {
    const EndpointId gone = create("https://gone.example/").endpoint.id;
    happen("p1");
    receiver.next = {410};
    work(Millis{5'000});
    EXPECT_EQ(find(gone).status, Status::disabled);
    EXPECT_EQ(find(gone).disabled_reason, "gone");
    const std::string missed = happen("p2");
    work(Millis{5'000});
    EXPECT_EQ(receiver.got.size(), 1U);
    ASSERT_TRUE(change(gone, {.url = {}, .description = {}, .event_types = {}, .status = Status::active}));
    work(Millis{5'000});
    EXPECT_EQ(std::ranges::count(receiver.ids(), missed), 1);

    receiver.always = 503;
    for (int day = 0; day < 7; ++day) {
        happen("day" + std::to_string(day));
        work(Millis{2'000});
        clock.advance(std::chrono::hours{24});
    }
    EXPECT_EQ(find(gone).status, Status::disabled);
    EXPECT_EQ(find(gone).disabled_reason, "failing");
}

TEST_F(WebhooksTest, a_pause_loses_nothing_and_changes_no_order) {
    const EndpointId id = create().endpoint.id;
    receiver.next = {500};
    const std::string queued = happen("p1");
    work(Millis{1'000});
    ASSERT_TRUE(change(id, {.url = {}, .description = {}, .event_types = {}, .status = Status::paused}));
    const std::string meanwhile = happen("p1");
    work(std::chrono::minutes{10});
    EXPECT_EQ(receiver.got.size(), 1U);
    ASSERT_TRUE(change(id, {.url = {}, .description = {}, .event_types = {}, .status = Status::active}));
    work(Millis{10'000});
    EXPECT_EQ(receiver.ids(), (Words{queued, queued, meanwhile}));
    const auto attempts = *scheduler.await(webhooks.attempts(shop, id, clock.now(), 50));
    EXPECT_EQ(attempts.size(), 3U);
}

TEST_F(WebhooksTest, one_that_hangs_takes_no_room_from_the_others) {
    create("https://hangs.example/");
    create("https://fine.example/");
    receiver.hangs = {"https://hangs.example/"};
    for (int i = 0; i < 400; ++i) happen("p" + std::to_string(i));
    work(Millis{10'000});
    EXPECT_EQ(std::ranges::count(receiver.got, std::string{"https://fine.example/"}, &http::Call::url), 400);
    EXPECT_LE(std::ranges::count(receiver.got, std::string{"https://hangs.example/"}, &http::Call::url), 16);
    work(std::chrono::minutes{10});
    // Once it is known to hang, one at a time.
    EXPECT_LE(std::ranges::count(receiver.got, std::string{"https://hangs.example/"}, &http::Call::url), 16 + 45);
    receiver.hangs.clear();
    work(std::chrono::minutes{6});
    EXPECT_EQ(receiver.at_once, 0);
    std::set<std::string_view> told;
    for (std::size_t i = 0; i < receiver.got.size(); ++i)
        if (receiver.got[i].url == "https://hangs.example/") told.insert(receiver.header(i, "webhook-id"));
    // And the other one's beginning.
    EXPECT_EQ(told.size(), 401U);
}

TEST_F(WebhooksTest, both_secrets_sign_while_one_takes_over_from_the_other) {  // F53
    const WithSecret first = create();
    const auto second = *scheduler.await(webhooks.rotate_secret(asker(), first.endpoint.id, std::chrono::hours{24}));
    EXPECT_NE(first.secret, second.secret);
    const auto signatures = [&](std::size_t i) {
        const std::string id{receiver.header(i, "webhook-id")};
        const std::int64_t timestamp = std::stoll(std::string{receiver.header(i, "webhook-timestamp")});
        std::vector<std::string> by;
        for (const std::string& secret : {second.secret, first.secret})
            by.push_back(sign(*security::from_base64(std::string_view{secret}.substr(6)), id, timestamp,
                              receiver.got.at(i).body));
        return by;
    };
    happen("p1");
    work(Millis{2'000});
    const std::size_t one = receiver.got.size() - 1;
    EXPECT_EQ(receiver.header(one, "webhook-signature"), signatures(one)[0] + " " + signatures(one)[1]);
    clock.advance(std::chrono::hours{25});
    happen("p2");
    work(Millis{2'000});
    const std::size_t two = receiver.got.size() - 1;
    EXPECT_EQ(receiver.header(two, "webhook-signature"), signatures(two)[0]);
}

TEST_F(WebhooksTest, a_test_event_reaches_its_endpoint_alone_and_resent_ones_keep_their_id) {
    const EndpointId id = create("https://a.example/", {"florin.payment.*"}).endpoint.id;
    create("https://b.example/");
    work(Millis{2'000});
    receiver.got.clear();
    const auto event_id = scheduler.await(webhooks.test(asker(), id));
    ASSERT_TRUE(event_id);
    work(Millis{2'000});
    ASSERT_EQ(receiver.got.size(), 1U);
    EXPECT_EQ(receiver.got[0].url, "https://a.example/");
    EXPECT_TRUE(scheduler.await(webhooks.resend(asker(), id, *event_id)));
    work(Millis{2'000});
    ASSERT_EQ(receiver.got.size(), 2U);
    EXPECT_EQ(receiver.ids()[0], receiver.ids()[1]);
    EXPECT_EQ(scheduler.await(webhooks.resend(asker(), id, "nothing.1")).error().code, "event_not_found");
}

TEST_F(WebhooksTest, a_range_is_replayed_in_order) {
    const EndpointId id = create("https://a.example/", {"florin.payment.*"}).endpoint.id;
    Words all;
    for (int i = 0; i < 5; ++i) all.push_back(happen("p1"));
    work(Millis{5'000});
    const std::int64_t last = find(id).heard_position;
    receiver.got.clear();
    EXPECT_EQ(*scheduler.await(webhooks.replay(asker(), id, last - 3, last)), 3);
    work(Millis{5'000});
    EXPECT_EQ(receiver.ids(), (Words{all[2], all[3], all[4]}));
    EXPECT_EQ(scheduler.await(webhooks.replay(asker(), id, 0, 10'001)).error().field, "until");
    EXPECT_EQ(scheduler.await(webhooks.replay(asker(), id, 5, 4)).error().field, "until");
}

TEST_F(WebhooksTest, a_removed_endpoint_is_sent_nothing_more) {
    const EndpointId id = create().endpoint.id;
    receiver.always = 500;
    happen("p1");
    work(Millis{1'000});
    ASSERT_TRUE(scheduler.await(webhooks.remove(asker(), id)));
    const std::size_t sent = receiver.got.size();
    happen("p1");
    work(std::chrono::minutes{10});
    EXPECT_EQ(receiver.got.size(), sent);
    EXPECT_EQ(scheduler.await(webhooks.find(shop, id)).error().code, "webhook_endpoint_not_found");
    EXPECT_EQ(scheduler.await(webhooks.remove(asker(), id)).error().code, "webhook_endpoint_not_found");
}

TEST_F(WebhooksTest, what_cannot_be_an_endpoint_is_refused_by_its_field) {
    const auto field_of = [&](std::string url, std::vector<std::string> types = {}) {
        const auto made = scheduler.await(webhooks.create(
            asker(), {.url = std::move(url), .description = {}, .event_types = std::move(types), .status = {}}));
        return made ? std::string{} : made.error().field;
    };
    for (const std::string url : {"", "shop.example", "ftp://shop.example/", "http://shop.example/",
                                  "https://me:secret@shop.example/", "https://shop.example/#part", "https://"})
        EXPECT_EQ(field_of(url), "url") << url;
    for (const std::string type :
         {"", "*", "Florin.payment", "florin..payment", ".florin", "florin.", "florin.*.x", "a,b"})
        EXPECT_EQ(field_of("https://shop.example/", {"florin.payment.captured", type}), "event_types.1") << type;
    EXPECT_EQ(field_of("https://shop.example/", std::vector<std::string>(21, "a.b")), "event_types");
    for (std::size_t i = 0; i < Webhooks::most_endpoints; ++i) EXPECT_EQ(field_of("https://shop.example/"), "");
    EXPECT_EQ(scheduler
                  .await(webhooks.create(
                      asker(), {.url = "https://shop.example/", .description = {}, .event_types = {}, .status = {}}))
                  .error()
                  .code,
              "too_many_endpoints");
}

TEST_F(WebhooksTest, another_merchants_endpoint_is_not_there) {
    const EndpointId id = create("https://a.example/", {}, other_shop).endpoint.id;
    EXPECT_EQ(change(id, {}).error().code, "webhook_endpoint_not_found");
    EXPECT_EQ(scheduler.await(webhooks.test(asker(), id)).error().code, "webhook_endpoint_not_found");
    EXPECT_EQ(scheduler.await(webhooks.attempts(shop, id, clock.now(), 5)).error().code, "webhook_endpoint_not_found");
    EXPECT_TRUE(scheduler.await(webhooks.list(shop))->empty());
}

}  // namespace
}  // namespace florin::webhooks
