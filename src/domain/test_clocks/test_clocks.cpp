#include "florin/test_clocks/test_clocks.hpp"

#include "bodies.hpp"
#include "duration.hpp"
#include "florin/calendar/calendar.hpp"
#include "florin/json/writer.hpp"
#include "lease.hpp"

namespace florin::test_clocks {
namespace {

enum class Aim {
    taken,     ///< Ours to bring there.
    joined,    ///< Somebody else is at it, or was.
    answered,  ///< An earlier request with the same key has had its answer.
};

/// So that one request is bounded, however much is due day by day: two centuries.
constexpr Millis longest_advance = std::chrono::days{73'050};

std::unexpected<Error> not_found() {
    return fail(ErrorKind::not_found, "test_clock_not_found", "You have no such test clock.");
}

std::unexpected<Error> is_advancing(const TestClock& clock) {
    return fail(ErrorKind::conflict, "test_clock_advancing",
                "The clock is on its way to " + to_text(*clock.target) +
                    ". Ask for that moment again, or for none, to wait for it.",
                "to");
}

/// From 1970 to the end of the calendar.
Result<void> validate(Instant at, std::string_view field) {
    const calendar::Zone utc = calendar::Zone::utc();
    if (at.ms >= 0 && utc.at(utc.date_of(at)) + Millis{86'400'000} > at) return {};
    return fail(ErrorKind::invalid, "out_of_range", "Give a moment from 1970 to 9999.", field);
}

Result<TestClock> find_own(store::Reader& reader, MerchantId merchant, TestClockId id) {
    const auto clock = merchants::find_test_clock(reader, merchant);
    if (!clock || clock->id != id) return not_found();
    return *clock;
}

}  // namespace

void TestClocks::note(store::Tx& tx, const Asker& asker, const TestClock& clock, std::string_view action) const {
    std::string changes;
    json::Writer{changes}.open('{').field("now", clock.now).field("target", clock.target).close('}');
    const std::string id = clock.id.text();
    on_.audit.append(tx, {.merchant = asker.merchant,
                          .correlation_id = asker.correlation_id,
                          .action = action,
                          .entity_type = "test_clock",
                          .entity_id = id,
                          .actor = asker.actor,
                          .changes = changes,
                          .ip_address = asker.ip_address,
                          .user_agent = asker.user_agent});
}

Task<Result<TestClock>> TestClocks::create(Asker asker, std::optional<Instant> now) {
    if (now)
        if (auto valid = validate(*now, "now"); !valid) co_return fail(std::move(valid.error()));
    const auto id = on_.world.new_id<merchants::TestClockOf>();
    auto insert = [&](store::Tx& tx) -> Result<TestClock> {
        if (!on_.is_sandbox || !on_.merchants.profile(tx, asker.merchant).is_sandbox)
            return fail(ErrorKind::forbidden, "not_a_sandbox",
                        "Only a sandbox has test clocks: where real money moves, time is the world's.");
        if (now && on_.agenda.next_turn_at(tx, asker.merchant))
            return fail(ErrorKind::conflict, "merchant_has_plans",
                        "Something of yours is due by the world's time already. Leave `now` out: the clock then begins "
                        "at the present. Or take a merchant that has nothing yet.",
                        "now");
        const TestClock clock{.merchant = asker.merchant,
                              .id = id,
                              .now = now.value_or(tx.now()),
                              .target = std::nullopt,
                              .created_at = tx.now(),
                              .updated_at = tx.now()};
        if (!merchants::insert_test_clock(tx, clock))
            return fail(ErrorKind::conflict, "test_clock_exists",
                        "You have a test clock. Advance it, or delete it first.");
        note(tx, asker, clock, "test_clock.created");
        return clock;
    };
    co_return co_await on_.store.write(insert);
}

Task<Result<TestClock>> TestClocks::find(MerchantId merchant, TestClockId id) {
    auto read = [&](store::Reader& reader) { return find_own(reader, merchant, id); };
    co_return co_await on_.store.read(read);
}

Task<Result<std::vector<TestClock>>> TestClocks::list(MerchantId merchant) {
    auto read = [&](store::Reader& reader) -> Result<std::vector<TestClock>> {
        std::vector<TestClock> all;
        if (const auto clock = merchants::find_test_clock(reader, merchant)) all.push_back(*clock);
        return all;
    };
    co_return co_await on_.store.read(read);
}

Task<Result<void>> TestClocks::remove(Asker asker, TestClockId id) {
    auto take_away = [&](store::Tx& tx) -> Result<bool> {
        const auto clock = find_own(tx, asker.merchant, id);
        if (!clock) return fail(clock.error());
        if (clock->target) return is_advancing(*clock);
        if (clock->now > tx.now() && on_.agenda.next_turn_at(tx, asker.merchant))
            return fail(ErrorKind::conflict, "merchant_has_plans",
                        "Something of yours is due by this clock, and for it time would go back. Cancel it first, or "
                        "take another merchant.");
        if (!merchants::remove_test_clock(tx, *clock)) return not_found();
        note(tx, asker, *clock, "test_clock.deleted");
        return true;
    };
    const auto removed = co_await on_.store.write(take_away);
    if (!removed) co_return fail(removed.error());
    co_return Result<void>{};
}

Task<Result<Advanced>> TestClocks::advance(Asker asker, TestClockId id, Destination destination,
                                           idempotency::Guard guard) {
    if (destination.to && destination.by)
        co_return fail(ErrorKind::invalid, "ambiguous_destination", "Give `to` or `by`, not both.", "to");
    Duration duration;
    if (destination.by) {
        const auto parsed = parse_duration(*destination.by);
        if (!parsed) co_return fail(parsed.error());
        duration = *parsed;
    }
    if (destination.to)
        if (auto valid = validate(*destination.to, "to"); !valid) co_return fail(std::move(valid.error()));

    // Intent. From here on the clock arrives there, whoever dies.
    std::optional<idempotency::Answer> stored;
    auto aim = [&](store::Tx& tx) -> Result<Aim> {
        if (!idempotency::take(tx, asker.merchant, guard, id.value)) {
            const auto earlier = idempotency::earlier(tx, asker.merchant, guard);
            if (!earlier) return fail(earlier.error());
            stored = earlier->answer;
            return stored ? Aim::answered : Aim::joined;
        }
        const auto before = find_own(tx, asker.merchant, id);
        if (!before) return fail(before.error());
        if (before->target) {
            const bool is_same = destination.to ? destination.to == before->target : !destination.by;
            if (!is_same) return is_advancing(*before);
            return Aim::joined;
        }
        TestClock after = *before;
        after.target = destination.to.value_or(before->now);
        if (destination.by) {
            const calendar::Zone zone = on_.merchants.profile(tx, asker.merchant).zone;
            const auto moved = plus(before->now, duration, zone);
            if (!moved) return fail(moved.error());
            after.target = *moved;
        }
        if (*after.target < before->now)
            return fail(ErrorKind::invalid, "test_clock_backwards",
                        "A test clock never goes back; it shows " + to_text(before->now) + ".", "to");
        if (*after.target - before->now > longest_advance)
            return fail(ErrorKind::invalid, "advance_too_long",
                        "One advance covers 200 years at most; it shows " + to_text(before->now) + ".",
                        destination.by ? "by" : "to");
        after.driven_until = tx.now() + lease;
        if (!merchants::update_test_clock(tx, *before, after))
            return fail(ErrorKind::conflict, "test_clock_advancing", "Somebody else has just advanced the clock.",
                        "to");
        note(tx, asker, after, "test_clock.advanced");
        return Aim::taken;
    };
    const auto aimed = co_await on_.store.write(aim);
    if (!aimed) co_return fail(aimed.error());
    if (*aimed == Aim::answered) co_return Advanced{.clock = {}, .still_open = {}, .stored = std::move(stored)};
    auto advanced = co_await reach(asker, id, *aimed == Aim::joined);
    if (!advanced || guard.key.empty()) co_return advanced;
    co_return co_await keep(asker, guard, std::move(*advanced));
}

Task<Result<Advanced>> TestClocks::reach(const Asker& asker, TestClockId id, bool is_joined) {
    if (is_joined) {
        const auto is_ours = co_await join(asker.merchant, id);
        if (!is_ours) co_return fail(is_ours.error());
        if (!*is_ours) {
            auto clock = co_await find(asker.merchant, id);
            if (!clock) co_return fail(std::move(clock.error()));
            co_return Advanced{.clock = *clock, .still_open = {}};
        }
    }
    co_return co_await drive(asker.merchant, id);
}

/// The first to arrive keeps the answer for whoever asks with the same key.
Task<Result<Advanced>> TestClocks::keep(const Asker& asker, const idempotency::Guard& guard, Advanced advanced) {
    const idempotency::Answer answer{.status = 200, .body = json::to_text(view_of(advanced))};
    auto write = [&](store::Tx& tx) -> Result<std::optional<idempotency::Answer>> {
        auto earlier = idempotency::earlier(tx, asker.merchant, guard);
        if (!earlier) return fail(std::move(earlier.error()));
        if (!earlier->answer) idempotency::finish(tx, asker.merchant, guard.key, answer);
        return std::move(earlier->answer);
    };
    auto stored = co_await on_.store.write(write);
    if (!stored) co_return fail(std::move(stored.error()));
    advanced.stored = std::move(*stored);
    co_return advanced;
}

}  // namespace florin::test_clocks
