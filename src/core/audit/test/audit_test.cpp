#include "florin/audit/audit.hpp"

#include <gtest/gtest.h>

#include "florin/audit/read_trail.hpp"
#include "florin/runtime/simulation.hpp"
#include "florin/store/open.hpp"

namespace florin::audit {
namespace {

using store::Row;
using store::Sql;

const Sql cut{"test.audit.cut", "DELETE FROM audit_log WHERE merchant_id = $1 AND sequence BETWEEN $2 AND $3"};
const Sql cut_heads{"test.audit.cut_heads", "DELETE FROM audit_heads WHERE merchant_id = $1"};
const Sql renumber{"test.audit.renumber",
                   "UPDATE audit_log SET sequence = $3 WHERE merchant_id = $1 AND sequence = $2"};
const Sql read_hash{"test.audit.read_hash", "SELECT hash FROM audit_log WHERE merchant_id = $1 AND sequence = $2"};
const Sql forge{"test.audit.forge", "UPDATE audit_heads SET sequence = 1 WHERE merchant_id = $1"};

constexpr MerchantId one{1};
constexpr MerchantId two{2};

class Audit : public testing::Test {
protected:
    SimClock clock;
    SimRandom random{1};
    World world{clock, random};
    SimScheduler scheduler{clock};
    std::unique_ptr<store::SimStore> store = store::SimStore::open(scheduler, world);
    Hash key{1, 2, 3};
    Log log{key};

