#pragma once

#include <cstdint>
#include <deque>
#include <string>
#include <string_view>

#include "florin/base/instant.hpp"

namespace florin::sandbox {

/// One call as the inbox shows it. It has no bodies: what is not kept cannot leak a card number.
struct LoggedCall {
    std::int64_t number = 0;
    Instant at;
    std::string provider;
    std::string method;
    std::string transaction_type;
    std::string path;
    std::string reference;
    int status = 0;
    std::string traceparent;
    std::string outcome;  ///< Provider's own words: `1`, `2 (44)`, `Accepted`, `dropped` …
};

/// The latest calls; older ones make room.
class CallLog {
public:
    void add(LoggedCall call) {
        call.number = ++last_;
        calls_.push_back(std::move(call));
        if (calls_.size() > 500) calls_.pop_front();
    }
    const std::deque<LoggedCall>& calls() const { return calls_; }

private:
    std::deque<LoggedCall> calls_;
    std::int64_t last_ = 0;
};

}  // namespace florin::sandbox
