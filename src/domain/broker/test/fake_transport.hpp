#pragma once

#include <deque>
#include <functional>
#include <string>
#include <vector>

#include "florin/broker/transport.hpp"

namespace florin::broker {

/// A broker in memory, which answers what the test lets it.
struct FakeTransport final : Transport {
    struct Sent {
        Message message;
        std::function<void(Fate)> settled;
    };
    bool is_up = true, is_silent = false;
    int renewals = 0;
    std::deque<Sent> under_way;
    std::vector<std::string> accepted;  ///< In the order of acceptance.
    std::function<Fate(const Message&)> judge = [](const Message&) { return Fate::accepted; };
    TransportSettings settings;

    bool is_open() const override { return is_up; }
    void send(Message message, std::function<void(Fate)> settled) override {
        under_way.push_back({std::move(message), std::move(settled)});
        if (!is_silent) answer();
    }
    void renew() override {
        ++renewals;
        for (Sent& each : std::exchange(under_way, {})) each.settled(Fate::not_taken);
    }
    void stop() override { is_up = false; }
    /// Answers what is under way, the newest first: the order of answers says nothing.
    void answer() {
        while (!under_way.empty()) {
            Sent sent = std::move(under_way.back());
            under_way.pop_back();
            const Fate fate = judge(sent.message);
            if (fate == Fate::accepted) accepted.push_back(sent.message.id);
            sent.settled(fate);
        }
    }
};

/// Hands the fake out and lets the test keep it.
struct BorrowedTransport final : Transport {
    explicit BorrowedTransport(FakeTransport& to) : fake{to} {}
    bool is_open() const override { return fake.is_open(); }
    void send(Message message, std::function<void(Fate)> settled) override {
        fake.send(std::move(message), std::move(settled));
    }
    void renew() override { fake.renew(); }
    void stop() override { fake.stop(); }
    FakeTransport& fake;
};

}  // namespace florin::broker
