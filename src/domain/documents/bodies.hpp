#pragma once

#include <optional>
#include <string>
#include <vector>

#include "florin/documents/documents.hpp"
#include "florin/http/listing.hpp"
#include "florin/json/describe.hpp"

/// The bodies of the document routes, in and out.
namespace florin::documents {

struct AcceptanceBody {
    std::string name;
    std::optional<std::string> ip_address, user_agent;
};

struct LineView {
    std::string description;
    std::int64_t quantity = 1;
    json::Decimal amount;
};
struct ScheduleRowView {
    std::int64_t number = 1;
    std::optional<std::string> description;
    std::string due_date;
    json::Decimal amount;
};
struct AcceptanceView {
    Instant accepted_at;
    std::string pdf_sha256;
    std::optional<std::string> name, ip_address, user_agent;
};

/// What a list shows.
struct DocumentView {
    DocumentId id;
    std::string kind, number, customer_id, issued_on, currency;
    json::Decimal total;
    std::optional<std::string> owner_kind;
    std::optional<Uuid> owner_id;
    std::optional<DocumentId> refers_to;
    Instant created_at;
};
using DocumentListView = http::Page<DocumentView>;

struct WholeDocumentView {
    DocumentId id;
    std::string kind, number, customer_id;
    std::optional<std::string> name;
    std::optional<std::vector<std::string>> address_lines;
    std::optional<std::string> payment;
    std::string issued_on, currency, locale;
    json::Decimal total;
    std::optional<std::string> subject;
    std::vector<LineView> lines;
    std::vector<ScheduleRowView> schedule;
    std::vector<std::string> paragraphs;
    std::optional<std::string> owner_kind;
    std::optional<Uuid> owner_id;
    std::optional<DocumentId> refers_to;
    std::optional<AcceptanceView> acceptance;
    std::string pdf_url;
    Instant pdf_url_expires_at, created_at;
};

DocumentView view_of(const Document& document);
AcceptanceView view_of(const Acceptance& acceptance);

}  // namespace florin::documents

