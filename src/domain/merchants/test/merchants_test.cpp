#include <gtest/gtest.h>

#include "florin/identity/merchants.hpp"
#include "florin/merchants/merchants.hpp"
#include "florin/merchants/test_clock.hpp"
#include "florin/runtime/simulation.hpp"
#include "florin/security/encoding.hpp"
#include "florin/store/open.hpp"
#include "florin/store/prepare_all.hpp"
#include "merchant_store.hpp"
#include "validate.hpp"

namespace florin::merchants {
namespace {

/// One black pixel.
std::string one_pixel() {
    const auto octets = security::from_base64(
        "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNkYPhfDwAChwGA60e6kgAAAABJRU5ErkJggg==");
    return {octets->begin(), octets->end()};
}

ProfileWish full() {
    return {.time_zone = "Europe/Berlin",
            .billing_hour = 6,
            .locale = "de-AT",
            .legal_name = "Example Shop GmbH",
            .address_lines = {"Hauptstraße 1", "1010 Wien"},
            .tax_line = "VAT ATU12345678",
            .support_email = "help@example.com",
            .logo_png = one_pixel(),
            .notice_days = {3, 30},
            .version = std::nullopt};
}

ProfileWish plain() {
    return {.time_zone = "UTC",
            .billing_hour = 0,
            .locale = "en",
            .legal_name = {},
            .address_lines = {},
            .tax_line = {},
            .support_email = {},
            .logo_png = {},
            .version = std::nullopt};
}

/// One merchant on virtual time over a database in memory.
struct MerchantsWorld {
    SimClock clock;
    SimRandom random{5};
    SimScheduler scheduler{clock};
    World world{clock, random};
    std::unique_ptr<store::SimStore> store = store::SimStore::open(scheduler, world);
    audit::Log audit{{}};
    Merchants merchants{*store, world};
    MerchantId shop = make("shop"), other = make("other");

