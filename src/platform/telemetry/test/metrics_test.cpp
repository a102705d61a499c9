#include "florin/telemetry/metrics.hpp"

#include <gtest/gtest.h>

#include <thread>

namespace florin::telemetry {
namespace {

TEST(Metrics, are_shown_in_prometheus_text_format) {
    Metrics metrics;
    metrics.counter("florin_payments_total", "Payments by outcome.", {{"type", "purchase"}, {"outcome", "captured"}})
        .add(3);
    metrics.counter("florin_payments_total", "Payments by outcome.", {{"type", "purchase"}, {"outcome", "declined"}})
        .add();
    metrics.gauge("florin_connections", "Open \\ \n connections.").set(-2);
    auto& histogram = metrics.histogram("florin_batch_units", "Units in a commit.", Unit::count);
    histogram.observe(1);
    histogram.observe(3);
    histogram.observe(4);
    histogram.observe(1'000'000);
    std::string expected =
        "# HELP florin_batch_units Units in a commit.\n"
        "# TYPE florin_batch_units histogram\n";
    for (int bound = 1; bound <= 65'536; bound *= 2) {
        expected += "florin_batch_units_bucket{le=\"" + std::to_string(bound) + "\"} " + (bound < 4 ? "1" : "3") + "\n";
    }
    expected +=
        "florin_batch_units_bucket{le=\"+Inf\"} 4\n"
        "florin_batch_units_sum 1000008\n"
        "florin_batch_units_count 4\n"
        "# HELP florin_connections Open \\\\ \\n connections.\n"
        "# TYPE florin_connections gauge\n"
        "florin_connections -2\n"
        "# HELP florin_payments_total Payments by outcome.\n"
        "# TYPE florin_payments_total counter\n"
        "florin_payments_total{type=\"purchase\",outcome=\"captured\"} 3\n"
        "florin_payments_total{type=\"purchase\",outcome=\"declined\"} 1\n";
    EXPECT_EQ(metrics.render(), expected);
}

TEST(Metrics, durations_are_observed_in_nanoseconds_and_shown_in_seconds) {
    Metrics metrics;
    auto& histogram = metrics.histogram("florin_http_seconds", "Time.", Unit::seconds, {{"route", "getPayment"}});
    histogram.observe(50'000);
    histogram.observe(50'001);
    histogram.observe(1'500'000'000);
    histogram.observe(-1);
    const std::string text = metrics.render();
    for (const char* line : {
             "florin_http_seconds_bucket{route=\"getPayment\",le=\"0.00005\"} 2\n",
             "florin_http_seconds_bucket{route=\"getPayment\",le=\"0.0001\"} 3\n",
             "florin_http_seconds_bucket{route=\"getPayment\",le=\"2\"} 4\n",
             "florin_http_seconds_bucket{route=\"getPayment\",le=\"+Inf\"} 4\n",
             "florin_http_seconds_sum{route=\"getPayment\"} 1.500100001\n",
             "florin_http_seconds_count{route=\"getPayment\"} 4\n",
         }) {
        EXPECT_NE(text.find(line), std::string::npos) << line << text;
    }
}

TEST(Metrics, a_label_cannot_forge_a_line) {
    Metrics metrics;
    metrics.counter("florin_total", "x", {{"route", "a\"} 9\nevil_total 1\\"}}).add();
    EXPECT_NE(metrics.render().find("florin_total{route=\"a\\\"} 9\\nevil_total 1\\\\\"} 1\n"), std::string::npos);
}

TEST(Metrics, asking_twice_gives_the_same) {
    Metrics metrics;
    EXPECT_EQ(&metrics.counter("a_total", "x", {{"b", "c"}}), &metrics.counter("a_total", "x", {{"b", "c"}}));
    EXPECT_NE(&metrics.counter("a_total", "x", {{"b", "c"}}), &metrics.counter("a_total", "x", {{"b", "d"}}));
}

TEST(Metrics, series_without_end_are_counted_together) {
    Metrics metrics;
    for (int i = 0; i < 10'000; ++i) metrics.counter("a_total", "x", {{"path", std::to_string(i)}}).add();
    const std::string text = metrics.render();
    EXPECT_NE(text.find("a_total{path=\"other\"} 9500\n"), std::string::npos);
    EXPECT_EQ(std::ranges::count(text, '\n'), 2 + 501);
}

TEST(MetricsDeathTest, no_label_names_a_tenant_or_an_amount) {  // F150
    GTEST_FLAG_SET(death_test_style, "threadsafe");
    for (const char* label : {"merchant", "merchant_id", "tenant", "amount", "customer_id", "api_key"}) {
        Metrics metrics;
        EXPECT_DEATH(metrics.counter("a_total", "x", {{label, "1"}}), "");
    }
}

TEST(Metrics, nothing_is_lost_when_threads_count_at_once) {
    Metrics metrics;
    auto& counter = metrics.counter("a_total", "x");
    auto& histogram = metrics.histogram("b_seconds", "x", Unit::seconds);
    std::vector<std::thread> threads;
    for (int thread = 0; thread < 6; ++thread) {
        threads.emplace_back([&] {
            for (int i = 0; i < 10'000; ++i) {
                counter.add();
                histogram.observe(i);
            }
        });
    }
    for (std::thread& thread : threads) thread.join();
    EXPECT_EQ(counter.value(), 60'000U);
    EXPECT_EQ(histogram.count(), 60'000U);
}

}  // namespace
}  // namespace florin::telemetry
