#pragma once

#include <memory>
#include <string>

#include "florin/notifications/transport.hpp"
#include "florin/smtp/smtp.hpp"

namespace florin::smtp {

/// A mail as the server gets it.
struct Envelope {
    std::string from, to;
    std::string message;
};

/// A connection to the mail server, made when it is needed and kept for half a minute. One thread at a time; waits.
class Session {
public:
    virtual ~Session() = default;
    virtual notifications::Delivery send(const Envelope& envelope) = 0;
};

/// `settings` outlives it.
std::unique_ptr<Session> open_session(const Settings& settings);

/// What it means that the conversation ended so. `line` is what the server has said last; `is_whole`: all of the mail,
/// and the point that ends it, was handed over for sending.
notifications::Delivery delivery_of(bool is_done, bool is_whole, std::string_view line, std::string_view trouble);

}  // namespace florin::smtp
