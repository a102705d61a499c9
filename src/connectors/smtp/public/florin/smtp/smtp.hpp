#pragma once

#include <memory>
#include <string>

#include "florin/notifications/transport.hpp"
#include "florin/security/card.hpp"

namespace florin::smtp {

/// One mail server that takes mail for others (a submission server).
struct Settings {
    /// `smtp://host:587`: TLS by STARTTLS, before anything of importance is said. `smtps://host:465`: TLS from the
    /// start.
    std::string url;
    std::string username;  ///< Empty: no login.
    security::Hidden<255> password;
    std::string own_domain;      ///< What it is told that we are.
    std::string authority_file;  ///< PEM of whom to trust instead of the system's store.
    bool is_plain = false;       ///< Without TLS: a server on this machine.
    Millis connect_timeout{30'000};
    Millis timeout{120'000};  ///< For one mail.
    std::size_t threads = 2;  ///< Mails at the same time, each over a connection of its own.
};

/// Mail by SMTP. It has threads of its own, since the library that it uses waits; a caller's coroutine goes on on its
/// own scheduler. What the server has said after the whole mail counts; without that word the outcome is unknown, and
/// there is nobody to ask.
///
/// Source: RFC 5321, 3207, 4954; providers' notes on e-mail, section 1.
std::unique_ptr<notifications::Transport> make_smtp(Settings settings);

}  // namespace florin::smtp
