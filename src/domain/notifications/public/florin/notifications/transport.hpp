#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "florin/notifications/notification.hpp"
#include "florin/runtime/task.hpp"

namespace florin::notifications {

/// A mail as it goes out.
struct Letter {
    std::string id;          ///< The notification's.
    std::string message_id;  ///< `<id@domain>`: the same whenever the mail is sent.
    std::int64_t attempt = 1;
    Instant at;
    std::string from_email, from_name;
    Content content;
    std::vector<Attachment> attachments;
};

enum class Outcome {
    accepted,
    deferred,  ///< Not taken, and may be later. It certainly did not go out.
    refused,   ///< Not taken, and never will be like this.
    unknown,   ///< It may have gone out.
};
struct Delivery {
    Outcome outcome;
    std::string reference = {};  ///< The mail server's own name of it, if it gave one.
    std::string code = {};       ///< `recipient_refused`; empty when accepted.
    std::string reason = {};
};

enum class Trace {
    found,       ///< It went out.
    not_found,   ///< They do not know of it (yet).
    no_answer,   ///< Ask again.
    impossible,  ///< They cannot be asked.
};

/// The way out for mail. Transports translate and do not decide: they keep no state of mails and repeat nothing. An
/// answer that they do not recognise is `unknown`. They stay on the scheduler that they are called on.
class Transport {
public:
    virtual ~Transport() = default;
    virtual std::string_view name() const = 0;
    virtual Task<Delivery> send(const Letter& letter) = 0;
    /// What became of a mail whose answer was lost.
    virtual Task<Trace> trace(const Letter& letter) = 0;
    /// How long after sending they know of everything that went out.
    virtual Millis trace_delay() const = 0;
};

/// Whether mail can be sent there: one address in ASCII, without what could end a header or a command (F144).
bool is_address(std::string_view email);
/// Whether a header may have it: no line ends or other control characters (F144).
bool is_header_text(std::string_view text);

}  // namespace florin::notifications
