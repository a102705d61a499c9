#pragma once

#include "florin/notifications/transport.hpp"

namespace florin::app {

/// Where there is no way out for mail, it waits.
class NoMail final : public notifications::Transport {
public:
    std::string_view name() const override { return "none"; }
    Task<notifications::Delivery> send(const notifications::Letter&) override {
        co_return notifications::Delivery{.outcome = notifications::Outcome::deferred,
                                          .code = "mail_not_configured",
                                          .reason = "No mail server is configured."};
    }
    Task<notifications::Trace> trace(const notifications::Letter&) override {
        co_return notifications::Trace::no_answer;
    }
    Millis trace_delay() const override { return Millis{1}; }
};

}  // namespace florin::app
