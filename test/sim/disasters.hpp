#pragma once

#include <string>
#include <vector>

#include "world.hpp"

namespace florin::sim {

/// Everything that goes wrong at random, from one moment to another. Each seed has disasters of its own.
class Disasters {
public:
    explicit Disasters(Installation& at) : at_{at} {}

    /// Bad weather, providers that do what they should not (but for `never`, kinds of fault), a database that fails or
    /// keeps silent, and processes that die.
    void begin(const std::vector<std::string>& never = {});
    /// From now on nothing goes wrong any more.
    void end();
    /// Nobody can connect to `host` for a while.
    void refuse(std::string_view host);

    bool happens(std::uint64_t of_thousand) { return at_.random.below(1000) < of_thousand; }
    /// 0 most of the time.
    int rate(std::uint64_t most) { return happens(400) ? static_cast<int>(at_.random.below(most + 1)) : 0; }
    Millis soon(std::uint64_t most_ms) { return Millis{static_cast<std::int64_t>(at_.random.below(most_ms))}; }

private:
    void script(const std::vector<std::string>& never);

    Installation& at_;
    bool has_ended_ = false;
};

}  // namespace florin::sim
