#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "florin/cases/cases.hpp"
#include "florin/http/listing.hpp"
#include "florin/json/describe.hpp"

/// The bodies of the desk's routes, in and out.
namespace florin::cases {

struct OpenBody {
    std::string cause, reason;
    std::optional<std::string> customer_id, message;
    std::optional<json::Decimal> amount;
    std::optional<std::string> currency, due_date;
};

struct AssignBody {
    std::optional<std::string> assignee;
};

struct NoteBody {
    std::string text;
};

struct ResolveBody {
    std::string resolution;
    std::optional<json::Decimal> amount;
    std::optional<std::string> note;
};

struct CrmView {
    std::string_view state;
    std::optional<std::string> id, error_code, error;
};

struct EntryView {
    std::int64_t number = 0;
    std::string kind, actor;
    std::optional<std::string> text;
    Instant created_at;
};

struct CaseView {
    CaseId id;
    std::string_view status;
    std::string reason, cause;
    std::optional<std::string> customer_id;
    std::string owner_kind;
    std::optional<Uuid> owner;
    std::optional<std::string> amount, currency, due_date;
    std::int64_t attempts = 0;
    std::optional<std::string> decline_class, message, assignee;
    std::optional<std::string_view> resolution;
    std::optional<std::string> resolved_amount, resolution_note, resolved_by;
    std::optional<Instant> resolved_at;
    std::optional<CrmView> crm;
    std::optional<std::string> correlation_id;
    std::int64_t version = 0;
    Instant created_at, updated_at;
    std::optional<std::vector<EntryView>> notes, history;
};

using CaseListView = http::Page<CaseView>;

/// Without notes and history.
CaseView view_of(const Case& one);
CaseView view_of(const Shown& shown);

}  // namespace florin::cases