namespace florin::json {

template <>
struct Described<documents::AcceptanceBody> {
    using B = documents::AcceptanceBody;
    static constexpr std::string_view name = "AcceptDocumentRequest";
    static constexpr auto fields = std::tuple{
        Field{.name = "name",
              .member = &B::name,
              .doc = "The name of who accepts, as they typed it.",
              .example = "\"Ada Lovelace\"",
              .min_length = 1,
              .max_length = 200},
        Field{.name = "ip_address",
              .member = &B::ip_address,
              .doc = "Where they did it from; left out: the address that this request comes from.",
              .example = "\"203.0.113.7\"",
              .min_length = 2,
              .max_length = 45},
        Field{.name = "user_agent",
              .member = &B::user_agent,
              .doc = "Their browser; left out: this request's own.",
              .min_length = 1,
              .max_length = 200},
    };
};

template <>
struct Described<documents::LineView> {
    using V = documents::LineView;
    static constexpr std::string_view name = "DocumentLine";
    static constexpr auto fields = std::tuple{
        Field{"description", &V::description, "What it is for.", "\"Instalment 3 of 12\""},
        Field{"quantity", &V::quantity, "How many.", "1"},
        Field{"amount", &V::amount, "Of all of them together; of a credit negative.", "100.00"},
    };
};

template <>
struct Described<documents::ScheduleRowView> {
    using V = documents::ScheduleRowView;
    static constexpr std::string_view name = "DocumentScheduleRow";
    static constexpr auto fields = std::tuple{
        Field{"number", &V::number, "Counted from 1.", "1"},
        Field{"description", &V::description, "Of a statement: what it was.", "\"Instalment 3 of 12\""},
        Field{"due_date", &V::due_date, "The merchant's day.", "\"2027-01-15\""},
        Field{"amount", &V::amount, "What is due then; of a statement what was paid, negative what was given back.",
              "100.00"},
    };
};

template <>
struct Described<documents::AcceptanceView> {
    using V = documents::AcceptanceView;
    static constexpr std::string_view name = "DocumentAcceptance";
    static constexpr std::string_view doc = "Who said yes to an agreement. Once the person is erased, when alone.";
    static constexpr auto fields = std::tuple{
        Field{"accepted_at", &V::accepted_at, "RFC 3339, UTC."},
        Field{"pdf_sha256", &V::pdf_sha256, "SHA-256 of the very PDF, in hexadecimal digits."},
        Field{"name", &V::name, "As they typed it.", "\"Ada Lovelace\""},
        Field{"ip_address", &V::ip_address, "Where they did it from.", "\"203.0.113.7\""},
        Field{"user_agent", &V::user_agent, "Their browser."},
    };
};

template <>
struct Described<documents::DocumentView> {
    using V = documents::DocumentView;
    static constexpr std::string_view name = "DocumentSummary";
    static constexpr auto fields = std::tuple{
        Field{"id", &V::id, "The document's id."},
        Field{"kind", &V::kind, "`invoice`, `receipt`, `credit_note`, `agreement` or `statement`.", "\"receipt\""},
        Field{"number", &V::number, "Of its series, without gaps.", "\"RCT-000017\""},
        Field{"customer_id", &V::customer_id, "Whom it is for.", "\"customer-7\""},
        Field{"issued_on", &V::issued_on, "The merchant's day.", "\"2026-11-20\""},
        Field{"currency", &V::currency, "ISO 4217.", "\"EUR\""},
        Field{"total", &V::total, "In major units.", "100.00"},
        Field{"owner_kind", &V::owner_kind, "What it belongs to.", "\"payment_terms\""},
        Field{"owner_id", &V::owner_id, "Which of those."},
        Field{"refers_to", &V::refers_to, "The document that a credit note is for."},
        Field{"created_at", &V::created_at, "RFC 3339, UTC."},
    };
};

template <>
struct Described<documents::WholeDocumentView> {
    using V = documents::WholeDocumentView;
    static constexpr std::string_view name = "Document";
    static constexpr auto fields = std::tuple{
        Field{"id", &V::id, "The document's id."},
        Field{"kind", &V::kind, "`invoice`, `receipt`, `credit_note`, `agreement` or `statement`.", "\"receipt\""},
        Field{"number", &V::number, "Of its series, without gaps.", "\"RCT-000017\""},
        Field{"customer_id", &V::customer_id, "Whom it is for.", "\"customer-7\""},
        Field{"name", &V::name, "Their name when it was issued; left out once they are erased.", "\"Ada Lovelace\""},
        Field{"address_lines", &V::address_lines, "Their address when it was issued."},
        Field{"payment", &V::payment, "By what means was paid.", "\"Visa ending in 1111\""},
        Field{"issued_on", &V::issued_on, "The merchant's day.", "\"2026-11-20\""},
        Field{"currency", &V::currency, "ISO 4217.", "\"EUR\""},
        Field{"locale", &V::locale, "In whose words and formats its PDF is.", "\"en\""},
        Field{"total", &V::total, "In major units.", "100.00"},
        Field{"subject", &V::subject, "What it is about.", "\"Instalment 3 of 12\""},
        Field{"lines", &V::lines, "What the total is made of."},
        Field{"schedule", &V::schedule, "Of an agreement: what is due when. Of a statement: what was paid."},
        Field{"paragraphs", &V::paragraphs, "What else it says."},
        Field{"owner_kind", &V::owner_kind, "What it belongs to.", "\"payment_terms\""},
        Field{"owner_id", &V::owner_id, "Which of those."},
        Field{"refers_to", &V::refers_to, "The document that a credit note is for."},
        Field{"acceptance", &V::acceptance, "Of an agreement that was accepted."},
        Field{"pdf_url", &V::pdf_url, "A link to the PDF for anybody who has it, without a key."},
        Field{"pdf_url_expires_at", &V::pdf_url_expires_at, "Until when the link is good."},
        Field{"created_at", &V::created_at, "RFC 3339, UTC."},
    };
};

}  // namespace florin::json

template <>
struct florin::http::ListOf<florin::documents::DocumentView> {
    static constexpr std::string_view name = "DocumentList", data = "Newest first.";
};
