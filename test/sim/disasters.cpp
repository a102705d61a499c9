#include "disasters.hpp"

#include <algorithm>

namespace florin::sim {

void Disasters::begin(const std::vector<std::string>& never) {
    Weather& weather = at_.network->weather;
    weather.not_connected = rate(60);
    weather.lost_before = rate(150);
    weather.lost_after = rate(200);
    weather.reset_then_late = rate(150);
    weather.garbled = rate(100);
    weather.latency = Millis{static_cast<std::int64_t>(2 + at_.random.below(400))};
    at_.lost_answers = rate(300);
    at_.down_time = Millis{static_cast<std::int64_t>(1 + at_.random.below(4'000))};
    script(never);
    // F79: what is left of a wrong clock when it has been compared with the database's.
    for (std::size_t i = 1; i < at_.processes(); ++i)
        if (happens(500)) at_.clock_of(i).ahead = soon(500) - Millis{250};
    const auto failing = static_cast<std::uint64_t>(rate(80)), silent = static_cast<std::uint64_t>(rate(80)),
               deadly = static_cast<std::uint64_t>(rate(25));
    for (std::size_t i = 0; i < at_.processes(); ++i) {
        at_.store_of(i).fail_commit = [this, failing](std::uint64_t) { return happens(failing); };
        at_.store_of(i).lose_commit_answer = [this, silent](std::uint64_t) { return happens(silent); };
    }
    at_.moments.dies_at = [this, deadly](std::uint64_t, std::string_view) { return happens(deadly); };
}

/// What the providers do wrong. A late request, its late execution and the lag of the lists together stay
/// below the ten seconds after which a connector says that not found means never happened.
void Disasters::script(const std::vector<std::string>& never) {
    struct Fault {
        std::string_view kind, more;
        std::uint64_t most;  ///< Of a thousand calls.
    };
    constexpr Fault faults[] = {{"lookup_lag", R"(,"ms":4500)", 900},
                                {"drop_after", "", 150},
                                {"error_after", R"(,"status":500)", 150},
                                {"error_before", R"(,"status":503)", 150},
                                {"late", R"(,"ms":2000)", 80},
                                {"garbage", "", 100},
                                {"decline", R"(,"code":2)", 150},
                                {"timeout", R"(,"ms":20000)", 40},
                                {"partial_approval", R"(,"amount":"1.07")", 60},
                                // F40 to F47: webhooks are copied, early, late, out of order, lost and forged.
                                {"duplicate", R"(,"copies":3,"ms":400)", 400},
                                {"delay", R"(,"ms":15000)", 400},
                                {"reorder", R"(,"of":"object")", 400},
                                {"lose", "", 700},
                                {"forge", "", 400},
                                {"corrupt_body", "", 300}};
    std::string rules;
    for (const Fault& fault : faults) {
        const int probability = rate(fault.most);
        if (probability == 0 || std::ranges::find(never, fault.kind) != never.end()) continue;
        std::string text = std::to_string(probability);
        text.insert(0, 3 - std::min<std::size_t>(text.size(), 3), '0');
        rules += (rules.empty() ? "" : ",") + std::string{R"({"action":{"kind":")"} + std::string{fault.kind} + "\"" +
                 std::string{fault.more} + R"(},"probability":0.)" + text + R"(,"seed":)" +
                 std::to_string(at_.random.below(1'000'000)) + "}";
    }
    const auto set = at_.sandbox->set_faults(R"({"rules":[)" + rules + "]}");
    check(set.has_value(), "the fault script is understood");
}

void Disasters::refuse(std::string_view host) {
    if (has_ended_) return;
    at_.network->refused_hosts.emplace(host);
    at_.outside.call_after(soon(30'000), [this, host] { at_.network->refused_hosts.erase(std::string{host}); });
}

void Disasters::end() {
    has_ended_ = true;
    at_.network->refused_hosts.clear();
    at_.network->weather = {};
    at_.shop_errors = 0;
    at_.lost_answers = 0;
    at_.sandbox->clear_faults();
    at_.settle_after(Millis{0});
    for (std::size_t i = 0; i < at_.processes(); ++i) {
        at_.store_of(i).fail_commit = {};
        at_.store_of(i).lose_commit_answer = {};
    }
    at_.moments.dies_at = {};
    at_.down_time = Millis{300};
}

}  // namespace florin::sim
