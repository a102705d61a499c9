#pragma once

#include <deque>
#include <string>
#include <string_view>
#include <vector>

#include "florin/http/client.hpp"
#include "florin/runtime/scheduler.hpp"

namespace florin::test {

/// A provider that answers what it was told to, in order, and remembers what it was asked.
class ScriptedClient : public http::Client {
public:
    Task<Result<http::Reply>> send(http::Call call) override {
        calls.push_back(std::move(call));
        co_await sleep_for(Millis{20});
        if (answers.empty()) co_return fail(ErrorKind::outcome_unknown, "no_answer", "Nothing more is scripted.");
        Result<http::Reply> answer = std::move(answers.front());
        answers.pop_front();
        co_return answer;
    }
    void says(std::string_view body, int status = 200) {
        http::Reply reply;
        reply.status = status;
        reply.body = body;
        answers.emplace_back(std::move(reply));
    }
    void fails(ErrorKind kind, std::string_view code) { answers.emplace_back(fail(kind, code, code)); }

    std::deque<Result<http::Reply>> answers;
    std::vector<http::Call> calls;
};

}  // namespace florin::test
