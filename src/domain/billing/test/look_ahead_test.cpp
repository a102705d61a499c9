// What is announced before it is charged.

#include "announcement.hpp"
#include "billing_fixture.hpp"

namespace florin::billing {
namespace {

using namespace test;
using Strings = std::vector<std::string>;

/// Days are lived through by a merchant of whose customers one card expires. It is 2026-12-31 in the beginning.
class LookAheadTest : public BillingTest {
protected:
    LookAheadTest() {
        clock.advance(*parse_instant("2026-12-31T00:00:00Z") - clock.now());
        look();
    }
    void look() { EXPECT_TRUE(scheduler.await(billing->look_ahead(shop))); }
    /// As `live`, with a look ahead on each day.
    void live_until(std::string_view text) {
        const calendar::Zone utc = calendar::Zone::utc();
        const calendar::Date end = *calendar::parse_date(text);
        for (calendar::Date today = utc.date_of(clock.now()); today < end;) {
            today = calendar::plus_days(today, 1);
            clock.advance(utc.at(today, std::chrono::hours{1}) - clock.now());
            look();
            work();
        }
    }
    std::vector<Announcement> announced() {
        auto all = read([&](Reader& reader) { return rows::list_announcements(reader, shop, {}); });
        std::ranges::reverse(all);
        return all;
    }
    Strings told() {
        Strings all;
        for (const Announcement& one : announced())
            all.push_back(std::string{to_text(one.reason)} + " " + calendar::to_text(one.due_date) + " " +
                          std::to_string(one.days_before));
        return all;
    }
    std::size_t mails(std::string_view words) {
        return static_cast<std::size_t>(std::ranges::count_if(
            mailbox.subjects, [&](const std::string& subject) { return subject.contains(words); }));
    }
    void notices(std::vector<std::int64_t> days) {
        merchants::ProfileWish wish{.time_zone = "UTC", .locale = "en"};
        wish.notice_days = std::move(days);
        EXPECT_TRUE(scheduler.await(merchants.change(
            audit, {.merchant = shop, .actor = "t", .ip_address = {}, .user_agent = {}, .correlation_id = "c"}, wish)));
    }
};

TEST_F(LookAheadTest, a_card_is_good_through_the_last_day_of_its_month) {
    const payments::StoredMeans card{
        .connector = {},
        .customer_id = {},
        .payment_method = payments::PaymentMethodId{},
        .card = {.last4 = "1111", .brand = "visa", .expiry_month = 2, .expiry_year = 2028}};
    using namespace std::chrono;
    EXPECT_FALSE(trouble_with(card, 2028y / 2 / 29));
    EXPECT_EQ(trouble_with(card, 2028y / 3 / 1), Reason::card_expiring);
    EXPECT_EQ(trouble_with(std::nullopt, 2028y / 2 / 1), Reason::payment_method_missing);
    payments::StoredMeans december = card;
    december.card.expiry_month = 12;
    EXPECT_FALSE(trouble_with(december, 2028y / 12 / 31));
    EXPECT_TRUE(trouble_with(december, 2029y / 1 / 1));
    payments::StoredMeans unknown = card;
    unknown.card.expiry_year = unknown.card.expiry_month = 0;
    EXPECT_FALSE(trouble_with(unknown, 2099y / 1 / 1)) << "of which nothing is known, nothing is announced";
    payments::StoredMeans mandate = card;
    mandate.payment_method.reset();
    mandate.mandate_of = payments::TransactionId{};
    EXPECT_FALSE(trouble_with(mandate, 2099y / 1 / 1)) << "mandates do not expire by a month";
}

TEST_F(LookAheadTest, a_card_that_will_have_expired_is_announced_fourteen_and_three_days_before_the_charge) {
    store_card("c-7", 2027, 1);
    const Uuid plan = add_plan({.first = {}, .term = 3});
    work();
    // Due on 30 January, when it is still good, and on 1 March.
    live_until("2027-02-14");
    EXPECT_EQ(told(), Strings{});
    live_until("2027-02-15");
    EXPECT_EQ(told(), Strings{"card_expiring 2027-03-01 14"});
    live_until("2027-02-25");
    EXPECT_EQ(told().size(), 1U);
    live_until("2027-03-10");
    EXPECT_EQ(told(), (Strings{"card_expiring 2027-03-01 14", "card_expiring 2027-03-01 3"}));
    EXPECT_EQ(mails("ending in 1111 expires"), 2U);
    EXPECT_TRUE(std::ranges::any_of(mailbox.texts, [](const std::string& text) {
        return text.contains("good through: 01/2027") && text.contains("1 March 2027") && text.contains("€49.90") &&
               text.contains("Instalment 3");
    }));
    EXPECT_EQ(charges(plan).size(), 3U);
    const auto first = announced().at(0);
    EXPECT_EQ(first.owner, plan);
    EXPECT_EQ(first.amount.minor(), price);
    const auto events = read([&](Reader& reader) {
        return events::list(reader, shop, 0, 1'000, {.type = "florin.billing.card_expiring", .subject_id = {}});
    });
    ASSERT_EQ(events.size(), 2U);
    EXPECT_TRUE(events[0].data.contains(R"("card_expires":"2027-01")")) << events[0].data;
    EXPECT_TRUE(events[0].data.contains(R"("due_date":"2027-03-01")"));
    EXPECT_FALSE(events[0].data.contains("is_open")) << "an event tells what was";
}

TEST_F(LookAheadTest, a_card_is_announced_once_however_many_plans_it_pays) {
    const auto card = store_card("c-7", 2027, 1);
    add_plan({.first = {}, .term = 3, .means = {.payment_method = card, .mandate_of = {}}});
    add_plan({.first = {}, .term = 3});
    work();
    clock.advance(5 * day);
    add_plan({.first = {}, .term = 3, .amount = 100});
    work();
    live_until("2027-03-20");
    EXPECT_EQ(told(), (Strings{"card_expiring 2027-02-04 14", "card_expiring 2027-02-04 3"}))
        << "by who is charged first";
}

TEST_F(LookAheadTest, what_is_charged_day_by_day_is_announced_with_the_charge_before) {
    // Its next turn is always nearer than any look ahead.
    period = day;
    store_card("c-7", 2027, 1);
    add_plan({.first = {}, .term = 40});
    work();
    live_until("2027-01-30");
    EXPECT_EQ(told(), Strings{});
    live_until("2027-01-31");
    EXPECT_EQ(told(), Strings{"card_expiring 2027-02-01 3"});
    live_until("2027-02-05");
    EXPECT_EQ(told().size(), 1U);
    EXPECT_EQ(mails("expires"), 1U);
}

TEST_F(LookAheadTest, another_card_ends_it) {
    store_card("c-7", 2027, 1);
    add_plan({.first = {}, .term = 3});
    work();
    live_until("2027-02-15");
    ASSERT_EQ(told().size(), 1U);
    const Announcement first = announced().at(0);
    const auto is_open = [&] { return read([&](Reader& reader) { return billing->inside().is_open(reader, first); }); };
    EXPECT_TRUE(is_open());
    store_card("c-7", 2029, 1);
    EXPECT_FALSE(is_open());
    live_until("2027-03-10");
    EXPECT_EQ(told().size(), 1U) << "the second notice has no reason";
    EXPECT_FALSE(is_open());
}

TEST_F(LookAheadTest, a_mail_that_comes_late_is_not_sent_of_what_is_no_longer_so) {  // F61
    store_card("c-7", 2027, 1);
    add_plan({.first = {}, .term = 3});
    work();
    live_until("2027-02-14");
    clock.advance(day);
    telling_waits = std::chrono::minutes{5};
    look();
    store_card("c-7", 2029, 1);
    work(std::chrono::minutes{10});
    EXPECT_EQ(told().size(), 1U);
    EXPECT_EQ(mails("expires"), 0U);
}

TEST_F(LookAheadTest, a_missing_payment_method_is_announced_for_each_due_day) {
    add_plan({.first = clock.now(), .term = 3, .customer = "c-9"});
    live_until("2027-03-10");
    EXPECT_EQ(told(), (Strings{"payment_method_missing 2027-01-30 14", "payment_method_missing 2027-01-30 3",
                               "payment_method_missing 2027-03-01 14", "payment_method_missing 2027-03-01 3"}));
    EXPECT_EQ(mails("no way to collect"), 4U);
    // A card that was named and is gone is none either.
    live_until("2027-04-01");
    add_plan({.first = {}, .term = 2, .means = {.payment_method = payments::PaymentMethodId{}, .mandate_of = {}}});
    live_until("2027-05-10");
    EXPECT_EQ(told().size(), 6U);
}

TEST_F(LookAheadTest, who_has_no_address_gets_no_mail_and_is_listed_all_the_same) {
    add_plan({.first = {}, .term = 2, .customer = "nobody"});
    live_until("2027-02-01");
    EXPECT_EQ(told().size(), 2U);
    EXPECT_EQ(mails("no way to collect"), 0U);
    EXPECT_EQ(dead_letters(), 0U);
}

TEST_F(LookAheadTest, what_costs_nothing_or_is_not_charged_any_more_is_not_announced) {
    add_plan({.first = {}, .term = 2, .amount = 0, .customer = "c-9"});
    add_plan({.first = {}, .term = 1, .customer = "c-8"});
    live_until("2027-02-10");
    EXPECT_EQ(told(), Strings{});
}

TEST_F(LookAheadTest, the_days_are_the_merchants_own) {
    notices({7});
    look();
    add_plan({.first = {}, .term = 2, .customer = "c-9"});
    live_until("2027-02-01");
    EXPECT_EQ(told(), Strings{"payment_method_missing 2027-01-30 7"});
    notices({});
    add_plan({.first = {}, .term = 2, .customer = "c-8"});
    live_until("2027-03-10");
    EXPECT_EQ(told().size(), 1U) << "nobody is told";
}

TEST_F(LookAheadTest, after_days_of_downtime_one_notice_is_sent_not_all_that_were_missed) {  // F71
    add_plan({.first = {}, .term = 2, .customer = "c-9"});
    live_until("2027-01-10");
    clock.advance(18 * day);
    look();
    work();
    EXPECT_EQ(told(), Strings{"payment_method_missing 2027-01-30 3"});
    look();
    work();
    EXPECT_EQ(told().size(), 1U);
}

TEST_F(LookAheadTest, a_clock_that_was_put_back_hides_nothing) {  // F77
    live_until("2027-06-01");
    clock.jump(-100 * day);
    add_plan({.first = {}, .term = 2, .customer = "c-9"});
    work();
    look();
    live_until("2027-03-28");
    ASSERT_EQ(told().size(), 2U);
    // What was told stays told.
    clock.jump(-10 * day);
    live_until("2027-03-28");
    EXPECT_EQ(told().size(), 2U);
}

TEST_F(LookAheadTest, what_comes_later_than_a_notice_is_told_by_the_next) {
    live_until("2027-01-10");
    // A trial of a week, with nothing to charge.
    const Uuid trial = world.new_uuid();
    plans[trial] = {.first = clock.now() + 7 * day, .term = 1, .customer = "c-9"};
    write([&](Tx& tx) -> Result<bool> {
        put_turn(tx, shop, {.kind = "plan", .id = trial}, plans[trial].first);
        return true;
    });
    live_until("2027-01-20");
    EXPECT_EQ(told(), Strings{"payment_method_missing 2027-01-17 3"});
}

TEST_F(LookAheadTest, dead_at_any_step_it_is_told_once) {  // F72
    add_plan({.first = {}, .term = 2, .customer = "c-9"});
    live_until("2027-01-15");
    clock.advance(day);
    for (std::uint64_t step = 1; step < 40; ++step) {
        const std::uint64_t last = database->commits() + step;
        bool has_crashed = false;
        database->crash_here = [&](bool before, std::uint64_t commit) {
            return !has_crashed && (has_crashed = commit == last && before == (step % 2 == 0));
        };
        database->on_crash = [this] { scheduler.abandon(); };
        scheduler.spawn(
            [](Billing& with, MerchantId of) -> Task<void> { co_await with.look_ahead(of); }(*billing, shop));
        scheduler.run(Millis{2'000});
        database->crash_here = {};
        if (!has_crashed) break;
        die();
    }
    look();
    work();
    EXPECT_EQ(told(), Strings{"payment_method_missing 2027-01-30 14"});
    EXPECT_EQ(mails("no way to collect"), 1U);
}

TEST_F(LookAheadTest, two_nodes_that_look_at_once_tell_once) {  // F70
    add_plan({.first = {}, .term = 2, .customer = "c-9"});
    live_until("2027-01-15");
    clock.advance(day);
    for (int node = 0; node < 2; ++node)
        scheduler.spawn(
            [](Billing& with, MerchantId of) -> Task<void> { co_await with.look_ahead(of); }(*billing, shop));
    work();
    EXPECT_EQ(told().size(), 1U);
    EXPECT_EQ(mails("no way to collect"), 1U);
}

TEST_F(LookAheadTest, a_clock_that_is_moved_by_hand_stops_where_something_is_to_be_announced) {  // X-26
    add_plan({.first = {}, .term = 2, .customer = "c-9"});
    work();
    look();
    const auto next = read([&](Reader& reader) { return billing->next_moment(reader, shop); });
    ASSERT_TRUE(next);
    EXPECT_EQ(florin::to_text(*next).substr(0, 10), "2027-01-16") << "fourteen days before 30 January";
    clock.advance(*next - clock.now());
    EXPECT_EQ(read([&](Reader& reader) { return billing->next_moment(reader, shop); }), next);
    look();
    const auto then = read([&](Reader& reader) { return billing->next_moment(reader, shop); });
    EXPECT_EQ(florin::to_text(*then).substr(0, 10), "2027-01-27");
}

TEST_F(LookAheadTest, hundreds_that_fall_due_at_one_moment_are_looked_at_page_by_page) {
    for (int i = 0; i < 450; ++i) add_plan({.first = {}, .term = 2, .customer = "c-" + std::to_string(i)});
    work(std::chrono::minutes{5});
    clock.advance(*parse_instant("2027-01-16T00:10:00Z") - clock.now());
    look();
    EXPECT_EQ(read([&](Reader& reader) { return rows::list_announcements(reader, shop, {.limit = 1'000}).size(); }),
              450U);
}

}  // namespace
}  // namespace florin::billing
