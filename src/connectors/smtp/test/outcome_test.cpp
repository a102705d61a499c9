#include <gtest/gtest.h>

#include "session.hpp"

namespace florin::smtp {
namespace {

using notifications::Outcome;

TEST(Outcome, is_what_the_server_said_last_and_unknown_only_after_the_whole_mail) {  // F122
    struct Case {
        std::string_view why;
        bool is_done, is_whole;
        std::string_view line;
        Outcome outcome;
        std::string_view name;
    };
    const Case cases[] = {
        {"taken", true, true, "250 word", Outcome::accepted, ""},
        {"nobody there", false, false, "", Outcome::deferred, "mail_server_unreachable"},
        {"gone before the mail was whole", false, false, "354 word", Outcome::deferred, "mail_server_unreachable"},
        {"gone before a recipient was named", false, false, "250 word", Outcome::deferred, "mail_server_unreachable"},
        {"greylisted", false, false, "450 word", Outcome::deferred, "mail_deferred"},
        {"no room, after the mail", false, true, "452 word", Outcome::deferred, "mail_deferred"},
        {"closing", false, false, "421 word", Outcome::deferred, "mail_deferred"},
        {"no such mailbox", false, false, "550 word", Outcome::refused, "mail_refused"},
        {"refused after the mail", false, true, "554 word", Outcome::refused, "mail_refused"},
        {"wrong password: no loop", false, false, "535 word", Outcome::refused, "mail_login_refused"},
        {"a login is needed", false, false, "530 word", Outcome::refused, "mail_login_refused"},
        {"taken, and gone at the farewell", false, true, "250 2.0.0 Ok", Outcome::accepted, ""},
        {"gone after the whole mail", false, true, "354 word", Outcome::unknown, "mail_answer_lost"},
        {"something odd after the whole mail", false, true, "299 word", Outcome::unknown, "mail_answer_lost"},
    };
    for (const Case& one : cases) {
        const auto delivery = delivery_of(one.is_done, one.is_whole, one.line, "gone");
        EXPECT_EQ(delivery.outcome, one.outcome) << one.why;
        EXPECT_EQ(delivery.code, one.name) << one.why;
    }
    EXPECT_EQ(delivery_of(true, true, "250 2.0.0 Ok: queued as 4C1BE53E", "").reference, "Ok: queued as 4C1BE53E");
    EXPECT_EQ(delivery_of(true, true, "250 OK", "").reference, "OK");
    EXPECT_EQ(delivery_of(true, true, "", "").reference, "");
}

}  // namespace
}  // namespace florin::smtp
