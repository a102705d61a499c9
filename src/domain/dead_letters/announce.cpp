// Who is told of what comes to lie on the desk.

#include <map>

#include "florin/dead_letters/desk.hpp"
#include "florin/events/events.hpp"
#include "florin/json/value.hpp"
#include "florin/json/writer.hpp"
#include "florin/telemetry/log.hpp"
#include "masking.hpp"

namespace florin::dead_letters {
namespace {

constexpr int announced_at_once = 200;
constexpr Millis interval{1'000};
constexpr std::string_view subject_type = "dead_letter";

/// Whether the job was to deliver the news of a dead letter. To tell of its death would make the next one.
bool is_about_dead_letters(store::Reader& reader, const DeadLetter& letter) {
    const auto payload = json::parse(jobs::payload_of(reader, letter.merchant, letter.id));
    const json::Value* event_id = payload ? payload->find("event") : nullptr;
    if (event_id == nullptr || event_id->kind() != json::Kind::string) return false;
    const auto event = events::find(reader, letter.merchant, event_id->text());
    return event && event->subject_type == subject_type;
}

std::string data_of(const DeadLetter& letter) {
    std::string data;
    json::Writer{data}
        .open('{')
        .key("dead_letter")
        .open('{')
        .field("id", letter.id)
        .field("kind", letter.kind)
        .field("cause", letter.cause)
        .field("last_error", masked_text(letter.last_error))
        .field("attempts", letter.attempts)
        .field("deaths", letter.deaths)
        .field("correlation_id", letter.correlation_id)
        .field("created_at", letter.created_at)
        .field("died_at", letter.died_at)
        .close('}')
        .close('}');
    return data;
}

}  // namespace

Task<std::size_t> Desk::announce() {
    auto read = [](store::Reader& reader) -> Result<std::vector<DeadLetter>> {
        return jobs::unannounced(reader, announced_at_once);
    };
    const auto news = co_await on_.store.read(read);
    if (!news || news->empty()) co_return 0;
    std::vector<DeadLetter> told;
    auto tell = [&](store::Tx& tx) -> Result<bool> {
        std::vector<DeadLetter> mine;
        for (const DeadLetter& letter : *news) {
            // Another process may be at it too.
            if (!jobs::mark_announced(tx, letter)) continue;
            mine.push_back(letter);
            if (is_about_dead_letters(tx, letter)) continue;
            const std::string id = letter.id.text(), data = data_of(letter);
            events::append(tx, {.merchant = letter.merchant,
                                .type = event_type,
                                .subject_type = subject_type,
                                .subject_id = id,
                                .correlation_id = letter.correlation_id,
                                .data = data});
        }
        told = std::move(mine);
        return true;
    };
    if (const auto written = co_await on_.store.write(tell); !written) co_return 0;
    // A thousand of one cause are one line.
    std::map<std::pair<std::string, std::string>, std::vector<const DeadLetter*>> groups;
    for (const DeadLetter& letter : told) groups[{letter.kind, letter.cause}].push_back(&letter);
    for (const auto& [group, letters] : groups)
        telemetry::error("dead_letters.landed", {{"kind", group.first},
                                                 {"cause", group.second},
                                                 {"count", letters.size()},
                                                 {"job_id", letters.front()->id},
                                                 {"correlation_id", letters.front()->correlation_id}});
    co_return told.size();
}

Task<void> Desk::run(Signal& stop) {
    while (!stop.is_set()) {
        co_await mail();
        if (co_await announce() == 0) co_await stop.wait_for(interval);
    }
}

}  // namespace florin::dead_letters
