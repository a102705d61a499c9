#pragma once

#include <optional>
#include <string>
#include <vector>

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

/// What a merchant's customers see of it, and by which calendar it bills. The zone and the currency are those of
/// `identity::Merchant`.
struct Profile {
    MerchantId merchant;
    std::string name;
    Currency default_currency;
    calendar::Zone zone = calendar::Zone::utc();
    int billing_hour = 0;                    ///< 0–23: at which hour of a due day, in the zone, it is charged.
    std::string locale = "en";               ///< Where a customer's own is not known.
    std::string legal_name;                  ///< Letterhead; empty: `name`.
    std::vector<std::string> address_lines;  ///< At most 6.
    std::string tax_line;                    ///< `VAT DE123456789`; empty: none.
    std::string support_email;
    std::string logo_png;  ///< At most 64 KiB of a PNG; empty: none.
    std::int64_t version = 0;
};

/// A merchant's settings and, in the sandbox, its clock. Any scheduler's thread.
class Merchants {
public:
    Merchants(store::Store& store, World world) : store_{store}, world_{world} {}

    /// Stops the process when there is no such merchant.
    Profile profile(Reader& reader, MerchantId merchant) const;
    /// What the time is for the merchant: that of its test clock, if it has one; else of `Clock`. All of billing asks
    /// here and never the world's clock.
    Instant now(Reader& reader, MerchantId merchant) const;
    /// Which day it is for the merchant.
    calendar::Date today(Reader& reader, MerchantId merchant) const;
    /// The moment at which what falls due on `date` is due.
    Instant due_at(const Profile& profile, calendar::Date date) const {
        return profile.zone.at(date, Millis{profile.billing_hour * 3'600'000LL});
    }

private:
    store::Store& store_;
    World world_;
};

}  // namespace florin::merchants
