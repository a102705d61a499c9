#include "florin/telemetry/log.hpp"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <thread>

#include "florin/runtime/simulation.hpp"
#include "json_line.hpp"
#include "line_writer.hpp"

namespace florin::telemetry {
namespace {

class LogTest : public testing::Test {
protected:
    LogTest() { configure(Level::info); }
    ~LogTest() override { configure_log({}); }
    void configure(Level level) {
        configure_log({clock, level, [this](std::string_view line) { lines.emplace_back(line); }});
    }
    SimClock clock;
    std::vector<std::string> lines;
};

TEST_F(LogTest, a_line_is_json_with_moment_level_event_and_fields) {
    log::info("payment.recovered", {{"correlation_id", "c-1"},
                                    {"attempt", 3},
                                    {"was_charged", true},
                                    {"id", *parse_uuid("019aa30b-26a8-7bcd-8123-456789abcdef")},
                                    {"parent", nullptr}});
    ASSERT_EQ(lines.size(), 1U);
    EXPECT_EQ(
        lines[0],
        "{\"at\":\"" + to_text(clock.now()) +
            R"(","level":"info","event":"payment.recovered","correlation_id":"c-1","attempt":3,"was_charged":true,)"
            R"("id":"019aa30b-26a8-7bcd-8123-456789abcdef","parent":null})");
}

TEST_F(LogTest, what_is_below_the_level_is_counted_and_not_written) {
    const auto before = lines_logged(Level::debug);
    log::debug("quiet");
    EXPECT_TRUE(lines.empty());
    EXPECT_EQ(lines_logged(Level::debug), before + 1);
    configure(Level::debug);
    log::debug("loud");
    EXPECT_EQ(lines.size(), 1U);
}

TEST_F(LogTest, no_value_can_end_the_line_or_forge_a_field) {  // F144
    std::string evil = "x\",\"level\":\"error\"}\n{\"event\":\"forged\r\n\x1b[2J\x7f";
    evil.push_back('\0');
    evil += "\xc2\x9b\xe2\x80\xa8\xff\xed\xa0\x80";
    log::warning("a.b", {{"text", evil}, {evil, 1}});
    ASSERT_EQ(lines.size(), 1U);
    for (const char c : lines[0]) EXPECT_TRUE(static_cast<unsigned char>(c) >= 0x20 && c != 0x7f);
    EXPECT_EQ(lines[0].find("\xc2\x9b"), std::string::npos);
    EXPECT_NE(lines[0].find(R"("text":"x\",\"level\":\"error\"}\u000a{\"event\":\"forged\u000d\u000a\u001b[2J\u007f)"
                            R"(\u0000\u009b\u2028\ufffd\ufffd\ufffd\ufffd")"),
              std::string::npos)
        << lines[0];
}

TEST_F(LogTest, secrets_are_masked_wherever_they_come_in) {  // F145
    log::info("a", {{"message", "paid with 4242 4242 4242 4242"}});
    log::info("a", {{"cvv", "987"}});
    log::info("a", {{"cvv", 987}});
    log::info("a", {{"reference", 4242424242424242}});
    log::info("a", {{"header", "Bearer fk_live_canary"}});
    log::info("paid with 4242424242424242");
    ASSERT_EQ(lines.size(), 6U);
    for (const std::string& line : lines) {
        for (const char* secret : {"4242424242424242", "4242 4242", "987", "canary"}) {
            EXPECT_EQ(line.find(secret), std::string::npos) << line;
        }
    }
}

TEST_F(LogTest, a_moment_in_milliseconds_stays_a_number) {
    log::info("a", {{"at_ms", 1'795'000'000'008}, {"amount_minor", 1'000'000'000'000'000}});
    EXPECT_NE(lines[0].find("\"at_ms\":1795000000008,\"amount_minor\":1000000000000000"), std::string::npos)
        << lines[0];
}

TEST_F(LogTest, long_values_are_cut_and_no_part_of_a_card_number_stays_at_the_cut) {
    std::string text(2'040, 'x');
    text += "4242424242424242" + std::string(10'000, 'y');
    log::info("a", {{"text", text}});
    EXPECT_LT(lines[0].size(), 2'300U);
    EXPECT_EQ(lines[0].find("4242"), std::string::npos);
    EXPECT_NE(lines[0].find("12056 bytes"), std::string::npos);
}

class Pipe {
public:
    Pipe() { EXPECT_EQ(::pipe(ends_), 0); }
    ~Pipe() {
        close_reader();
        ::close(ends_[1]);
    }
    void close_reader() {
        if (ends_[0] >= 0) ::close(ends_[0]);
        ends_[0] = -1;
    }
    int reader() const { return ends_[0]; }
    int writer() const { return ends_[1]; }

private:
    int ends_[2]{};
};

TEST(LineWriter, writes_whole_lines_in_order) {
    Pipe pipe;
    {
        LineWriter writer{pipe.writer()};
        for (int i = 0; i < 100; ++i) writer.write("line " + std::to_string(i));
    }
    char text[4096];
    const auto size = ::read(pipe.reader(), text, sizeof text);
    std::string expected;
    for (int i = 0; i < 100; ++i) expected += "line " + std::to_string(i) + "\n";
    EXPECT_EQ(std::string(text, static_cast<std::size_t>(size)), expected);
}

TEST(LineWriter, never_waits_for_a_reader_that_does_not_read) {
    Pipe pipe;
    LineWriter writer{pipe.writer()};
    // Far more than the pipe and the queue hold: that this ends is the point.
    for (int i = 0; i < 20'000; ++i) writer.write(std::string(100, 'x'));
    EXPECT_GT(writer.lost(), 0U);
}

TEST(LineWriter, outlives_a_reader_that_is_gone) {
    Pipe pipe;
    pipe.close_reader();
    LineWriter writer{pipe.writer()};
    for (int i = 0; i < 10; ++i) writer.write("x");
}

}  // namespace
}  // namespace florin::telemetry