    void write(const std::function<void(Tx&)>& unit) {
        scheduler.await([](store::Store& on, const std::function<void(Tx&)>& run) -> Task<void> {
            auto wrapped = [&](Tx& tx) -> Result<void> {
                run(tx);
                return {};
            };
            const auto written = co_await on.write(wrapped);
            EXPECT_TRUE(written);
        }(*store, unit));
    }
    template <class T>
    T read(const std::function<T(Reader&)>& view) {
        return scheduler.await([](store::Store& on, const std::function<T(Reader&)>& run) -> Task<T> {
            auto wrapped = [&](Reader& reader) -> Result<T> { return run(reader); };
            auto seen = co_await on.read(wrapped);
            co_return std::move(*seen);
        }(*store, view));
    }
    void note(MerchantId merchant, std::string_view action = "payment.captured", std::string_view changes = "{}") {
        write([&](Tx& tx) {
            log.append(tx, {.merchant = merchant,
                            .correlation_id = "c-1",
                            .action = action,
                            .entity_type = "payment",
                            .entity_id = "p-1",
                            .actor = "key:k",
                            .changes = changes,
                            .ip_address = "192.0.2.1",
                            .user_agent = "curl"});
        });
    }
    void fill() {
        for (int i = 0; i < 5; ++i) {
            note(one);
            note(two);
        }
    }
    std::vector<Head> anchor() {
        std::vector<Head> heads;
        write([&](Tx& tx) { heads = log.anchor(tx); });
        return heads;
    }
    Verified verified(const std::vector<Head>& witnesses = {}) {
        return read<Verified>([&](Reader& reader) { return log.verify(reader, witnesses); });
    }
    /// The findings as text, a line each.
    std::string findings(const std::vector<Head>& witnesses = {}) {
        std::string text;
        for (const Finding& finding : verified(witnesses).findings) text += to_text(finding) + "\n";
        return text;
    }
    std::vector<Record> records(MerchantId merchant = one) {
        return read<std::vector<Record>>(
            [&](Reader& reader) { return of_entity(reader, merchant, "payment", "p-1", 100); });
    }
};

TEST_F(Audit, what_was_done_is_found_by_request_object_and_time) {  // D-DM-04, D-DM-09, D-PC-14
    note(one, "payment.authorized", R"({"state":"authorized"})");
    clock.advance(Millis{1000});
    note(one, "payment.captured");
    const auto by_entity = records();
    ASSERT_EQ(by_entity.size(), 2u);
    EXPECT_EQ(by_entity[0].action, "payment.captured");
    EXPECT_EQ(by_entity[1].changes, R"({"state":"authorized"})");
    EXPECT_EQ(by_entity[1].user_id, "key:k");
    EXPECT_EQ(by_entity[1].ip_address, "192.0.2.1");
    EXPECT_EQ(by_entity[1].id(), "main.1");
    EXPECT_EQ(read<std::vector<Record>>([](Reader& reader) { return of_correlation(reader, one, "c-1", 10); }).size(),
              2u);
    EXPECT_EQ(read<std::vector<Record>>([&](Reader& reader) { return before(reader, one, clock.now(), 10); }).size(),
              1u);
    EXPECT_TRUE(records(two).empty());
}

TEST_F(Audit, an_untouched_log_verifies_also_after_a_crash_and_a_refused_unit) {
    fill();
    store->crash();
    fill();
    EXPECT_EQ(anchor().size(), 2u);
    EXPECT_TRUE(anchor().empty()) << "nothing grew";
    fill();
    const Verified all = verified();
    EXPECT_TRUE(all.findings.empty());
    EXPECT_EQ(all.records, 30u);
    EXPECT_EQ(all.lanes, 2u);
    EXPECT_FALSE(read<Verified>([](Reader& reader) { return Log{Hash{9}}.verify(reader); }).findings.empty());
}

TEST_F(Audit, every_changed_byte_of_every_field_names_its_record) {  // F148
    struct Column {
        const char* name;
        bool is_text;
    };
    const Column columns[] = {{"correlation_id", true}, {"action", true},  {"entity_type", true}, {"entity_id", true},
                              {"user_id", true},        {"changes", true}, {"ip_address", true},  {"user_agent", true},
                              {"created_at", false},    {"hash", true}};
    // Statements live as long as the program, because connections keep them prepared.
    static std::deque<std::string> texts;
    static std::deque<Sql> statements;
    fill();
    for (const Column& column : columns) {
        const std::string name = column.name;
        const auto statement = [&](const char* what, const std::string& text) -> const Sql& {
            const std::string& kept_name = texts.emplace_back("test.audit." + name + "." + what);
            const std::string& kept = texts.emplace_back(text);
            return statements.emplace_back(kept_name.c_str(), kept.c_str());
        };
        const Sql& get = statement("get", "SELECT " + name + " FROM audit_log WHERE merchant_id = 1 AND sequence = 3");
        const Sql& set =
            statement("set", "UPDATE audit_log SET " + name + " = $1 WHERE merchant_id = 1 AND sequence = 3");
        const auto expect_named = [&](const auto& was, const auto& now) {
            write([&](Tx& tx) { tx.run(set, now); });
            EXPECT_EQ(findings(), "altered merchant=1 lane=main sequence=3\n") << name;
            write([&](Tx& tx) { tx.run(set, was); });
        };
        if (!column.is_text) {
            const auto was = read<std::int64_t>(
                [&](Reader& reader) { return *reader.first(get, [](const Row& row) { return row.integer(0); }); });
            for (int byte = 0; byte < 8; ++byte) expect_named(was, was ^ (1LL << (8 * byte)));
        } else if (name == "hash") {
            const auto was = read<std::vector<std::uint8_t>>([&](Reader& reader) {
                return *reader.first(get, [](const Row& row) {
                    const auto bytes = row.bytes(0);
                    const auto* first = reinterpret_cast<const std::uint8_t*>(bytes.data());
                    return std::vector<std::uint8_t>{first, first + bytes.size()};
                });
            });
            for (std::size_t i = 0; i < was.size(); ++i) {
                auto now = was;
                now[i] ^= 1;
                expect_named(was, now);
            }
        } else {
            const auto was = read<std::string>(
                [&](Reader& reader) { return *reader.first(get, [](const Row& row) { return row.string(0); }); });
            ASSERT_FALSE(was.empty());
            for (std::size_t i = 0; i < was.size(); ++i) {
                auto now = was;
                now[i] = static_cast<char>(now[i] ^ 1);
                expect_named(was, now);
            }
        }
    }
    EXPECT_EQ(findings(), "");
}

TEST_F(Audit, a_record_is_tied_to_all_that_went_before) {  // F148: from a copy that went another way
    const auto hash_of_second = [&](std::string_view first_action) {
        store = store::SimStore::open(scheduler, world);
        for (const std::string_view action : {first_action, std::string_view{"payment.captured"}})
            write([&](Tx& tx) { log.append(tx, {.merchant = one, .action = action, .at = Instant{1'000}}); });
        return read<std::string>([](Reader& reader) {
            const auto bytes_of = [](const Row& row) {
                return std::string{reinterpret_cast<const char*>(row.bytes(0).data()), row.bytes(0).size()};
            };
            return *reader.first(read_hash, bytes_of, one, 2);
        });
    };
    EXPECT_EQ(hash_of_second("payment.authorized"), hash_of_second("payment.authorized"));
    EXPECT_NE(hash_of_second("payment.authorized"), hash_of_second("payment.declined"));
}

TEST_F(Audit, a_cut_and_another_order_show) {  // F148
    fill();
    write([](Tx& tx) { tx.run(cut, one, 2, 3); });
    EXPECT_EQ(findings(), "missing merchant=1 lane=main sequence=2\n");
    write([](Tx& tx) {
        tx.run(renumber, two, 4, 99);
        tx.run(renumber, two, 5, 4);
        tx.run(renumber, two, 99, 5);
    });
    EXPECT_EQ(findings(), "missing merchant=1 lane=main sequence=2\naltered merchant=2 lane=main sequence=4\n");
}

TEST_F(Audit, a_dropped_tail_and_a_dropped_lane_show_by_the_signed_heads) {  // F148
    fill();
    const auto exported = anchor();
    ASSERT_EQ(exported.size(), 2u);
    write([](Tx& tx) { tx.run(cut, one, 4, 5); });
    EXPECT_EQ(findings(), "tail_missing merchant=1 lane=main sequence=4\n");
    write([](Tx& tx) { tx.run(cut, one, 1, 5); });
    EXPECT_EQ(findings(), "tail_missing merchant=1 lane=main sequence=1\n");
    // Whoever cuts the heads, too, is found by what was exported.
    write([](Tx& tx) { tx.run(cut_heads, one); });
    EXPECT_EQ(findings(), "");
    std::vector<Head> witnesses;
    for (const Head& head : exported) {
        const auto back = parse_head(to_json(head));
        ASSERT_TRUE(back);
        witnesses.push_back(*back);
    }
    EXPECT_EQ(findings(witnesses), "tail_missing merchant=1 lane=main sequence=1\n");
    write([](Tx& tx) { tx.run(forge, two); });
    EXPECT_EQ(findings(), "head_forged merchant=2 lane=main sequence=1\n");
    EXPECT_FALSE(parse_head("{}"));
    EXPECT_FALSE(parse_head("nonsense"));
}

TEST_F(Audit, reads_are_recorded_together_and_survive_a_failing_database) {
    ReadTrail trail{*store, log, world};
    Signal stop;
    for (int i = 0; i < 100; ++i)
        trail.note(
            {.merchant = one, .action = "payment.read", .entity_type = "payment", .entity_id = "p-1", .actor = "u"});
    const auto commits = store->commits();
    store->fail_commit = [&](std::uint64_t) { return true; };
    scheduler.spawn(trail.run(stop));
    scheduler.run(Millis{1'500});
    EXPECT_TRUE(records().empty());
    store->fail_commit = {};
    scheduler.run(Millis{1'500});
    EXPECT_EQ(records().size(), 100u);
    EXPECT_LE(store->commits() - commits, 3u);
    EXPECT_EQ(findings(), "");
}

TEST_F(Audit, many_reads_are_recorded_whole_and_in_order_by_units_that_hold_up_no_write_for_long) {  // D-PC-14
    ReadTrail trail{*store, log, world};
    constexpr std::size_t count = 2 * ReadTrail::reads_per_unit + 1;
    for (std::size_t i = 0; i < count; ++i) {
        const std::string correlation_id = "c-" + std::to_string(i);
        trail.note({.merchant = i % 2 == 0 ? one : two,
                    .correlation_id = correlation_id,
                    .action = "payment.read",
                    .entity_type = "payment",
                    .entity_id = "p-1",
                    .actor = i % 2 == 0 ? "key:a" : "",
                    .ip_address = "192.0.2.7",
                    .user_agent = correlation_id});
        clock.advance(Millis{1});
    }
    const auto commits = store->commits();
    EXPECT_TRUE(scheduler.await(trail.flush()));
    EXPECT_EQ(store->commits() - commits, 3u);
    for (const MerchantId merchant : {one, two}) {
        const auto page = read<std::vector<Record>>(
            [&](Reader& reader) { return of_entity(reader, merchant, "payment", "p-1", 10'000); });
        ASSERT_EQ(page.size(), merchant == one ? count / 2 + 1 : count / 2);
        for (std::size_t i = 0; i < page.size(); ++i) {
            // The newest comes first.
            const std::size_t noted = 2 * (page.size() - 1 - i) + (merchant == one ? 0 : 1);
            EXPECT_EQ(page[i].correlation_id, "c-" + std::to_string(noted));
            EXPECT_EQ(page[i].user_agent, page[i].correlation_id);
            EXPECT_EQ(page[i].user_id, merchant == one ? "key:a" : "");
            EXPECT_EQ(page[i].ip_address, "192.0.2.7");
            EXPECT_EQ(page[i].changes, "{}");
        }
    }
    EXPECT_EQ(findings(), "");
}

TEST_F(Audit, reads_that_find_no_room_are_counted) {  // D-PC-14
    ReadTrail trail{*store, log, world};
    for (std::size_t i = 0; i < ReadTrail::max_waiting + 3; ++i)
        trail.note(
            {.merchant = one, .action = "payment.read", .entity_type = "payment", .entity_id = "p-2", .actor = "u"});
    EXPECT_TRUE(scheduler.await(trail.flush()));
    const auto lost = read<std::vector<Record>>(
        [](Reader& reader) { return of_entity(reader, MerchantId{0}, "audit", "reads", 10); });
    ASSERT_EQ(lost.size(), 1u);
    EXPECT_EQ(lost[0].changes, R"({"count":3})");
    EXPECT_EQ(verified().records, ReadTrail::max_waiting + 1);
}

TEST(Sanitised, nothing_that_names_a_card_or_a_secret_passes) {  // D-PC-13
    const std::pair<const char*, const char*> cases[] = {
        {R"({"state":"captured","amount":"10.50"})", R"({"state":"captured","amount":"10.50"})"},
        {R"({"card_last4":"1111","card_brand":"visa"})", R"({"card_last4":"1111","card_brand":"visa"})"},
        {R"({"card_number":"4111"})", R"({"card_number":"[redacted]"})"},
        {R"({"a":{"CardNumber":4111}})", R"({"a":{"CardNumber":"[redacted]"}})"},
        {R"({"a":[{"cvv":"123"}]})", R"({"a":[{"cvv":"[redacted]"}]})"},
        {R"({"payment_method_token":"t"})", R"({"payment_method_token":"[redacted]"})"},
        {R"({"password":{"old":"a","new":"b"}})", R"({"password":"[redacted]"})"},
        {R"({"card":{"number":"4","brand":"visa"}})", R"({"card":{"number":"[redacted]","brand":"visa"}})"},
        {R"({"\u0063vv":"123"})", R"({"cvv":"[redacted]"})"},
        {R"({"note":"4111 1111 1111 1111"})", R"({"note":"[redacted]"})"},
        {R"({"note":"4111-1111-1111-1112"})", R"({"note":"4111-1111-1111-1112"})"},
        {"not json", R"({"unreadable":true})"},
        {R"(["a"])", R"({"unreadable":true})"},
    };
    for (const auto& [given, kept] : cases) EXPECT_EQ(sanitised(given), kept);
}

}  // namespace
}  // namespace florin::audit