    template <class F>
    auto write(F unit) {
        using Answer = std::invoke_result_t<F&, Tx&>;
        return scheduler.await(
            [](store::Store& to, F work) -> Task<Answer> { co_return co_await to.write(work); }(*store, unit));
    }
    MerchantId make(std::string_view name) {
        auto create = [&](Tx& tx) -> Result<MerchantId> {
            auto made = identity::create_merchant(
                tx, {.name = std::string{name}, .connector = "authorize_net", .is_sandbox = true});
            if (!made) return fail(std::move(made.error()));
            return made->id;
        };
        return *write(create);
    }
    Result<Profile> change(ProfileWish wish) {
        return scheduler.await(merchants.change(
            audit, {.merchant = shop, .actor = "key:1", .ip_address = {}, .user_agent = {}, .correlation_id = "c-1"},
            std::move(wish)));
    }
    Result<Profile> find(MerchantId merchant) { return scheduler.await(merchants.find(merchant)); }
    Instant now(const Merchants& of, MerchantId merchant) {
        auto read = [&](Tx& tx) -> Result<Instant> { return of.now(tx, merchant); };
        return *write(read);
    }
};

TEST(MerchantStatements, prepare_on_the_schema_that_the_migrations_make) {
    const MerchantsWorld sim;
    for (const auto& [statement, why] : store::prepare_all(*sim.store)) ADD_FAILURE() << statement << ": " << why;
}

TEST(Profiles, a_merchant_of_which_nothing_was_said_bills_at_midnight_in_its_zone) {
    MerchantsWorld sim;
    const auto found = sim.find(sim.shop);
    ASSERT_TRUE(found);
    EXPECT_EQ(found->name, "shop");
    EXPECT_EQ(found->zone.name(), "UTC");
    EXPECT_EQ(found->billing_hour, 0);
    EXPECT_EQ(found->locale, "en");
    EXPECT_EQ(found->version, 0);
    EXPECT_TRUE(found->is_sandbox);
    EXPECT_EQ(found->default_currency.code(), "EUR");
}

TEST(Profiles, are_kept_whole_and_replaced_whole) {
    MerchantsWorld sim;
    ASSERT_TRUE(sim.change(full()));
    auto found = sim.find(sim.shop);
    ASSERT_TRUE(found);
    EXPECT_EQ(found->zone.name(), "Europe/Berlin");
    EXPECT_EQ(found->billing_hour, 6);
    EXPECT_EQ(found->locale, "de-AT");
    EXPECT_EQ(found->legal_name, "Example Shop GmbH");
    EXPECT_EQ(found->address_lines, (std::vector<std::string>{"Hauptstraße 1", "1010 Wien"}));
    EXPECT_EQ(found->tax_line, "VAT ATU12345678");
    EXPECT_EQ(found->support_email, "help@example.com");
    EXPECT_EQ(found->logo_png, one_pixel());
    EXPECT_EQ(found->notice_days, (std::vector<std::int64_t>{30, 3})) << "the earliest first";
    EXPECT_EQ(found->version, 1);
    EXPECT_EQ(sim.find(sim.other)->zone.name(), "UTC");

    ASSERT_TRUE(sim.change(plain()));
    found = sim.find(sim.shop);
    EXPECT_EQ(found->zone.name(), "UTC");
    EXPECT_TRUE(found->address_lines.empty());
    EXPECT_TRUE(found->logo_png.empty());
    EXPECT_EQ(found->notice_days, usual_notice_days);
    EXPECT_EQ(found->version, 2);
    ProfileWish silent = plain();
    silent.notice_days.clear();
    ASSERT_TRUE(sim.change(silent));
    EXPECT_TRUE(sim.find(sim.shop)->notice_days.empty()) << "nobody is told";
}

TEST(Profiles, are_read_anew_once_they_are_changed_in_the_same_commit) {
    MerchantsWorld sim;
    const auto hours = sim.write([&](Tx& tx) -> Result<std::vector<int>> {
        std::vector<int> all{sim.merchants.profile(tx, sim.shop).billing_hour};
        all.push_back(sim.merchants.profile(tx, sim.other).billing_hour);
        const rows::ProfileRow row{.billing_hour = 7};
        EXPECT_TRUE(rows::put_profile(tx, sim.shop, row, 0));
        all.push_back(sim.merchants.profile(tx, sim.shop).billing_hour);
        EXPECT_TRUE(identity::change_time_zone(tx, sim.shop, "Asia/Tokyo"));
        EXPECT_EQ(sim.merchants.profile(tx, sim.shop).zone.name(), "Asia/Tokyo");
        return all;
    });
    ASSERT_TRUE(hours);
    EXPECT_EQ(*hours, (std::vector<int>{0, 0, 7}));
}

TEST(Profiles, one_that_was_changed_since_it_was_read_is_not_overwritten) {
    MerchantsWorld sim;
    ProfileWish wish = full();
    wish.version = 0;
    ASSERT_TRUE(sim.change(wish));
    const auto refused = sim.change(wish);
    ASSERT_FALSE(refused);
    EXPECT_EQ(refused.error().code, "merchant_changed_meanwhile");
    EXPECT_EQ(refused.error().kind, ErrorKind::conflict);
    wish.version = 1;
    EXPECT_TRUE(sim.change(wish));
}

TEST(Profiles, a_change_stands_in_the_audit_with_what_decides_when_money_moves) {
    MerchantsWorld sim;
    ASSERT_TRUE(sim.change(full()));
    auto read = [&](Tx& tx) -> Result<std::vector<audit::Record>> {
        return audit::of_entity(tx, sim.shop, "merchant", std::to_string(sim.shop.value), 10);
    };
    const auto records = sim.write(read);
    ASSERT_EQ(records->size(), 1u);
    EXPECT_EQ(records->front().action, "merchant.changed");
    EXPECT_EQ(records->front().user_id, "key:1");
    EXPECT_TRUE(records->front().changes.contains(R"("time_zone_before":"UTC","time_zone":"Europe/Berlin")"));
    EXPECT_TRUE(records->front().changes.contains(R"("billing_hour_before":0,"billing_hour":6)"));
}

TEST(Profiles, what_cannot_be_is_refused_naming_the_field) {
    struct Case {
        const char* why;
        void (*spoil)(ProfileWish&);
        const char* code;
        const char* field;
    };
    const Case cases[] = {
        {"no such zone", [](ProfileWish& w) { w.time_zone = "Mars/Olympus"; }, "unknown_time_zone", "time_zone"},
        {"another form of a zone", [](ProfileWish& w) { w.time_zone = "right/UTC"; }, "unknown_time_zone", "time_zone"},
        {"an hour too late", [](ProfileWish& w) { w.billing_hour = 24; }, "out_of_range", "billing_hour"},
        {"an hour too early", [](ProfileWish& w) { w.billing_hour = -1; }, "out_of_range", "billing_hour"},
        {"no language", [](ProfileWish& w) { w.locale = "klingon"; }, "invalid_locale", "locale"},
        {"a region in small letters", [](ProfileWish& w) { w.locale = "de-at"; }, "invalid_locale", "locale"},
        {"a dash and nothing", [](ProfileWish& w) { w.locale = "de-"; }, "invalid_locale", "locale"},
        {"no address", [](ProfileWish& w) { w.support_email = "nobody"; }, "invalid_email", "support_email"},
        {"a header behind it", [](ProfileWish& w) { w.support_email = "a@b.test\nBcc: c@d.test"; }, "invalid_email",
         "support_email"},
        {"seven lines", [](ProfileWish& w) { w.address_lines.assign(7, "a"); }, "too_many", "address_lines"},
        {"an empty line", [](ProfileWish& w) { w.address_lines = {"a", ""}; }, "too_short", "address_lines.1"},
        {"a long line", [](ProfileWish& w) { w.address_lines = {std::string(101, 'a')}; }, "too_long",
         "address_lines.0"},
        {"a card number", [](ProfileWish& w) { w.tax_line = "4111 1111 1111 1111"; }, "card_number_in_text",
         "tax_line"},
        {"a card number in the address", [](ProfileWish& w) { w.address_lines = {"4111111111111111"}; },
         "card_number_in_text", "address_lines.0"},
        {"no picture", [](ProfileWish& w) { w.logo_png = "GIF89a"; }, "invalid_logo", "logo_png"},
        {"half a picture", [](ProfileWish& w) { w.logo_png.pop_back(); }, "invalid_logo", "logo_png"},
        {"a picture that unfolds too far", [](ProfileWish& w) { w.logo_png[16] = '\x7f'; }, "invalid_logo", "logo_png"},
        {"a large file", [](ProfileWish& w) { w.logo_png.insert(40, std::string(65'536, 'a')); }, "invalid_logo",
         "logo_png"},
        {"a notice on the day", [](ProfileWish& w) { w.notice_days = {3, 0}; }, "invalid_notice_days",
         "payment_notice_days"},
        {"a notice months before", [](ProfileWish& w) { w.notice_days = {61}; }, "invalid_notice_days",
         "payment_notice_days"},
        {"the same day twice", [](ProfileWish& w) { w.notice_days = {3, 14, 3}; }, "invalid_notice_days",
         "payment_notice_days"},
        {"six notices", [](ProfileWish& w) { w.notice_days = {1, 2, 3, 4, 5, 6}; }, "invalid_notice_days",
         "payment_notice_days"},
    };
    EXPECT_TRUE(validate(full()));
    EXPECT_TRUE(validate(plain()));
    for (const Case& one : cases) {
        ProfileWish wish = full();
        one.spoil(wish);
        const auto refused = validate(wish);
        ASSERT_FALSE(refused) << one.why;
        EXPECT_EQ(refused.error().code, one.code) << one.why;
        EXPECT_EQ(refused.error().field, one.field) << one.why;
        EXPECT_EQ(refused.error().kind, ErrorKind::invalid) << one.why;
    }
}

TEST(MerchantTime, is_the_worlds_unless_the_merchant_has_a_clock_of_its_own) {  // X-26
    MerchantsWorld sim;
    const Merchants live{*sim.store, sim.world, Merchants::TestClocks::none};
    EXPECT_EQ(sim.now(sim.merchants, sim.shop), sim.clock.now());
    const Instant shown = *parse_instant("2031-05-01T00:00:00Z");
    auto give = [&](Tx& tx) -> Result<bool> {
        return insert_test_clock(tx,
                                 {.merchant = sim.shop, .id = sim.world.new_id<struct TestClockOf>(), .now = shown});
    };
    ASSERT_TRUE(*sim.write(give));
    EXPECT_EQ(sim.now(sim.merchants, sim.shop), shown);
    EXPECT_EQ(sim.now(sim.merchants, sim.other), sim.clock.now());
    EXPECT_EQ(sim.now(live, sim.shop), sim.clock.now());
    auto have = [&](Tx& tx) -> Result<std::vector<bool>> {
        return std::vector{sim.merchants.has_test_clock(tx, sim.shop), sim.merchants.has_test_clock(tx, sim.other),
                           live.has_test_clock(tx, sim.shop)};
    };
    EXPECT_EQ(*sim.write(have), (std::vector{true, false, false}));
    EXPECT_FALSE(*sim.write(give)) << "one each";
}

TEST(MerchantTime, a_day_is_the_zones_and_what_is_due_is_so_at_the_billing_hour) {
    MerchantsWorld sim;
    ProfileWish wish = plain();
    wish.time_zone = "Pacific/Auckland";
    wish.billing_hour = 6;
    const auto profile = sim.change(wish);
    ASSERT_TRUE(profile);
    auto set = [&](Tx& tx) -> Result<calendar::Date> {
        static_cast<void>(insert_test_clock(tx, {.merchant = sim.shop,
                                                 .id = sim.world.new_id<struct TestClockOf>(),
                                                 .now = *parse_instant("2026-12-31T11:00:00Z")}));
        return sim.merchants.today(tx, sim.shop);
    };
    EXPECT_EQ(calendar::to_text(*sim.write(set)), "2027-01-01");
    EXPECT_EQ(to_text(sim.merchants.due_at(*profile, *calendar::parse_date("2027-01-01"))), "2026-12-31T17:00:00.000Z");
}

TEST(TestClockRows, a_clock_that_somebody_has_moved_is_not_moved_or_taken_away_by_who_saw_it_before) {
    MerchantsWorld sim;
    auto give = [&](Tx& tx) -> Result<bool> {
        return insert_test_clock(tx,
                                 {.merchant = sim.shop, .id = sim.world.new_id<struct TestClockOf>(), .now = {1'000}});
    };
    ASSERT_TRUE(*sim.write(give));
    auto move = [&](Tx& tx) -> Result<TestClock> {
        const TestClock before = *find_test_clock(tx, sim.shop);
        TestClock after = before;
        after.now = Instant{2'000};
        after.target = Instant{5'000};
        after.driven_until = Instant{77};
        EXPECT_TRUE(update_test_clock(tx, before, after));
        EXPECT_FALSE(update_test_clock(tx, before, after));
        EXPECT_FALSE(remove_test_clock(tx, before));
        return *find_test_clock(tx, sim.shop);
    };
    const auto moved = sim.write(move);
    EXPECT_EQ(moved->now, Instant{2'000});
    EXPECT_EQ(moved->target, Instant{5'000});
    EXPECT_EQ(moved->version, 2);
    auto look = [&](Tx& tx) -> Result<bool> {
        EXPECT_TRUE(forsaken_test_clocks(tx, {76}, 10).empty());
        EXPECT_EQ(forsaken_test_clocks(tx, {77}, 10).size(), 1u);
        EXPECT_TRUE(remove_test_clock(tx, *moved));
        EXPECT_FALSE(find_test_clock(tx, sim.shop));
        return true;
    };
    EXPECT_TRUE(sim.write(look));
}

}  // namespace
}  // namespace florin::merchants
