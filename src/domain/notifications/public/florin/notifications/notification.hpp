#pragma once

#include <array>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "florin/base/id.hpp"
#include "florin/base/instant.hpp"

namespace florin::notifications {

using NotificationId = Id<struct NotificationTag>;

enum class State {
    queued,    ///< To be sent, now or after a refusal that was for the moment.
    sending,   ///< It is being sent, or was when its process died.
    unknown,   ///< It may have been sent: nobody has said so, and it is not sent again blindly.
    sent,      ///< The mail server has taken it.
    failed,    ///< It cannot be sent like this: a person has to act.
    canceled,  ///< Its recipient was erased before anybody knew that it was sent.
};
enum class Happening {
    intended,   ///< It is about to be given to the mail server.
    withheld,   ///< It was not given to it after all.
    accepted,   ///< The mail server has it, by its answer or by what it says when asked.
    deferred,   ///< The mail server did not want it now.
    refused,    ///< It will never want it, or there is nothing that could be sent.
    lost,       ///< There is no answer to what was sent.
    not_there,  ///< Asked, the mail server does not know of it, and would by now.
    erased,
};

struct Transition {
    State from;
    Happening by;
    State to;
};
/// Everything that can happen to a mail. What is not here is refused.
inline constexpr std::array transitions{
    Transition{State::queued, Happening::intended, State::sending},
    Transition{State::queued, Happening::refused, State::failed},
    Transition{State::queued, Happening::erased, State::canceled},
    // Whoever was thought lost has been answered after all.
    Transition{State::queued, Happening::accepted, State::sent},
    Transition{State::sending, Happening::withheld, State::queued},
    Transition{State::sending, Happening::accepted, State::sent},
    Transition{State::sending, Happening::deferred, State::queued},
    Transition{State::sending, Happening::refused, State::failed},
    Transition{State::sending, Happening::lost, State::unknown},
    Transition{State::sending, Happening::erased, State::canceled},
    Transition{State::unknown, Happening::accepted, State::sent},
    Transition{State::unknown, Happening::not_there, State::queued},
    // A person has seen that it did not arrive.
    Transition{State::unknown, Happening::intended, State::sending},
    Transition{State::unknown, Happening::erased, State::canceled},
    Transition{State::failed, Happening::intended, State::sending},
    Transition{State::failed, Happening::refused, State::failed},
    Transition{State::failed, Happening::erased, State::canceled},
};
constexpr std::optional<State> next(State from, Happening by) {
    for (const Transition& one : transitions)
        if (one.from == from && one.by == by) return one.to;
    return std::nullopt;
}
static_assert(!next(State::sent, Happening::intended), "what was sent is never sent again");
static_assert(!next(State::sending, Happening::intended), "what may be on its way is not sent beside it");
static_assert(!next(State::canceled, Happening::intended), "nobody is told who asked to be forgotten");

std::string_view to_text(State state);
std::optional<State> parse_state(std::string_view text);

/// Who is told. With a customer's id and no address, the address is the one that is known when the mail is made.
struct Recipient {
    std::string customer_id;  ///< Empty: told at the address alone.
    std::string email, name;
};

struct Attachment {
    std::string name;          ///< `INV-17.pdf`
    std::string content_type;  ///< `application/pdf`
    std::string content;
};

/// Somebody is to be told something. Borrowed for the length of a call.
struct NewNotification {
    MerchantId merchant;     ///< 0: the platform itself.
    std::string_view cause;  ///< What it is told because of: an event's id, say. 1 to 255 characters.
    std::string_view template_name;
    const Recipient& recipient;
    std::string_view data = "{}";    ///< A JSON object: what the template is filled with.
    std::string_view language = {};  ///< `de`, `de-AT`; empty: the recipient's own, as it is when the mail is made.
    std::span<const Attachment> attachments = {};
    std::string_view correlation_id = {};
    std::string_view traceparent = {};
};

/// A mail, with what may be told of it without opening what is sealed.
struct Notification {
    MerchantId merchant;
    NotificationId id;
    std::string cause, template_name, customer_id;
    std::string
        language;  ///< Asked for, or what it was made in; empty: it is still to be made, in the recipient's own.
    State state = State::queued;
    std::int64_t attempts = 0;
    std::string provider, provider_reference;
    std::string error_code, error;  ///< Why it is not sent (yet); empty: nothing is wrong.
    std::optional<Instant> due_at;  ///< By then something is to have happened.
    std::int64_t sweeps = 0;        ///< How often it was found waiting without a job.
    std::optional<Instant> unknown_since, sent_at, erased_at;
    std::string correlation_id, traceparent;
    std::int64_t version = 1;
    Instant created_at, updated_at;
};

/// What a mail says, ready to be sent.
struct Content {
    std::string to_email, to_name;
    std::string subject, text, html;  ///< Without `html`, plain text alone.
};

}  // namespace florin::notifications