namespace florin::json {

template <>
struct Described<cases::OpenBody> {
    using B = cases::OpenBody;
    static constexpr std::string_view name = "OpenCaseRequest";
    static constexpr auto fields = std::tuple{
        Field{.name = "cause",
              .member = &B::cause,
              .doc = "What it comes of, as you call it: there is one case of it, however often you ask.",
              .example = "\"claim-2026-17\"",
              .min_length = 1,
              .max_length = 200},
        Field{.name = "reason",
              .member = &B::reason,
              .doc = "Why a person is needed: a code of yours, in lower-case letters, digits and `_`.",
              .example = "\"address_unknown\"",
              .min_length = 1,
              .max_length = 64},
        Field{.name = "customer_id",
              .member = &B::customer_id,
              .doc = "Whom it is about, as payments name them.",
              .example = "\"customer-7\"",
              .min_length = 1,
              .max_length = 64},
        Field{.name = "message",
              .member = &B::message,
              .doc = "What there is to do. Nothing personal: it is not taken away with the customer.",
              .example = "\"The policy came back as undeliverable.\"",
              .max_length = 500},
        Field{.name = "amount", .member = &B::amount, .doc = "What is at stake.", .example = "\"12.50\""},
        Field{.name = "currency",
              .member = &B::currency,
              .doc = "ISO 4217; with an amount.",
              .example = "\"EUR\"",
              .min_length = 3,
              .max_length = 3},
        Field{.name = "due_date",
              .member = &B::due_date,
              .doc = "When it is, or was, due.",
              .example = "\"2026-11-21\"",
              .min_length = 10,
              .max_length = 10},
    };
};

template <>
struct Described<cases::AssignBody> {
    using B = cases::AssignBody;
    static constexpr std::string_view name = "AssignCaseRequest";
    static constexpr auto fields = std::tuple{
        Field{.name = "assignee",
              .member = &B::assignee,
              .doc = "Whose it is from now on, as you call them; left out: nobody's.",
              .example = "\"maria\"",
              .min_length = 1,
              .max_length = 100},
    };
};

template <>
struct Described<cases::NoteBody> {
    using B = cases::NoteBody;
    static constexpr std::string_view name = "NoteCaseRequest";
    static constexpr auto fields = std::tuple{
        Field{.name = "text",
              .member = &B::text,
              .doc = "What there is to know. It is shown to whoever reads the case, and taken away with the customer.",
              .example = "\"Called; will pay by transfer on Friday.\"",
              .min_length = 1,
              .max_length = 4'000},
    };
};

template <>
struct Described<cases::ResolveBody> {
    using B = cases::ResolveBody;
    static constexpr std::string_view name = "ResolveCaseRequest";
    static constexpr auto fields = std::tuple{
        Field{.name = "resolution",
              .member = &B::resolution,
              .doc = "`paid_elsewhere` (the money came another way), `waived` (nobody has to pay it any more), `retry` "
                     "(it is collected once more, today) or `canceled` (what it belongs to is canceled).",
              .example = "\"paid_elsewhere\"",
              .min_length = 1,
              .max_length = 32},
        Field{.name = "amount",
              .member = &B::amount,
              .doc = "Of `paid_elsewhere` alone: how much came, in the case's currency; at most the case's amount.",
              .example = "\"12.50\""},
        Field{.name = "note",
              .member = &B::note,
              .doc = "Why, for whoever asks later.",
              .example = "\"Transfer of 20 November\"",
              .max_length = 4'000},
    };
};

template <>
struct Described<cases::CrmView> {
    using V = cases::CrmView;
    static constexpr std::string_view name = "CaseInCrm";
    static constexpr auto fields = std::tuple{
        Field{
            "state", &V::state,
            "`waiting` (it is on its way, or tried again), `mirrored` (the CRM has it as it is) or `refused` (somebody "
            "has to act: its job is a dead letter).",
            "\"mirrored\""},
        Field{"id", &V::id, "What the CRM calls it.", "\"500000000000001AAA\""},
        Field{"error_code", &V::error_code, "Only while something is wrong.", "\"STRING_TOO_LONG\""},
        Field{"error", &V::error, "The same for people."},
    };
};

template <>
struct Described<cases::EntryView> {
    using V = cases::EntryView;
    static constexpr std::string_view name = "CaseEntry";
    static constexpr auto fields = std::tuple{
        Field{"number", &V::number, "The case's version from then on.", "2"},
        Field{"kind", &V::kind,
              "`opened`, `assigned`, `noted`, `resolved`, `reopened`, `mirrored` or `mirror_refused`.", "\"assigned\""},
        Field{"actor", &V::actor, "Who did it.", "\"key:0198c0de-0000-7000-8000-000000000001\""},
        Field{"text", &V::text, "The note, the assignee, the resolution, the CRM's id or its refusal.", "\"maria\""},
        Field{"created_at", &V::created_at, "RFC 3339, UTC."},
    };
};

template <>
struct Described<cases::CaseView> {
    using V = cases::CaseView;
    static constexpr std::string_view name = "Case";
    static constexpr auto fields = std::tuple{
        Field{"id", &V::id, "The case's id."},
        Field{"status", &V::status, "`open` or `resolved`.", "\"open\""},
        Field{"reason", &V::reason, "Why a person is needed.", "\"payment_failed\""},
        Field{"cause", &V::cause, "What it came of: there is one case of it.",
              "\"charge:0198c0de-0000-7000-8000-000000000002\""},
        Field{"customer_id", &V::customer_id, "Whom it is about, as payments name them.", "\"customer-7\""},
        Field{"owner_kind", &V::owner_kind,
              "What it belongs to: `payment_terms`, `subscription` …; `request`: to nothing of ours.",
              "\"payment_terms\""},
        Field{"owner", &V::owner, "The id of that."},
        Field{"amount", &V::amount, "What is at stake, in major units.", "\"12.50\""},
        Field{"currency", &V::currency, "ISO 4217.", "\"EUR\""},
        Field{"due_date", &V::due_date, "When it was due, as a day of the merchant's.", "\"2026-11-21\""},
        Field{"attempts", &V::attempts, "How often a machine has tried.", "2"},
        Field{"decline_class", &V::decline_class, "Of what kind the last refusal was.", "\"insufficient_funds\""},
        Field{"message", &V::message, "The same for people."},
        Field{"assignee", &V::assignee, "Whose it is; left out: nobody's.", "\"maria\""},
        Field{"resolution", &V::resolution, "Only once resolved.", "\"paid_elsewhere\""},
        Field{"resolved_amount", &V::resolved_amount, "What was paid elsewhere.", "\"12.50\""},
        Field{"resolution_note", &V::resolution_note, "Why."},
        Field{"resolved_by", &V::resolved_by, "Who decided.", "\"key:0198c0de-0000-7000-8000-000000000001\""},
        Field{"resolved_at", &V::resolved_at, "RFC 3339, UTC."},
        Field{"crm", &V::crm, "What the CRM knows of it; left out: there is none."},
        Field{"correlation_id", &V::correlation_id, "Of what it came of."},
        Field{"version", &V::version, "Counts what happened to it.", "1"},
        Field{"created_at", &V::created_at, "RFC 3339, UTC."},
        Field{"updated_at", &V::updated_at, "RFC 3339, UTC."},
        Field{"notes", &V::notes, "What people have written, the first first. Not in lists."},
        Field{"history", &V::history, "All else that happened to it, the first first. Not in lists."},
    };
};

}  // namespace florin::json

template <>
struct florin::http::ListOf<florin::cases::CaseView> {
    static constexpr std::string_view name = "CaseList", data = "Newest first.";
};
