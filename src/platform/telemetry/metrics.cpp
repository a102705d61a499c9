#include "florin/telemetry/metrics.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <iterator>
#include <map>
#include <mutex>

#include "florin/base/check.hpp"

namespace florin::telemetry {
namespace {

constexpr std::size_t max_series = 500;
constexpr std::int64_t nanoseconds = 1'000'000'000;

const std::vector<std::int64_t>& bounds_of(Unit unit) {
    static const std::vector<std::int64_t> seconds = [] {
        std::vector<std::int64_t> bounds;
        for (const std::int64_t us : {50, 100, 200, 500, 1'000, 2'000, 5'000, 10'000, 20'000, 50'000, 100'000, 200'000,
                                      500'000, 1'000'000, 2'000'000, 5'000'000, 10'000'000, 30'000'000, 60'000'000}) {
            bounds.push_back(us * 1'000);
        }
        return bounds;
    }();
    static const std::vector<std::int64_t> counts = [] {
        std::vector<std::int64_t> bounds;
        for (std::int64_t bound = 1; bound <= 65'536; bound *= 2) bounds.push_back(bound);
        return bounds;
    }();
    return unit == Unit::seconds ? seconds : counts;
}

bool is_name(std::string_view name) {
    return !name.empty() && std::ranges::all_of(name, [](char c) {
        return (c >= 'a' && c <= 'z') || c == '_' || (c >= '0' && c <= '9');
    });
}

/// What would tell a stranger about somebody's business.
bool is_private(std::string_view label) {
    constexpr std::string_view words[] = {"merchant", "tenant", "customer", "amount", "payment_id", "key", "email"};
    return std::ranges::any_of(words,
                               [&](std::string_view word) { return label.find(word) != std::string_view::npos; });
}

std::string escaped(std::string_view value) {
    std::string out;
    for (const char c : value) {
        if (c == '\\' || c == '"') out.push_back('\\');
        if (c == '\n')
            out.append("\\n");
        else
            out.push_back(c);
    }
    return out;
}

/// `a="1",b="2"`
std::string text_of(const Labels& labels) {
    std::string text;
    for (const auto& [name, value] : labels) {
        if (!text.empty()) text.push_back(',');
        fmt::format_to(std::back_inserter(text), "{}=\"{}\"", name, escaped(value));
    }
    return text;
}

/// Nanoseconds as seconds, exactly and without an exponent; counts as they are.
std::string shown(std::int64_t value, Unit unit) {
    if (unit == Unit::count) return fmt::format("{}", value);
    std::string text = fmt::format("{}.{:09}", value / nanoseconds, value % nanoseconds);
    while (text.ends_with('0')) text.pop_back();
    if (text.ends_with('.')) text.pop_back();
    return text;
}

enum class Kind { counter, gauge, histogram };

std::string_view word_of(Kind kind) {
    switch (kind) {
        case Kind::counter:
            return "counter";
        case Kind::gauge:
            return "gauge";
        case Kind::histogram:
            return "histogram";
    }
    return "untyped";
}

struct Series {
    std::unique_ptr<Counter> counter;
    std::unique_ptr<Gauge> gauge;
    std::unique_ptr<Histogram> histogram;
};

struct Family {
    Kind kind;
    std::string help;
    std::map<std::string, Series, std::less<>> series;
};

void render_histogram(std::string& out, std::string_view name, const std::string& labels, const Histogram& histogram) {
    const std::string before = labels.empty() ? "" : labels + ",";
    const std::string braces = labels.empty() ? "" : "{" + labels + "}";
    const auto write = std::back_inserter(out);
    std::uint64_t total = 0;
    for (std::size_t i = 0; i < histogram.bounds().size(); ++i) {
        total += histogram.in_bucket(i);
        fmt::format_to(write, "{}_bucket{{{}le=\"{}\"}} {}\n", name, before,
                       shown(histogram.bounds()[i], histogram.unit()), total);
    }
    total += histogram.in_bucket(histogram.bounds().size());
    fmt::format_to(write, "{}_bucket{{{}le=\"+Inf\"}} {}\n", name, before, total);
    fmt::format_to(write, "{}_sum{} {}\n", name, braces, shown(histogram.sum(), histogram.unit()));
    // From the buckets, not counted apart: the two must agree while others observe.
    fmt::format_to(write, "{}_count{} {}\n", name, braces, total);
}

}  // namespace

std::size_t detail::take_stripe() {
    static std::atomic<std::size_t> next = 0;
    return next.fetch_add(1, std::memory_order_relaxed) % stripes;
}

std::uint64_t Counter::value() const {
    std::uint64_t total = 0;
    for (const Stripe& stripe : stripes_) total += stripe.count.load(std::memory_order_relaxed);
    return total;
}

Histogram::Histogram(Unit unit) : unit_{unit}, bounds_{bounds_of(unit)} {
    check(bounds_.size() < max_buckets, "every bucket has its place");
}

void Histogram::observe(std::int64_t value) {
    const std::int64_t counted = std::max<std::int64_t>(value, 0);
    const auto bucket = static_cast<std::size_t>(std::ranges::lower_bound(bounds_, counted) - bounds_.begin());
    Stripe& mine = stripes_[detail::stripe()];
    mine.buckets[bucket].fetch_add(1, std::memory_order_relaxed);
    mine.sum.fetch_add(counted, std::memory_order_relaxed);
}

std::uint64_t Histogram::in_bucket(std::size_t bucket) const {
    std::uint64_t total = 0;
    for (const Stripe& stripe : stripes_) total += stripe.buckets[bucket].load(std::memory_order_relaxed);
    return total;
}

std::uint64_t Histogram::count() const {
    std::uint64_t total = 0;
    for (std::size_t i = 0; i <= bounds_.size(); ++i) total += in_bucket(i);
    return total;
}

std::int64_t Histogram::sum() const {
    std::int64_t total = 0;
    for (const Stripe& stripe : stripes_) total += stripe.sum.load(std::memory_order_relaxed);
    return total;
}

struct Metrics::Impl {
    mutable std::mutex mutex;
    std::map<std::string, Family, std::less<>> families;

    /// The mutex is held.
    Series& find(Kind kind, std::string_view name, std::string_view help, const Labels& labels) {
        auto family = families.find(name);
        if (family == families.end()) {
            check(is_name(name), "a metric's name has lower-case letters, digits and underscores");
            family = families.emplace(std::string{name}, Family{kind, std::string{help}, {}}).first;
        }
        check(family->second.kind == kind, "a metric's name stands for one kind");
        std::string text = text_of(labels);
        auto& series = family->second.series;
        if (const auto found = series.find(text); found != series.end()) return found->second;
        for (const auto& [label, value] : labels) {
            check(is_name(label) && !is_private(label), "no label names a tenant, a customer or an amount");
        }
        if (series.size() >= max_series) {
            Labels other = labels;
            for (auto& [label, value] : other) value = "other";
            text = text_of(other);
        }
        return series[text];
    }
};

Metrics::Metrics() : impl_{std::make_unique<Impl>()} {}
Metrics::~Metrics() = default;

Counter& Metrics::counter(std::string_view name, std::string_view help, const Labels& labels) {
    check(name.ends_with("_total"), "a counter's name ends in _total");
    const std::scoped_lock lock{impl_->mutex};
    auto& series = impl_->find(Kind::counter, name, help, labels);
    if (!series.counter) series.counter = std::make_unique<Counter>();
    return *series.counter;
}

Gauge& Metrics::gauge(std::string_view name, std::string_view help, const Labels& labels) {
    const std::scoped_lock lock{impl_->mutex};
    auto& series = impl_->find(Kind::gauge, name, help, labels);
    if (!series.gauge) series.gauge = std::make_unique<Gauge>();
    return *series.gauge;
}

Histogram& Metrics::histogram(std::string_view name, std::string_view help, Unit unit, const Labels& labels) {
    check(unit != Unit::seconds || name.ends_with("_seconds"),
          "a histogram of durations has a name that ends in _seconds");
    const std::scoped_lock lock{impl_->mutex};
    auto& series = impl_->find(Kind::histogram, name, help, labels);
    if (!series.histogram) series.histogram = std::make_unique<Histogram>(unit);
    check(series.histogram->unit() == unit, "a histogram's name stands for one unit");
    return *series.histogram;
}

std::string Metrics::render() const {
    const std::scoped_lock lock{impl_->mutex};
    std::string out;
    const auto write = std::back_inserter(out);
    for (const auto& [name, family] : impl_->families) {
        fmt::format_to(write, "# HELP {} {}\n# TYPE {} {}\n", name, escaped(family.help), name, word_of(family.kind));
        for (const auto& [labels, series] : family.series) {
            const std::string braces = labels.empty() ? "" : "{" + labels + "}";
            if (series.counter) fmt::format_to(write, "{}{} {}\n", name, braces, series.counter->value());
            if (series.gauge) fmt::format_to(write, "{}{} {}\n", name, braces, series.gauge->value());
            if (series.histogram) render_histogram(out, name, labels, *series.histogram);
        }
    }
    return out;
}

Metrics& metrics() {
    static Metrics all;
    return all;
}

}  // namespace florin::telemetry
