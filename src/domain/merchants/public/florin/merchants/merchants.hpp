#pragma once

#include <optional>
#include <string>
#include <vector>

#include "florin/audit/audit.hpp"
#include "florin/base/id.hpp"
#include "florin/base/instant.hpp"
#include "florin/base/money.hpp"
#include "florin/base/result.hpp"
#include "florin/calendar/calendar.hpp"
#include "florin/runtime/world.hpp"
#include "florin/store/store.hpp"

namespace florin::merchants {

using store::Reader;
using store::Tx;

inline const std::vector<std::int64_t> usual_notice_days{14, 3};
inline constexpr std::int64_t earliest_notice_days = 60;

/// What a merchant's customers see of it, and by which calendar it bills. The zone and the currency are those of
/// `identity::Merchant`.
struct Profile {
    MerchantId merchant;
    std::string name;
    Currency default_currency;
    bool is_sandbox = false;
    calendar::Zone zone = calendar::Zone::utc();
    int billing_hour = 0;                    ///< 0–23: at which hour of a due day, in the zone, it is charged.
    std::string locale = "en";               ///< Where a customer's own is not known.
    std::string legal_name;                  ///< Letterhead; empty: `name`.
    std::vector<std::string> address_lines;  ///< At most 6.
    std::string tax_line;                    ///< `VAT DE123456789`; empty: none.
    std::string support_email;
    std::string logo_png;  ///< At most 64 KiB of a PNG; empty: none.
    /// So many days before a charge its customer is told that it cannot be made as things are; falling.
    std::vector<std::int64_t> notice_days = usual_notice_days;
    std::int64_t version = 0;
};

/// What a profile is to be. `time_zone` is a name.
struct ProfileWish {
    std::string time_zone;
    std::int64_t billing_hour = 0;
    std::string locale;
    std::string legal_name;
    std::vector<std::string> address_lines;
    std::string tax_line, support_email, logo_png;
    std::vector<std::int64_t> notice_days = usual_notice_days;  ///< In any order.
    std::optional<std::int64_t> version;                        ///< Refused when the profile has another by now.
};

/// Who asks, for the audit.
struct Asker {
    MerchantId merchant;
    std::string actor, ip_address, user_agent, correlation_id;
};

/// A merchant's settings and, in the sandbox, its clock. Any scheduler's thread.
class Merchants {
public:
    /// With live connectors nobody has a test clock, and nobody looks for one.
    enum class TestClocks { none, possible };

    Merchants(store::Store& store, World world, TestClocks clocks = TestClocks::possible)
        : store_{store}, world_{world}, clocks_{clocks} {}

    /// Stops the process when there is no such merchant. Read once in each transaction.
    Profile profile(Reader& reader, MerchantId merchant) const;
    Task<Result<Profile>> find(MerchantId merchant) const;
    /// Takes the place of the whole profile. Errors: `invalid` (`unknown_time_zone`, `out_of_range`, `invalid_locale`,
    /// `invalid_notice_days`, `invalid_email`, `invalid_logo`, `too_many`, `too_short`, `card_number_in_text`; field
    /// named), `conflict`
    /// (`merchant_changed_meanwhile`).
    Task<Result<Profile>> change(const audit::Log& audit, Asker asker, ProfileWish wish) const;

    /// What the time is for the merchant: that of its test clock, if it has one; else of `Clock`. All of billing asks
    /// here and never the world's clock. One read by primary key, and none with live connectors.
    Instant now(Reader& reader, MerchantId merchant) const;
    /// Whether that is a test clock's, which then has the merchant's turns taken. Never with live connectors, also
    /// where the database still holds one from the sandbox.
    bool has_test_clock(Reader& reader, MerchantId merchant) const;
    /// Which day it is for the merchant.
    calendar::Date today(Reader& reader, MerchantId merchant) const;
    /// The moment at which what falls due on `date` is due.
    Instant due_at(const Profile& profile, calendar::Date date) const {
        return profile.zone.at(date, Millis{profile.billing_hour * 3'600'000LL});
    }

private:
    const Profile& known(Reader& reader, MerchantId merchant) const;
    store::Store& store_;
    World world_;
    TestClocks clocks_;
};

}  // namespace florin::merchants
