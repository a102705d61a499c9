#include "florin/telemetry/log.hpp"

#include <fmt/format.h>
#include <unistd.h>

#include <array>
#include <atomic>
#include <iterator>
#include <memory>
#include <mutex>

#include "florin/telemetry/scrubber.hpp"
#include "json_line.hpp"
#include "line_writer.hpp"

namespace florin::telemetry {
namespace {

/// Longer values are cut: a log is for people and for counting, not for payloads.
constexpr std::size_t max_value_bytes = 2'048;

constexpr std::array<std::string_view, 4> level_names{"debug", "info", "warning", "error"};
std::size_t number_of(Level level) { return static_cast<std::size_t>(level); }

struct Log {
    std::atomic<Clock*> clock{&system_clock()};
    std::atomic<Level> level{Level::info};
    std::array<std::atomic<std::uint64_t>, 4> counts{};

    std::mutex mutex;
    std::shared_ptr<const std::function<void(std::string_view)>> sink;
    std::shared_ptr<LineWriter> writer;
    bool is_finished = false;
    std::atomic<std::uint64_t> lost_before = 0;

    static Log& get() {
        // Never destroyed: what runs at the very end may log too.
        static Log* const log = new Log;
        return *log;
    }

    void put(std::string_view line) {
        std::unique_lock lock{mutex};
        if (sink) {
            const auto taken = sink;
            lock.unlock();
            (*taken)(line);
        } else if (is_finished) {
            if (!write_line(STDERR_FILENO, line, 0)) ++lost_before;
        } else {
            if (!writer) writer = std::make_shared<LineWriter>(STDERR_FILENO);
            const auto taken = writer;
            lock.unlock();
            taken->write(line);
        }
    }
};

void append_value(std::string& line, const Field& field) {
    const FieldValue& value = field.value;
    if (value.kind() != FieldValue::Kind::null && is_secret_name(field.name)) {
        line.append("\"[hidden]\"");
        return;
    }
    switch (value.kind()) {
        case FieldValue::Kind::null:
            line.append("null");
            return;
        case FieldValue::Kind::boolean:
            line.append(value.integer() != 0 ? "true" : "false");
            return;
        case FieldValue::Kind::id:
            append_json_text(line, to_text(value.id()));
            return;
        case FieldValue::Kind::integer: {
            // A card number is no less one for being kept in an integer.
            const std::string text = fmt::format("{}", value.integer());
            const std::string clean = scrub(text);
            if (clean == text)
                line.append(text);
            else
                append_json_text(line, clean);
            return;
        }
        case FieldValue::Kind::text: {
            // Masked before it is cut, with room, so that no half of a card number stays at the end.
            std::string clean = scrub(value.text().substr(0, 2 * max_value_bytes));
            if (clean.size() > max_value_bytes) {
                clean.resize(max_value_bytes);
                fmt::format_to(std::back_inserter(clean), "… ({} bytes)", value.text().size());
            }
            append_json_text(line, clean);
            return;
        }
    }
}

}  // namespace

void log_event(Level level, std::string_view event, Fields fields) {
    Log& log = Log::get();
    log.counts[number_of(level)].fetch_add(1, std::memory_order_relaxed);
    if (level < log.level.load(std::memory_order_relaxed)) return;
    std::string line;
    line.reserve(256);
    line.append(R"({"at":")").append(to_text(log.clock.load()->now()));
    line.append(R"(","level":")").append(level_names[number_of(level)]);
    line.append(R"(","event":)");
    append_json_text(line, scrub(event));
    for (const Field& field : fields) {
        line.push_back(',');
        append_json_text(line, field.name);
        line.push_back(':');
        append_value(line, field);
    }
    line.push_back('}');
    log.put(line);
}

void configure_log(LogOptions options) {
    Log& log = Log::get();
    log.clock = &options.clock;
    log.level = options.level;
    const std::scoped_lock lock{log.mutex};
    log.sink =
        options.sink ? std::make_shared<const std::function<void(std::string_view)>>(std::move(options.sink)) : nullptr;
}

std::optional<Level> parse_level(std::string_view text) {
    for (std::size_t i = 0; i < level_names.size(); ++i) {
        if (level_names[i] == text) return static_cast<Level>(i);
    }
    return std::nullopt;
}

std::uint64_t lines_logged(Level level) { return Log::get().counts[number_of(level)].load(std::memory_order_relaxed); }

std::uint64_t lines_lost() {
    Log& log = Log::get();
    const std::scoped_lock lock{log.mutex};
    return log.lost_before + (log.writer ? log.writer->lost() : 0);
}

void finish_log() {
    Log& log = Log::get();
    std::shared_ptr<LineWriter> last;
    {
        const std::scoped_lock lock{log.mutex};
        log.is_finished = true;
        last = std::move(log.writer);
    }
    if (last) log.lost_before += last->lost();
}

}  // namespace florin::telemetry
