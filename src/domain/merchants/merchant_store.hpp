#pragma once

#include <optional>
#include <string>
#include <vector>

#include "florin/merchants/merchants.hpp"

/// Rows of `merchant_profiles`.
namespace florin::merchants::rows {

struct ProfileRow {
    int billing_hour = 0;
    std::string locale = "en";
    std::string legal_name;
    std::vector<std::string> address_lines;
    std::string tax_line, support_email, logo_png;
    std::vector<std::int64_t> notice_days = usual_notice_days;  ///< Falling.
    std::int64_t version = 0;
};

std::optional<ProfileRow> find_profile(Reader& reader, MerchantId merchant);
/// Raises the version. False when it is not `version` any more; 0: there is none yet.
[[nodiscard]] bool put_profile(Tx& tx, MerchantId merchant, const ProfileRow& row, std::int64_t version);
std::optional<Instant> test_clock_shows(Reader& reader, MerchantId merchant);

}  // namespace florin::merchants::rows
