#include "document_party.hpp"

#include <gtest/gtest.h>

namespace florin::app {
namespace {

customers::Customer customer_with(customers::Profile profile) {
    return {.merchant = {1}, .id = {}, .customer_id = "c-1", .profile = std::move(profile)};
}

using Lines = std::vector<std::string>;

TEST(DocumentParty, an_address_stands_as_on_an_envelope) {
    struct Case {
        const char* why;
        customers::Profile profile;
        std::string name;
        Lines lines;
        std::string country = {};
    };
    const Case cases[] = {
        {"the postal code leads the town",
         {.name = "Ada", .billing_address = {.address = "Ring 1", .city = "Wien", .zip = "1010", .country = "AT"}},
         "Ada",
         {"Ring 1", "1010 Wien"},
         "AT"},
        {"in Britain it follows the town",
         {.name = "Ada",
          .billing_address = {.address = "12 St James Square", .city = "London", .zip = "SW1Y 4JH", .country = "GB"}},
         "Ada",
         {"12 St James Square", "London SW1Y 4JH"},
         "GB"},
        {"where there are states it follows them",
         {.name = "Ada", .billing_address = {.address = "1 Main St", .city = "Austin", .state = "TX", .zip = "78701"}},
         "Ada",
         {"1 Main St", "Austin, TX 78701"}},
        {"a company is not named twice", {.name = "ACME", .billing_address = {.company = "ACME"}}, "ACME", {}},
        {"a person at a company", {.name = "Ada", .billing_address = {.company = "ACME"}}, "Ada", {"ACME"}},
        {"only the address has a name",
         {.billing_address = {.first_name = "Ada", .last_name = "Lovelace", .city = "London"}},
         "Ada Lovelace",
         {"London"}},
        {"only a company", {.billing_address = {.company = "ACME", .state = "TX"}}, "ACME", {"TX"}},
        {"nothing is known", {}, "", {}},
    };
    for (const Case& one : cases) {
        const documents::Party party = party_of(customer_with(one.profile));
        EXPECT_EQ(party.name, one.name) << one.why;
        EXPECT_EQ(party.address_lines, one.lines) << one.why;
        EXPECT_EQ(party.country, one.country) << one.why;
    }
}

TEST(DocumentParty, its_locale_is_the_customers_own_whatever_the_metadata_says) {
    EXPECT_EQ(party_of(customer_with({.locale = "de-AT"})).locale, "de-AT");
    EXPECT_EQ(party_of(customer_with({.metadata = R"({"locale":"de-AT"})"})).locale, "");
}

}  // namespace
}  // namespace florin::app
