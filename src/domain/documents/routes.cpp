#include "florin/documents/routes.hpp"

#include "bodies.hpp"
#include "documents_impl.hpp"
#include "florin/http/listing.hpp"

namespace florin::documents {
namespace {

using http::Exchange;
using http::Response;

/// How long the link of an answer is good.
constexpr Millis link_life{24 * 3'600'000LL};

Response refusal(const Error& error, const Exchange& exchange) { return http::problem(error, exchange.correlation_id); }

Result<DocumentFilter> filter_of(const http::Request& request) {
    DocumentFilter filter;
    for (const auto& [name, value] : request.parameters()) {
        if (name == "kind") {
            filter.kind = parse_kind(value);
            if (!filter.kind) return http::invalid_parameter(name, "There is no such kind.");
        } else if (name == "customer_id") {
            filter.customer_id = value;
        } else if (name == "owner_id") {
            filter.owner = parse_uuid(value);
            if (!filter.owner) return http::invalid_parameter(name, "That is not an id.");
        } else if (name == "issued_from" || name == "issued_before") {
            const auto date = calendar::parse_date(value);
            if (!date) return http::invalid_parameter(name, date.error().message);
            (name == "issued_from" ? filter.issued_from : filter.issued_before) = *date;
        } else if (auto taken = http::take_page(filter, name, value); !taken) {
            return fail(std::move(taken.error()));
        }
    }
    return filter;
}

Task<Response> list_documents(const RouteSettings& settings, Exchange& exchange) {
    auto filter = filter_of(exchange.request);
    if (!filter) co_return refusal(filter.error(), exchange);
    const std::size_t limit = http::read_one_more(*filter);
    auto read = [&](Reader& reader) -> Result<std::vector<Document>> {
        return settings.documents.list(reader, exchange.principal.merchant, *filter);
    };
    auto found = co_await settings.documents.inside().on.store.read(read);
    if (!found) co_return refusal(found.error(), exchange);
    co_return http::reply(200, http::page_of<DocumentListView>(*found, limit));
}

WholeDocumentView view_of(const RouteSettings& settings, const Documents::Impl::Whole& whole) {
    const Documents::Impl& inside = settings.documents.inside();
    const Document& document = whole.row.document;
    DocumentView summary = view_of(document);
    const Instant expires_at = inside.on.world.clock.now() + link_life;
    WholeDocumentView view{.id = summary.id,
                           .kind = std::move(summary.kind),
                           .number = std::move(summary.number),
                           .customer_id = std::move(summary.customer_id),
                           .name = std::nullopt,
                           .address_lines = std::nullopt,
                           .payment = std::nullopt,
                           .issued_on = std::move(summary.issued_on),
                           .currency = std::move(summary.currency),
                           .locale = whole.row.locale,
                           .total = std::move(summary.total),
                           .subject = std::nullopt,
                           .lines = {},
                           .schedule = {},
                           .paragraphs = whole.content.paragraphs,
                           .owner_kind = std::move(summary.owner_kind),
                           .owner_id = summary.owner_id,
                           .refers_to = summary.refers_to,
                           .acceptance = std::nullopt,
                           .pdf_url = settings.documents.link(document.merchant, document.id, expires_at),
                           .pdf_url_expires_at = {expires_at.ms / 1000 * 1000},
                           .created_at = summary.created_at};
    if (!whole.content.subject.empty()) view.subject = whole.content.subject;
    if (whole.personal) {
        if (!whole.personal->name.empty()) view.name = whole.personal->name;
        if (!whole.personal->address_lines.empty()) view.address_lines = whole.personal->address_lines;
        if (!whole.personal->payment_words.empty()) view.payment = whole.personal->payment_words;
    }
    for (const Line& line : whole.content.lines)
        view.lines.push_back({line.description, line.quantity, {to_major_text(line.amount)}});
    for (const ScheduleRow& row : whole.content.schedule)
        view.schedule.push_back({row.number,
                                 row.description.empty() ? std::nullopt : std::optional{row.description},
                                 calendar::to_text(row.due_date),
                                 {to_major_text(row.amount)}});
    if (whole.acceptance) view.acceptance = view_of(*whole.acceptance);
    return view;
}

Task<Response> get_document(const RouteSettings& settings, Exchange& exchange) {
    const auto id = DocumentId::parse(exchange.path_value("id"));
    if (!id) co_return refusal(not_found().error(), exchange);
    const Documents::Impl& inside = settings.documents.inside();
    auto read = [&](Reader& reader) { return inside.read(reader, exchange.principal.merchant, *id); };
    const auto whole = co_await inside.on.store.read(read);
    if (!whole) co_return refusal(whole.error(), exchange);
    settings.note_read(exchange, "document", id->text());
    co_return http::reply(200, view_of(settings, *whole));
}

/// The PDF itself. Nothing in it is run, so what shows it may bring its own style along.
Task<Response> answer_pdf(const RouteSettings& settings, Exchange& exchange, MerchantId merchant, DocumentId id) {
    auto pdf = co_await settings.documents.pdf(merchant, id);
    if (!pdf) co_return refusal(pdf.error(), exchange);
    auto read = [&](Reader& reader) -> Result<std::string> {
        const auto found = settings.documents.find(reader, merchant, id);
        if (!found) return not_found();
        return found->file_name();
    };
    const auto name = co_await settings.documents.inside().on.store.read(read);
    if (!name) co_return refusal(name.error(), exchange);
    settings.note_read(exchange, "document", id.text());
    co_return Response{
        .status = 200,
        .body = std::move(*pdf),
        .content_type = "application/pdf",
        .headers = {{"Content-Disposition", "inline; filename=\"" + *name + "\""},
                    {"Cache-Control", "private, no-store"},
                    {"Content-Security-Policy",
                     "default-src 'none'; style-src 'unsafe-inline'; object-src 'self'; frame-ancestors 'none'"}},
        .correlation_id = exchange.correlation_id};
}

Task<Response> get_pdf(const RouteSettings& settings, Exchange& exchange) {
    const auto id = DocumentId::parse(exchange.path_value("id"));
    if (!id) co_return refusal(not_found().error(), exchange);
    co_return co_await answer_pdf(settings, exchange, exchange.principal.merchant, *id);
}

Task<Response> follow_link(const RouteSettings& settings, Exchange& exchange) {
    const std::string expires = exchange.request.parameter("expires").value_or("");
    const std::string signature = exchange.request.parameter("signature").value_or("");
    const auto target = settings.documents.inside().open_link(exchange.path_value("name"), expires, signature);
    if (!target) co_return refusal(target.error(), exchange);
    // For the audit, whoever has the link reads in the merchant's name.
    exchange.principal.merchant = target->merchant;
    exchange.principal.actor = "link";
    co_return co_await answer_pdf(settings, exchange, target->merchant, target->document);
}

Task<Response> accept_document(const RouteSettings& settings, Exchange& exchange) {
    const auto id = DocumentId::parse(exchange.path_value("id"));
    if (!id) co_return refusal(not_found().error(), exchange);
    auto body = http::read<AcceptanceBody>(exchange.request);
    if (!body) co_return refusal(body.error(), exchange);
    NewAcceptance wanted{.merchant = exchange.principal.merchant,
                         .document = *id,
                         .name = std::move(body->name),
                         .ip_address = std::move(body->ip_address).value_or(exchange.request.peer),
                         .user_agent = std::move(body->user_agent).value_or(exchange.user_agent),
                         .actor = exchange.principal.actor,
                         .correlation_id = exchange.correlation_id,
                         .traceparent = exchange.traceparent};
    const auto accepted = co_await settings.documents.accept(std::move(wanted));
    if (!accepted) co_return refusal(accepted.error(), exchange);
    co_return http::reply(200, view_of(*accepted));
}

constexpr http::ParameterDoc id_parameter{.name = "id",
                                          .in = "path",
                                          .doc = "The document's id.",
                                          .schema = R"({"type":"string","format":"uuid"})",
                                          .is_required = true};

}  // namespace

std::vector<http::Route> routes(RouteSettings settings) {
    const auto bound = [&settings](auto handler) {
        return [settings, handler](Exchange& exchange) { return handler(settings, exchange); };
    };
    return {
        {.method = "GET",
         .path = "/api/v1/documents",
         .operation_id = "listDocuments",
         .tag = "Documents",
         .summary = "List documents, newest first",
         .scope = "documents:read",
         .handler = bound(list_documents),
         .parameters =
             {{"kind", "query", "Only of this kind.",
               R"({"type":"string","enum":["invoice","receipt","credit_note","agreement","statement"]})"},
              {"customer_id", "query", "Only for the customer with this id of yours."},
              {"owner_id", "query", "Only of this plan or subscription.", R"({"type":"string","format":"uuid"})"},
              {"issued_from", "query", "Issued on this day or after.", R"({"type":"string","format":"date"})"},
              {"issued_before", "query", "Issued before this day.", R"({"type":"string","format":"date"})"},
              {"limit", "query", "How many at most.", R"({"type":"integer","minimum":1,"maximum":200,"default":50})"},
              {"cursor", "query", "`next_cursor` of the page before."}},
         .answers = {{200, "A page of documents.", "DocumentList"}}},
        {.method = "GET",
         .path = "/api/v1/documents/{id}",
         .operation_id = "getDocument",
         .tag = "Documents",
         .summary = "Read a document",
         .scope = "documents:read",
         .handler = bound(get_document),
         .parameters = {id_parameter},
         .answers = {{200, "The document, with a link to its PDF that is good for a day.", "Document"}}},
        {.method = "GET",
         .path = "/api/v1/documents/{id}/pdf",
         .operation_id = "getDocumentPdf",
         .tag = "Documents",
         .summary = "Read a document as PDF",
         .scope = "documents:read",
         .handler = bound(get_pdf),
         .parameters = {id_parameter},
         .answers = {{200, "The PDF (`application/pdf`): the same bytes each time."}}},
        {.method = "POST",
         .path = "/api/v1/documents/{id}/acceptance",
         .operation_id = "acceptDocument",
         .tag = "Documents",
         .summary = "Record that an agreement was accepted",
         .scope = "documents:write",
         .handler = bound(accept_document),
         .body_schema = "AcceptDocumentRequest",
         .parameters = {id_parameter},
         .answers = {{200, "Accepted, now or earlier under the same name.", "DocumentAcceptance"}}},
        {.method = "GET",
         .path = "/documents/{name}",
         .operation_id = "followDocumentLink",
         .tag = "Documents",
         .summary = "Read a document's PDF by a signed link",
         .scope = "",
         .handler = bound(follow_link),
         .parameters = {{"name", "path", "From the link.", R"({"type":"string"})", true},
                        {"expires", "query", "Until when the link is good, in seconds since 1970.",
                         R"({"type":"integer"})", true},
                        {"signature", "query", "What proves that the link is ours.", R"({"type":"string"})", true}},
         .answers = {{200, "The PDF (`application/pdf`)."}}},
    };
}

std::vector<json::Schema> schemas() {
    std::vector<json::Schema> all;
    json::append_schemas<AcceptanceBody>(all);
    json::append_schemas<AcceptanceView>(all);
    json::append_schemas<DocumentListView>(all);
    json::append_schemas<WholeDocumentView>(all);
    return all;
}

}  // namespace florin::documents
