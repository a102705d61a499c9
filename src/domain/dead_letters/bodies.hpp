#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "florin/dead_letters/desk.hpp"
#include "florin/http/listing.hpp"
#include "florin/json/describe.hpp"

/// The bodies of the desk's routes, in and out.
namespace florin::dead_letters {

struct EditBody {
    json::Object payload;
    std::string reason;
    std::optional<std::int64_t> version;
};

struct RetryBody {
    std::optional<std::string> reason;
};

struct DiscardBody {
    std::string reason;
};

struct RetryManyBody {
    std::optional<std::vector<JobId>> ids;
    std::optional<bool> all;
    std::optional<std::string> kind, cause, reason;
};

struct DiscardManyBody {
    std::optional<std::vector<JobId>> ids;
    std::optional<bool> all;
    std::optional<std::string> kind, cause;
    std::string reason;
};

struct DecidedView {
    std::int64_t count = 0;
};

struct EditView {
    std::int64_t number = 0;
    json::Object payload_before;
    Instant edited_at;
    std::string edited_by, reason;
};

struct LetterView {
    JobId id;
    std::string kind;
    std::string_view status;
    std::string cause, last_error;
    std::int64_t attempts = 0, deaths = 0;
    std::string correlation_id;
    Instant created_at, died_at;
    std::optional<Instant> decided_at;
    std::optional<std::string> decided_by, reason;
    std::int64_t version = 0;
    std::optional<json::Object> payload;
    std::optional<std::vector<EditView>> edits;
};

using LetterListView = http::Page<LetterView>;

struct GroupView {
    std::string kind, cause;
    std::int64_t count = 0;
    Instant first_died_at, last_died_at;
};

struct GroupListView {
    std::vector<GroupView> data;
};

LetterView view_of(const DeadLetter& letter);
LetterView view_of(const Shown& shown);

}  // namespace florin::dead_letters

