#include "profile.hpp"

#include <gtest/gtest.h>

#include "customers_world.hpp"

namespace florin::customers {
namespace {

TEST(Profiles, are_refused_with_the_name_of_what_is_wrong) {  // F98, D-PC-01
    struct Case {
        const char* why;
        std::string Profile::* member;
        const char* value;
        const char* code;  ///< Empty: accepted.
    };
    const Case cases[] = {
        {"a plain address", &Profile::email, "ada@example.com", ""},
        {"with a tag", &Profile::email, "ada+shop@mail.example.com", ""},
        {"in another script", &Profile::email, "użytkownik@przykład.pl", ""},
        {"no at", &Profile::email, "example.com", "invalid_email"},
        {"nobody", &Profile::email, "@example.com", "invalid_email"},
        {"nowhere", &Profile::email, "ada@", "invalid_email"},
        {"two at", &Profile::email, "ada@b@example.com", "invalid_email"},
        {"a domain that begins with a dot", &Profile::email, "ada@.example.com", "invalid_email"},
        {"a domain that ends with a dot", &Profile::email, "ada@example.", "invalid_email"},
        {"two dots", &Profile::email, "ada@example..com", "invalid_email"},
        {"two addresses", &Profile::email, "ada@example.com,bob@example.com", "invalid_email"},
        {"a name with it", &Profile::email, "Ada<ada@example.com>", "invalid_email"},
        {"a header behind it", &Profile::email, "ada@example.com\nBcc:b@example.com", "invalid_email"},
        {"a card number in it", &Profile::email, "4111111111111111@example.com", "card_number_in_text"},
        {"international", &Profile::phone, "+44 (20) 7946-0000", ""},
        {"national", &Profile::phone, "020/7946.0000", ""},
        {"fifteen digits that pass Luhn's check", &Profile::phone, "+378282246310005", ""},
        {"the same without a plus", &Profile::phone, "378282246310005", "card_number_in_text"},
        {"too many digits", &Profile::phone, "+4111111111111111", "invalid_phone"},
        {"too few", &Profile::phone, "+1 2", "invalid_phone"},
        {"words", &Profile::phone, "on request", "invalid_phone"},
        {"a plus inside", &Profile::phone, "44+20", "invalid_phone"},
        {"a language", &Profile::locale, "de", ""},
        {"and a region, in whatever case", &Profile::locale, "DE-at", ""},
        {"a region without forms of its own", &Profile::locale, "en-SG", ""},
        {"a language without words", &Profile::locale, "fr", "unsupported_locale"},
        {"a language's name", &Profile::locale, "Deutsch", "unsupported_locale"},
        {"as POSIX writes it", &Profile::locale, "de_AT", "unsupported_locale"},
        {"any script", &Profile::name, "Ægir Þór 王小明", ""},
        {"a line break", &Profile::name, "Ada\nLovelace", "invalid_text"},
        {"a card number", &Profile::name, "Ada 4111 1111 1111 1111", "card_number_in_text"},
        {"numbers that are none", &Profile::metadata, R"({"order":4111111111111112,"at":1763705600007})", ""},
        {"a card number within", &Profile::metadata, R"({"a":{"b":["5555555555554444"]}})", "card_number_in_text"},
    };
    for (const Case& c : cases) {
        SCOPED_TRACE(c.why);
        Profile profile;
        profile.*c.member = c.value;
        const auto valid = validate(profile);
        EXPECT_EQ(valid ? "" : valid.error().code, c.code);
        if (valid) continue;
        EXPECT_EQ(valid.error().field.empty(), false);
        EXPECT_EQ(valid.error().message.find(c.value), std::string::npos) << "a message repeats nothing that came in";
    }
    Profile moved;
    moved.billing_address.city = "4111-1111-1111-1111";
    EXPECT_EQ(validate(moved).error().field, "billing_address.city");
    EXPECT_TRUE(validate(Profile{})) << "nothing need be known";
}

TEST(CustomerIds, outlive_a_person_and_so_tell_nothing_of_them) {  // X-24, X-25
    EXPECT_TRUE(validate_customer_id("customer-7"));
    EXPECT_TRUE(validate_customer_id("01a1fcd3-917b-7b1b-9415-338a6d11ee9d"));
    EXPECT_EQ(validate_customer_id("ada@example.com").error().code, "invalid_customer_id");
    EXPECT_EQ(validate_customer_id("4111111111111111").error().code, "card_number_in_text");
    EXPECT_EQ(validate_customer_id("a\tb").error().code, "invalid_text");
}

TEST(Profiles, are_read_as_they_were_written_also_by_another_release) {
    const Profile ada = test::ada();
    EXPECT_TRUE(differences(parse_profile(to_text(ada)), ada).empty());
    EXPECT_TRUE(differences(parse_profile(to_text(Profile{})), Profile{}).empty());
    const Profile newer =
        parse_profile(R"({"name":"Ada","nickname":"A","billing_address":{"city":"London","planet":"Earth"}})");
    EXPECT_EQ(newer.name, "Ada");
    EXPECT_EQ(newer.billing_address.city, "London");
    EXPECT_EQ(newer.metadata, "{}");
}

TEST(Profiles, differ_where_their_meaning_does) {
    using Names = std::vector<std::string_view>;
    const Profile ada = test::ada();
    EXPECT_EQ(differences(ada, changed(ada, {})), Names{});
    Changes all{.name = "",
                .email = "b@example.com",
                .phone = "",
                .billing_address = Address{},
                .metadata = "{}",
                .locale = "de"};
    EXPECT_EQ(differences(ada, changed(ada, all)),
              (Names{"name", "email", "phone", "locale", "billing_address", "metadata"}));
    Profile a, b;
    a.metadata = R"({"x":1,"y":{"p":2.50,"q":3}})";
    b.metadata = R"({"y":{"q":3,"p":2.5},"x":1})";
    EXPECT_EQ(differences(a, b), Names{}) << "order and trailing zeros mean nothing";
}

}  // namespace
}  // namespace florin::customers
