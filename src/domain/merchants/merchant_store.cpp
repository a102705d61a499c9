#include "merchant_store.hpp"

#include <charconv>
#include <span>

#include "florin/merchants/test_clock.hpp"

namespace florin::merchants {
namespace {

using store::Row;
using store::Sql;

const Sql select_profile{"merchants.profile", R"sql(
    SELECT billing_hour, locale, legal_name, address, tax_line, support_email, logo_png, version, notice_days
    FROM merchant_profiles WHERE merchant_id = $1
)sql"};

const Sql insert_profile{"merchants.insert_profile", R"sql(
    INSERT INTO merchant_profiles (merchant_id, billing_hour, locale, legal_name, address, tax_line, support_email,
                                   logo_png, updated_at, notice_days, version)
    VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, 1)
    ON CONFLICT (merchant_id) DO NOTHING
)sql"};

const Sql update_profile{"merchants.update_profile", R"sql(
    UPDATE merchant_profiles SET billing_hour = $2, locale = $3, legal_name = $4, address = $5, tax_line = $6,
                                 support_email = $7, logo_png = $8, updated_at = $9, notice_days = $10,
                                 version = version + 1
    WHERE merchant_id = $1 AND version = $11
)sql"};

const Sql select_shown{"test_clocks.now", "SELECT shows_at FROM test_clocks WHERE merchant_id = $1"};

const Sql select_clock{"test_clocks.find", R"sql(
    SELECT merchant_id, id, shows_at, target_at, driven_until, created_at, updated_at, version
    FROM test_clocks WHERE merchant_id = $1
)sql"};

const Sql insert_clock{"test_clocks.insert", R"sql(
    INSERT INTO test_clocks (merchant_id, id, shows_at, created_at, updated_at, version)
    VALUES ($1, $2, $3, $4, $4, 1)
    ON CONFLICT (merchant_id) DO NOTHING
)sql"};

const Sql update_clock{"test_clocks.update", R"sql(
    UPDATE test_clocks SET shows_at = $4, target_at = $5, driven_until = $6, updated_at = $7, version = version + 1
    WHERE merchant_id = $1 AND id = $2 AND version = $3
)sql"};

const Sql delete_clock{"test_clocks.delete", R"sql(
    DELETE FROM test_clocks WHERE merchant_id = $1 AND id = $2 AND version = $3
)sql"};

// Over all merchants, as the loop of a process has to look.
const Sql select_forsaken{"test_clocks.forsaken", R"sql(
    SELECT merchant_id, id, shows_at, target_at, driven_until, created_at, updated_at, version
    FROM test_clocks WHERE target_at IS NOT NULL AND driven_until <= $1 ORDER BY driven_until LIMIT $2
)sql"};

TestClock clock_of(const Row& row) {
    return {.merchant = row.merchant(0),
            .id = row.id<TestClockId>(1),
            .now = row.instant(2),
            .target = row.optional_instant(3),
            .driven_until = row.optional_instant(4),
            .created_at = row.instant(5),
            .updated_at = row.instant(6),
            .version = row.integer(7)};
}

std::string joined(const std::vector<std::string>& lines) {
    std::string text;
    for (const std::string& line : lines) text.append(text.empty() ? "" : "\n").append(line);
    return text;
}

std::vector<std::string> split(std::string_view text) {
    std::vector<std::string> lines;
    while (!text.empty()) {
        const std::size_t end = std::min(text.find('\n'), text.size());
        lines.emplace_back(text.substr(0, end));
        text.remove_prefix(std::min(end + 1, text.size()));
    }
    return lines;
}

std::string text_of(const std::vector<std::int64_t>& days) {
    std::string text;
    for (const std::int64_t day : days) text.append(text.empty() ? "" : ",").append(std::to_string(day));
    return text;
}

std::vector<std::int64_t> days_of(std::string_view text) {
    std::vector<std::int64_t> days;
    while (!text.empty()) {
        std::int64_t day = 0;
        const auto [end, failure] = std::from_chars(text.data(), text.data() + text.size(), day);
        if (failure != std::errc{} || day < 1 || day > earliest_notice_days)
            throw store::Failure{store::Failure::Kind::fault, "a merchant's notice_days cannot be read"};
        days.push_back(day);
        text.remove_prefix(std::min(static_cast<std::size_t>(end - text.data()) + 1, text.size()));
    }
    return days;
}

std::string octets(const Row& row, int column) {
    if (row.is_null(column)) return {};
    const auto bytes = row.bytes(column);
    std::string text(bytes.size(), '\0');
    std::memcpy(text.data(), bytes.data(), bytes.size());
    return text;
}

}  // namespace

namespace rows {

std::optional<ProfileRow> find_profile(Reader& reader, MerchantId merchant) {
    const auto map = [](const Row& row) {
        return ProfileRow{.billing_hour = static_cast<int>(row.integer(0)),
                          .locale = row.string(1),
                          .legal_name = row.string(2),
                          .address_lines = split(row.text(3)),
                          .tax_line = row.string(4),
                          .support_email = row.string(5),
                          .logo_png = octets(row, 6),
                          .notice_days = days_of(row.text(8)),
                          .version = row.integer(7)};
    };
    return reader.first(select_profile, map, merchant);
}

bool put_profile(Tx& tx, MerchantId merchant, const ProfileRow& row, std::int64_t version) {
    tx.seen().forget();
    std::optional<std::span<const std::byte>> logo;
    if (!row.logo_png.empty()) logo = std::as_bytes(std::span{row.logo_png});
    const std::string address = joined(row.address_lines), days = text_of(row.notice_days);
    if (version == 0)
        return tx.run(insert_profile, merchant, row.billing_hour, row.locale, row.legal_name, address, row.tax_line,
                      row.support_email, logo, tx.now(), days) == 1;
    return tx.run(update_profile, merchant, row.billing_hour, row.locale, row.legal_name, address, row.tax_line,
                  row.support_email, logo, tx.now(), days, version) == 1;
}

std::optional<Instant> test_clock_shows(Reader& reader, MerchantId merchant) {
    return reader.first(select_shown, [](const Row& row) { return row.instant(0); }, merchant);
}

}  // namespace rows

std::optional<TestClock> find_test_clock(Reader& reader, MerchantId merchant) {
    return reader.first(select_clock, clock_of, merchant);
}

bool insert_test_clock(Tx& tx, const TestClock& clock) {
    return tx.run(insert_clock, clock.merchant, clock.id, clock.now, tx.now()) == 1;
}

bool update_test_clock(Tx& tx, const TestClock& before, const TestClock& after) {
    return tx.run(update_clock, before.merchant, before.id, before.version, after.now, after.target, after.driven_until,
                  tx.now()) == 1;
}

bool remove_test_clock(Tx& tx, const TestClock& clock) {
    return tx.run(delete_clock, clock.merchant, clock.id, clock.version) == 1;
}

std::vector<TestClock> forsaken_test_clocks(Reader& reader, Instant now, int limit) {
    return reader.all(select_forsaken, clock_of, now, limit);
}

}  // namespace florin::merchants