namespace florin::json {

template <>
struct Described<dead_letters::EditBody> {
    using B = dead_letters::EditBody;
    static constexpr std::string_view name = "EditDeadLetterRequest";
    static constexpr auto fields = std::tuple{
        Field{
            .name = "payload",
            .member = &B::payload,
            .doc = "The whole payload as it is to be. What was shown as `[redacted]` and is left so stays what it is.",
            .example = R"({"endpoint":"01a1fcd3-917b-7b1b-9415-338a6d11ee9d","event":"01a1fcd3-917b.2"})",
            .max_length = dead_letters::Desk::most_payload_bytes},
        Field{.name = "reason",
              .member = &B::reason,
              .doc = "Why, for the audit.",
              .example = "\"The endpoint was made anew\"",
              .min_length = 1,
              .max_length = 500},
        Field{.name = "version",
              .member = &B::version,
              .doc = "Refused when the letter has another by now.",
              .example = "1",
              .minimum = 1},
    };
};

template <>
struct Described<dead_letters::RetryBody> {
    using B = dead_letters::RetryBody;
    static constexpr std::string_view name = "RetryDeadLetterRequest";
    static constexpr auto fields = std::tuple{Field{.name = "reason",
                                                    .member = &B::reason,
                                                    .doc = "Why, for the audit.",
                                                    .example = "\"The shop's server is back\"",
                                                    .max_length = 500}};
};

template <>
struct Described<dead_letters::DiscardBody> {
    using B = dead_letters::DiscardBody;
    static constexpr std::string_view name = "DiscardDeadLetterRequest";
    static constexpr auto fields = std::tuple{Field{.name = "reason",
                                                    .member = &B::reason,
                                                    .doc = "Why nobody will do it, for the audit.",
                                                    .example = "\"The shop has read it from the API\"",
                                                    .min_length = 1,
                                                    .max_length = 500}};
};

template <>
struct Described<dead_letters::RetryManyBody> {
    using B = dead_letters::RetryManyBody;
    static constexpr std::string_view name = "RetryDeadLettersRequest";
    static constexpr std::string_view doc = "Name `ids`, or a `kind`, a `cause` or both, or say `all`.";
    static constexpr auto fields = std::tuple{
        Field{"ids", &B::ids, "These, 1,000 at most.", R"(["01a1fcd3-917b-7b1b-9415-338a6d11ee9d"])"},
        Field{"all", &B::all, "All that are open.", "true"},
        Field{"kind", &B::kind, "The open ones of this kind.", "\"webhooks.deliver\""},
        Field{.name = "cause",
              .member = &B::cause,
              .doc = "The open ones of this cause, as a group has it.",
              .example = "\"webhook_not_taken: It answered with the status #.\"",
              .max_length = 1'000},
        Field{.name = "reason",
              .member = &B::reason,
              .doc = "Why, for the audit.",
              .example = "\"The shop's server is back\"",
              .max_length = 500},
    };
};

template <>
struct Described<dead_letters::DiscardManyBody> {
    using B = dead_letters::DiscardManyBody;
    static constexpr std::string_view name = "DiscardDeadLettersRequest";
    static constexpr std::string_view doc = "Name `ids`, or a `kind`, a `cause` or both, or say `all`.";
    static constexpr auto fields = std::tuple{
        Field{"ids", &B::ids, "These, 1,000 at most.", R"(["01a1fcd3-917b-7b1b-9415-338a6d11ee9d"])"},
        Field{"all", &B::all, "All that are open.", "true"},
        Field{"kind", &B::kind, "The open ones of this kind.", "\"webhooks.deliver\""},
        Field{.name = "cause",
              .member = &B::cause,
              .doc = "The open ones of this cause, as a group has it.",
              .example = "\"webhook_not_taken: It answered with the status #.\"",
              .max_length = 1'000},
        Field{.name = "reason",
              .member = &B::reason,
              .doc = "Why nobody will do them, for the audit.",
              .example = "\"The shop has read them from the API\"",
              .min_length = 1,
              .max_length = 500},
    };
};

template <>
struct Described<dead_letters::DecidedView> {
    using V = dead_letters::DecidedView;
    static constexpr std::string_view name = "DecidedDeadLetters";
    static constexpr auto fields = std::tuple{Field{
        "count", &V::count, "How many this has changed; those that were decided before are not among them.", "42"}};
};

template <>
struct Described<dead_letters::EditView> {
    using V = dead_letters::EditView;
    static constexpr std::string_view name = "DeadLetterEdit";
    static constexpr auto fields = std::tuple{
        Field{"number", &V::number, "From 1.", "1"},
        Field{"payload_before", &V::payload_before, "What was there before, masked."},
        Field{"edited_at", &V::edited_at, "RFC 3339, UTC."},
        Field{"edited_by", &V::edited_by, "Who.", "\"key:01a1fcd3-917b-7b1b-9415-338a6d11ee9d\""},
        Field{"reason", &V::reason, "Why.", "\"The endpoint was made anew\""},
    };
};

template <>
struct Described<dead_letters::LetterView> {
    using V = dead_letters::LetterView;
    static constexpr std::string_view name = "DeadLetter";
    static constexpr auto fields = std::tuple{
        Field{"id", &V::id, "The job's id; it keeps it."},
        Field{"kind", &V::kind, "What was to be done.", "\"webhooks.deliver\""},
        Field{"status", &V::status, "`open`, `retried` or `discarded`.", "\"open\""},
        Field{"cause", &V::cause, "The error without numbers and ids.",
              "\"webhook_not_taken: It answered with the status #.\""},
        Field{"last_error", &V::last_error, "The error of the last attempt, masked.",
              "\"webhook_not_taken: It answered with the status 500.\""},
        Field{"attempts", &V::attempts, "How often it was tried.", "10"},
        Field{"deaths", &V::deaths, "How often it has come to lie here.", "1"},
        Field{"correlation_id", &V::correlation_id, "Of the request that it began with."},
        Field{"created_at", &V::created_at, "When the work came up: RFC 3339, UTC."},
        Field{"died_at", &V::died_at, "When it was given up, the last time."},
        Field{"decided_at", &V::decided_at, "Only once decided."},
        Field{"decided_by", &V::decided_by, "Only once decided: by whom."},
        Field{"reason", &V::reason, "Only once decided: why."},
        Field{"version", &V::version, "Counts changes.", "1"},
        Field{"payload", &V::payload,
              "Only when read by its id: what the job was given, secrets and personal data masked."},
        Field{"edits", &V::edits, "Only when read by its id: what people have changed."},
    };
};

template <>
struct Described<dead_letters::GroupView> {
    using V = dead_letters::GroupView;
    static constexpr std::string_view name = "DeadLetterGroup";
    static constexpr auto fields = std::tuple{
        Field{"kind", &V::kind, "What was to be done.", "\"webhooks.deliver\""},
        Field{"cause", &V::cause, "The error without numbers and ids.",
              "\"webhook_not_taken: It answered with the status #.\""},
        Field{"count", &V::count, "How many.", "1200"},
        Field{"first_died_at", &V::first_died_at, "When the first of them was given up."},
        Field{"last_died_at", &V::last_died_at, "When the last of them was."},
    };
};

template <>
struct Described<dead_letters::GroupListView> {
    using V = dead_letters::GroupListView;
    static constexpr std::string_view name = "DeadLetterGroupList";
    static constexpr auto fields = std::tuple{Field{"data", &V::data, "The largest first; 200 at most."}};
};

}  // namespace florin::json

template <>
struct florin::http::ListOf<florin::dead_letters::LetterView> {
    static constexpr std::string_view name = "DeadLetterList", data = "The latest death first.";
};
