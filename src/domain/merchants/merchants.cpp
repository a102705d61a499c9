#include "florin/merchants/merchants.hpp"

#include <algorithm>
#include <map>

#include "florin/base/check.hpp"
#include "florin/identity/merchants.hpp"
#include "florin/json/writer.hpp"
#include "merchant_store.hpp"
#include "validate.hpp"

namespace florin::merchants {
namespace {

Profile profile_of(const identity::Merchant& merchant, const rows::ProfileRow& row) {
    const auto currency = Currency::of(merchant.default_currency);
    const auto zone = calendar::Zone::find(merchant.time_zone);
    check(currency.has_value(), "a merchant's currency is one");
    check(zone.has_value(), "a merchant's time zone is in this machine's database: `florin doctor` tells");
    return {.merchant = merchant.id,
            .name = merchant.name,
            .default_currency = *currency,
            .is_sandbox = merchant.is_sandbox,
            .zone = *zone,
            .billing_hour = row.billing_hour,
            .locale = row.locale,
            .legal_name = row.legal_name,
            .address_lines = row.address_lines,
            .tax_line = row.tax_line,
            .support_email = row.support_email,
            .logo_png = row.logo_png,
            .notice_days = row.notice_days,
            .version = row.version};
}

/// Which fields differ, for the audit; what decides when money moves, with both values.
std::string changes_between(const Profile& before, const Profile& after) {
    std::string text;
    json::Writer json{text};
    json.open('{').field("version", after.version).key("changed").open('[');
    const auto name = [&json](std::string_view field, bool is_changed) {
        if (is_changed) json.value(field);
    };
    name("time_zone", before.zone != after.zone);
    name("billing_hour", before.billing_hour != after.billing_hour);
    name("locale", before.locale != after.locale);
    name("legal_name", before.legal_name != after.legal_name);
    name("address_lines", before.address_lines != after.address_lines);
    name("tax_line", before.tax_line != after.tax_line);
    name("support_email", before.support_email != after.support_email);
    name("logo_png", before.logo_png != after.logo_png);
    name("payment_notice_days", before.notice_days != after.notice_days);
    json.close(']');
    if (before.zone != after.zone)
        json.field("time_zone_before", before.zone.name()).field("time_zone", after.zone.name());
    if (before.billing_hour != after.billing_hour)
        json.field("billing_hour_before", before.billing_hour).field("billing_hour", after.billing_hour);
    json.close('}');
    return text;
}

std::unexpected<Error> changed_meanwhile() {
    return fail(ErrorKind::conflict, "merchant_changed_meanwhile",
                "The merchant has been changed since you read it. Read it again.", "version");
}

}  // namespace

const Profile& Merchants::known(Reader& reader, MerchantId merchant) const {
    auto& seen = reader.seen().get<std::map<MerchantId, Profile>>();
    if (const auto known = seen.find(merchant); known != seen.end()) return known->second;
    const auto found = identity::find_merchant(reader, merchant);
    check(found.has_value(), "whose profile is asked for is a merchant");
    Profile profile = profile_of(*found, rows::find_profile(reader, merchant).value_or(rows::ProfileRow{}));
    return seen.emplace(merchant, std::move(profile)).first->second;
}

Profile Merchants::profile(Reader& reader, MerchantId merchant) const { return known(reader, merchant); }

Task<Result<Profile>> Merchants::find(MerchantId merchant) const {
    auto read = [&](Reader& reader) -> Result<Profile> { return profile(reader, merchant); };
    co_return co_await store_.read(read);
}

Task<Result<Profile>> Merchants::change(const audit::Log& audit, Asker asker, ProfileWish wish) const {
    if (auto valid = validate(wish); !valid) co_return fail(std::move(valid.error()));
    auto put = [&](Tx& tx) -> Result<Profile> {
        const Profile before = profile(tx, asker.merchant);
        if (wish.version && *wish.version != before.version) return changed_meanwhile();
        std::vector<std::int64_t> notice_days = wish.notice_days;
        std::ranges::sort(notice_days, std::greater<>{});
        const rows::ProfileRow row{.billing_hour = static_cast<int>(wish.billing_hour),
                                   .locale = wish.locale,
                                   .legal_name = wish.legal_name,
                                   .address_lines = wish.address_lines,
                                   .tax_line = wish.tax_line,
                                   .support_email = wish.support_email,
                                   .logo_png = wish.logo_png,
                                   .notice_days = std::move(notice_days)};
        if (!rows::put_profile(tx, asker.merchant, row, before.version)) return changed_meanwhile();
        if (before.zone.name() != wish.time_zone)
            if (auto moved = identity::change_time_zone(tx, asker.merchant, wish.time_zone); !moved)
                return fail(std::move(moved.error()));
        Profile after = profile(tx, asker.merchant);
        const std::string changes = changes_between(before, after), entity = std::to_string(asker.merchant.value);
        audit.append(tx, {.merchant = asker.merchant,
                          .correlation_id = asker.correlation_id,
                          .action = "merchant.changed",
                          .entity_type = "merchant",
                          .entity_id = entity,
                          .actor = asker.actor,
                          .changes = changes,
                          .ip_address = asker.ip_address,
                          .user_agent = asker.user_agent});
        return after;
    };
    co_return co_await store_.write(put);
}

Instant Merchants::now(Reader& reader, MerchantId merchant) const {
    if (clocks_ == TestClocks::none) return world_.clock.now();
    const auto shown = rows::test_clock_shows(reader, merchant);
    return shown ? *shown : world_.clock.now();
}

bool Merchants::has_test_clock(Reader& reader, MerchantId merchant) const {
    return clocks_ == TestClocks::possible && rows::test_clock_shows(reader, merchant).has_value();
}

calendar::Date Merchants::today(Reader& reader, MerchantId merchant) const {
    return known(reader, merchant).zone.date_of(now(reader, merchant));
}

}  // namespace florin::merchants
