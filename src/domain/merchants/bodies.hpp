#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "florin/json/describe.hpp"

/// The bodies of the merchant's routes, in and out.
namespace florin::merchants {

struct ProfileBody {
    std::string time_zone;
    std::int64_t billing_hour = 0;
    std::string locale;
    std::optional<std::string> legal_name;
    std::optional<std::vector<std::string>> address_lines;
    std::optional<std::string> tax_line, support_email, logo_png;
    std::optional<std::vector<std::int64_t>> payment_notice_days;
    std::optional<std::int64_t> version;
};

struct ProfileView {
    std::int64_t id = 0;
    std::string name;
    std::string_view default_currency;
    bool is_sandbox = false;
    std::string_view time_zone;
    std::int64_t billing_hour = 0;
    std::string locale;
    std::optional<std::string> legal_name;
    std::optional<std::vector<std::string>> address_lines;
    std::optional<std::string> tax_line, support_email, logo_png;
    std::vector<std::int64_t> payment_notice_days;
    std::int64_t version = 0;
};

}  // namespace florin::merchants

namespace florin::json {

template <>
struct Described<merchants::ProfileBody> {
    using B = merchants::ProfileBody;
    static constexpr std::string_view name = "PutMerchantRequest";
    static constexpr std::string_view doc = "The whole profile: what is left out is taken away.";
    static constexpr auto fields = std::tuple{
        Field{.name = "time_zone",
              .member = &B::time_zone,
              .doc = "A name of the IANA database. By its days everything falls due.",
              .example = "\"Europe/Berlin\"",
              .min_length = 1,
              .max_length = 64},
        Field{.name = "billing_hour",
              .member = &B::billing_hour,
              .doc = "At which hour of a due day, in the time zone, it is charged.",
              .example = "6",
              .minimum = 0,
              .maximum = 23},
        Field{.name = "locale",
              .member = &B::locale,
              .doc = "The language, and perhaps the region, of documents where a customer's own is not known.",
              .example = "\"de-AT\"",
              .min_length = 2,
              .max_length = 6},
        Field{.name = "legal_name",
              .member = &B::legal_name,
              .doc = "Who stands in the letterhead; left out: the merchant's name.",
              .example = "\"Example Shop GmbH\"",
              .min_length = 1,
              .max_length = 200},
        Field{.name = "address_lines",
              .member = &B::address_lines,
              .doc = "The letterhead's address: at most 6 lines of at most 100 characters.",
              .example = R"(["Hauptstraße 1","1010 Wien"])",
              .min_length = 1,
              .max_length = 100},
        Field{.name = "tax_line",
              .member = &B::tax_line,
              .doc = "Stands on invoices as it is.",
              .example = "\"VAT ATU12345678\"",
              .min_length = 1,
              .max_length = 100},
        Field{.name = "support_email",
              .member = &B::support_email,
              .doc = "Whom customers can ask.",
              .example = "\"help@example.com\"",
              .min_length = 3,
              .max_length = 254},
        Field{.name = "logo_png",
              .member = &B::logo_png,
              .doc = "A PNG in base64: at most 64 KiB and 2,000 by 2,000 pixels.",
              .min_length = 1,
              .max_length = 90'000},
        Field{
            .name = "payment_notice_days",
            .member = &B::payment_notice_days,
            .doc =
                "How many days before a charge its customer is told that their card will have expired by then, or that "
                "there is no payment method: at most 5 different numbers from 1 to 60; left out: 14 and 3; empty: "
                "nobody is told.",
            .example = "[14, 3]"},
        Field{.name = "version",
              .member = &B::version,
              .doc = "Refused when the profile has another by now.",
              .example = "3",
              .minimum = 0},
    };
};

template <>
struct Described<merchants::ProfileView> {
    using V = merchants::ProfileView;
    static constexpr std::string_view name = "Merchant";
    static constexpr auto fields = std::tuple{
        Field{"id", &V::id, "The number that the installation knows the merchant by, as `merchant_id` of settlements.",
              "1"},
        Field{"name", &V::name, "By which the merchant is configured.", "\"test-merchant\""},
        Field{"default_currency", &V::default_currency, "ISO 4217.", "\"EUR\""},
        Field{"is_sandbox", &V::is_sandbox, "Whether no real money moves.", "true"},
        Field{"time_zone", &V::time_zone, "IANA. By its days everything falls due.", "\"Europe/Berlin\""},
        Field{"billing_hour", &V::billing_hour, "At which hour of a due day it is charged.", "6"},
        Field{"locale", &V::locale, "Of documents where a customer's own is not known.", "\"de-AT\""},
        Field{"legal_name", &V::legal_name, "Who stands in the letterhead.", "\"Example Shop GmbH\""},
        Field{"address_lines", &V::address_lines, "The letterhead's address.", R"(["Hauptstraße 1","1010 Wien"])"},
        Field{"tax_line", &V::tax_line, "Stands on invoices as it is.", "\"VAT ATU12345678\""},
        Field{"support_email", &V::support_email, "Whom customers can ask.", "\"help@example.com\""},
        Field{"logo_png", &V::logo_png, "A PNG in base64."},
        Field{"payment_notice_days", &V::payment_notice_days,
              "How many days before a charge its customer is told that it cannot be made as things are.", "[14, 3]"},
        Field{"version", &V::version, "Counts changes; 0: none yet.", "3"},
    };
};

}  // namespace florin::json
