#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "florin/base/id.hpp"
#include "florin/base/instant.hpp"
#include "florin/base/money.hpp"
#include "florin/calendar/calendar.hpp"

namespace florin::cases {

using CaseId = Id<struct CaseTag>;

enum class Status { open, resolved };
std::string_view to_text(Status status);
std::optional<Status> parse_status(std::string_view text);

/// How a person ended it.
enum class Resolution {
    paid_elsewhere,  ///< The money came another way: `resolved_amount` of it.
    waived,          ///< Nobody has to pay it any more.
    retry,           ///< It is to be collected once more, today.
    canceled,        ///< What it belongs to was, or is to be, canceled.
};
std::string_view to_text(Resolution resolution);
std::optional<Resolution> parse_resolution(std::string_view text);

/// What the CRM has been told of a case.
struct MirrorState {
    std::int64_t wanted = 0;        ///< How many of its states are to be told; 0: there is no CRM.
    std::int64_t done = 0;          ///< How many have been.
    bool is_tried = false;          ///< The CRM may know of it, whether it has said so or not.
    bool is_refused = false;        ///< It will not take it like this: nothing more is tried by itself.
    std::string id;                 ///< Its id there; empty: not known (yet).
    std::string error_code, error;  ///< Of the last try; empty: nothing is wrong.
};

/// Something that a person has to finish, or has finished.
struct Case {
    MerchantId merchant;
    CaseId id;
    std::string cause, reason, customer_id, owner_kind;
    Uuid owner{};
    std::optional<Money> amount;
    std::optional<calendar::Date> due_date;
    std::int64_t attempts = 0;
    std::string decline_class, message, assignee;
    Status status = Status::open;
    std::optional<Resolution> resolution;
    std::optional<Money> resolved_amount;
    std::string resolution_note, resolved_by;
    std::optional<Instant> resolved_at;
    MirrorState mirror;
    std::string correlation_id;
    std::int64_t version = 1;
    Instant created_at, updated_at;
};

}  // namespace florin::cases
