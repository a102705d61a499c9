#pragma once

#include <cstdint>
#include <functional>
#include <initializer_list>
#include <optional>
#include <string>
#include <string_view>
#include <type_traits>

#include "florin/base/id.hpp"
#include "florin/base/instant.hpp"
#include "florin/runtime/world.hpp"

namespace florin::telemetry {

/// `error` means that somebody has to act.
enum class Level : std::uint8_t { debug, info, warning, error };

/// The value of a field. Borrowed: it lives as long as the call that logs it.
class FieldValue {
public:
    enum class Kind : std::uint8_t { null, text, integer, boolean, id };

    FieldValue(std::nullptr_t) {}
    FieldValue(std::string_view text) : kind_{Kind::text}, text_{text} {}
    FieldValue(const std::string& text) : FieldValue{std::string_view{text}} {}
    FieldValue(const char* text) : FieldValue{std::string_view{text}} {}
    template <class T>
        requires(std::is_integral_v<T> && !std::is_same_v<T, bool>)
    FieldValue(T value) : kind_{Kind::integer}, integer_{static_cast<std::int64_t>(value)} {}
    FieldValue(bool value) : kind_{Kind::boolean}, integer_{value ? 1 : 0} {}
    FieldValue(MerchantId id) : FieldValue{id.value} {}
    FieldValue(Millis duration) : FieldValue{static_cast<std::int64_t>(duration.count())} {}
    FieldValue(const Uuid& id) : kind_{Kind::id}, id_{id} {}
    template <class Of>
    FieldValue(const Id<Of>& id) : FieldValue{id.value} {}

    Kind kind() const { return kind_; }
    std::string_view text() const { return text_; }
    std::int64_t integer() const { return integer_; }
    const Uuid& id() const { return id_; }

private:
    Kind kind_ = Kind::null;
    std::string_view text_;
    std::int64_t integer_ = 0;
    Uuid id_{};
};

struct Field {
    std::string_view name;
    FieldValue value;
};
using Fields = std::initializer_list<Field>;

/// One line of JSON: moment, level, event (`payment.recovered`: constant, dotted, past tense) and the
/// fields. Ids belong into fields, and the correlation id into the field `correlation_id`. Card
/// numbers, keys and verification values in texts are masked, as a second line of defence (F145);
/// nothing in a value can end the line or forge another (F144). Any thread; never waits for the reader.
///
///     log::info("payment.recovered", {{"correlation_id", id}, {"payment_id", payment.id}});
void log_event(Level level, std::string_view event, Fields fields);
inline void debug(std::string_view event, Fields fields = {}) { log_event(Level::debug, event, fields); }
inline void info(std::string_view event, Fields fields = {}) { log_event(Level::info, event, fields); }
inline void warning(std::string_view event, Fields fields = {}) { log_event(Level::warning, event, fields); }
inline void error(std::string_view event, Fields fields = {}) { log_event(Level::error, event, fields); }

struct LogOptions {
    /// Outlives all logging.
    Clock& clock = system_clock();
    Level level = Level::info;
    /// Gets each line instead of standard error, without its end, within the call that logs it.
    std::function<void(std::string_view line)> sink = {};
};
/// Before threads log, or between tests.
void configure_log(LogOptions options);
/// `debug`, `info`, `warning` or `error`.
std::optional<Level> parse_level(std::string_view text);

/// How many lines of that level were logged since the start: a simulation fails on an error.
std::uint64_t lines_logged(Level level);
/// Lines that nobody took in time.
std::uint64_t lines_lost();
/// Writes what still waits, for at most a moment, and from then on each line within its call. For
/// the end of `main`.
void finish_log();

}  // namespace florin::telemetry

namespace florin {
namespace log = telemetry;
}
