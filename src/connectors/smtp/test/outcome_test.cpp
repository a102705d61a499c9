#include <gtest/gtest.h>

#include "session.hpp"

namespace florin::smtp {
namespace {

using notifications::Outcome;

TEST(Outcome, is_what_the_server_said_last_and_unknown_only_after_the_whole_mail) {  // F122
    struct Case {
        std::string_view why;
        bool is_done, is_whole;
        long code;
        Outcome outcome;
        std::string_view name;
    };
    const Case cases[] = {
        {"taken", true, true, 250, Outcome::accepted, ""},
        {"nobody there", false, false, 0, Outcome::deferred, "mail_server_unreachable"},
        {"gone before the mail was whole", false, false, 354, Outcome::deferred, "mail_server_unreachable"},
        {"gone before a recipient was named", false, false, 250, Outcome::deferred, "mail_server_unreachable"},
        {"greylisted", false, false, 450, Outcome::deferred, "mail_deferred"},
        {"no room, after the mail", false, true, 452, Outcome::deferred, "mail_deferred"},
        {"closing", false, false, 421, Outcome::deferred, "mail_deferred"},
        {"no such mailbox", false, false, 550, Outcome::refused, "mail_refused"},
        {"refused after the mail", false, true, 554, Outcome::refused, "mail_refused"},
        {"wrong password: no loop", false, false, 535, Outcome::refused, "mail_login_refused"},
        {"a login is needed", false, false, 530, Outcome::refused, "mail_login_refused"},
        {"gone after the whole mail", false, true, 354, Outcome::unknown, "mail_answer_lost"},
        {"something odd after the whole mail", false, true, 299, Outcome::unknown, "mail_answer_lost"},
    };
    for (const Case& one : cases) {
        const auto delivery =
            delivery_of(one.is_done, one.is_whole, one.code, "250 2.0.0 Ok: queued as 4C1BE53E", "gone");
        EXPECT_EQ(delivery.outcome, one.outcome) << one.why;
        EXPECT_EQ(delivery.code, one.name) << one.why;
    }
    EXPECT_EQ(delivery_of(true, true, 250, "250 2.0.0 Ok: queued as 4C1BE53E", "").reference, "Ok: queued as 4C1BE53E");
    EXPECT_EQ(delivery_of(true, true, 250, "250 OK", "").reference, "OK");
    EXPECT_EQ(delivery_of(true, true, 250, "", "").reference, "");
}

}  // namespace
}  // namespace florin::smtp
