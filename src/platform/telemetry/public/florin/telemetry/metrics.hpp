#pragma once

#include <array>
#include <atomic>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace florin::telemetry {

/// Threads count on stripes of their own, so that they do not wait for each other's cache line.
constexpr std::size_t stripes = 4;
namespace detail {
std::size_t take_stripe();
inline std::size_t stripe() {
    thread_local const std::size_t mine = take_stripe();
    return mine;
}
}  // namespace detail

class Counter {
public:
    void add(std::uint64_t count = 1) { stripes_[detail::stripe()].count.fetch_add(count, std::memory_order_relaxed); }
    std::uint64_t value() const;

private:
    struct alignas(64) Stripe {
        std::atomic<std::uint64_t> count = 0;
    };
    std::array<Stripe, stripes> stripes_{};
};

class Gauge {
public:
    void set(std::int64_t value) { value_.store(value, std::memory_order_relaxed); }
    void add(std::int64_t change) { value_.fetch_add(change, std::memory_order_relaxed); }
    std::int64_t value() const { return value_.load(std::memory_order_relaxed); }

private:
    std::atomic<std::int64_t> value_ = 0;
};

/// What a histogram counts, which decides its buckets.
enum class Unit : std::uint8_t {
    seconds,  ///< Observed in nanoseconds, shown in seconds: 50 µs to 60 s in steps of about two.
    count,    ///< 1, 2, 4 … 65,536.
};

class Histogram {
public:
    explicit Histogram(Unit unit);
    /// Nanoseconds, or a count: see `Unit`.
    void observe(std::int64_t value);

    std::uint64_t count() const;
    std::int64_t sum() const;
    Unit unit() const { return unit_; }
    /// Upper bounds of all buckets but the last, which has none.
    const std::vector<std::int64_t>& bounds() const { return bounds_; }
    std::uint64_t in_bucket(std::size_t bucket) const;

private:
    static constexpr std::size_t max_buckets = 20;
    struct alignas(64) Stripe {
        std::array<std::atomic<std::uint64_t>, max_buckets> buckets{};
        std::atomic<std::int64_t> sum = 0;
    };
    Unit unit_;
    const std::vector<std::int64_t>& bounds_;
    std::array<Stripe, stripes> stripes_{};
};

/// Names and values, in the order in which they are shown.
using Labels = std::vector<std::pair<std::string, std::string>>;

/// The figures of this process. Asking for one twice gives the same; references stay good for ever, so
/// hot code asks once and keeps what it got. Any thread.
///
/// Anyone who reaches the port may read them, so no label may name a tenant, a customer or an amount
/// (F150): such a label stops the process, as does a name that is used for two kinds. A name has at most
/// 500 series; all further ones are counted together under the value `other`.
class Metrics {
public:
    Metrics();
    ~Metrics();
    Metrics(const Metrics&) = delete;

    /// `name` is Prometheus's: `florin_payments_total`, ending in `_total`.
    Counter& counter(std::string_view name, std::string_view help, const Labels& labels = {});
    Gauge& gauge(std::string_view name, std::string_view help, const Labels& labels = {});
    /// `name` ends in `_seconds` when the unit is seconds.
    Histogram& histogram(std::string_view name, std::string_view help, Unit unit, const Labels& labels = {});

    /// Prometheus text format 0.0.4, sorted by name: send it as `text/plain; version=0.0.4`.
    std::string render() const;

private:
    struct Impl;
    std::unique_ptr<Impl> impl_;
};

/// This process's.
Metrics& metrics();

}  // namespace florin::telemetry
