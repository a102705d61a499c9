#include "api.hpp"

#include <algorithm>

#include "florin/base/money.hpp"
#include "florin/security/encoding.hpp"
#include "florin/security/hash.hpp"
#include "form.hpp"
#include "packing.hpp"
#include "params.hpp"

namespace florin::sandbox::chargebee {
namespace {

constexpr std::string_view root = "/api/v2/";
constexpr std::string_view pages_root = "/pages/v3/";
constexpr std::int64_t key_lifetime_ms = 30LL * 60'000;
constexpr std::size_t longest_key = 100;

/// The user's name in `Basic …`, when the password is empty.
std::optional<std::string> key_in(std::string_view authorization) {
    if (!authorization.starts_with("Basic ")) return std::nullopt;
    const auto decoded = security::from_base64(authorization.substr(6));
    if (!decoded) return std::nullopt;
    const std::string text{decoded->begin(), decoded->end()};
    if (text.empty() || text.find(':') != text.size() - 1) return std::nullopt;
    return text.substr(0, text.size() - 1);
}

}  // namespace

struct Api::Route {
    std::string_view method;
    std::string_view path;  ///< Behind `/api/v2/`; `*` stands for an id.
    std::string_view type;  ///< What fault rules call it.
    Reply (Api::*run)(const Call& call);
};

const Api::Route Api::routes[] = {
    {"POST", "customers", "customer", &Api::create_customer},
    {"GET", "customers", "lookup", &Api::list_customers},
    {"GET", "customers/*", "lookup", &Api::show_customer},
    {"POST", "customers/*", "customer", &Api::update_customer},
    {"POST", "customers/*/delete", "customer", &Api::delete_customer},
    {"POST", "payment_sources/create_card", "payment_source", &Api::create_card},
    {"GET", "payment_sources", "lookup", &Api::list_sources},
    {"GET", "payment_sources/*", "lookup", &Api::show_source},
    {"POST", "payment_sources/*/delete", "payment_source", &Api::delete_source},
    {"POST", "invoices/create_for_charge_items_and_charges", "invoice", &Api::create_invoice},
    {"GET", "invoices", "lookup", &Api::list_invoices},
    {"GET", "invoices/*", "lookup", &Api::show_invoice},
    {"GET", "invoices/*/payments", "lookup", &Api::list_payments},
    {"POST", "invoices/*/collect_payment", "collect_payment", &Api::collect_payment},
    {"POST", "invoices/*/refund", "refund", &Api::refund_invoice},
    {"POST", "invoices/*/void", "void", &Api::void_invoice},
    {"POST", "invoices/*/stop_dunning", "stop_dunning", &Api::stop_dunning},
    {"GET", "transactions", "lookup", &Api::list_transactions},
    {"GET", "transactions/*", "lookup", &Api::show_transaction},
    {"GET", "credit_notes", "lookup", &Api::list_credit_notes},
    {"GET", "credit_notes/*", "lookup", &Api::show_credit_note},
    {"POST", "hosted_pages/checkout_one_time_for_items", "hosted_page", &Api::create_checkout},
    {"GET", "hosted_pages", "lookup", &Api::list_pages},
    {"GET", "hosted_pages/*", "lookup", &Api::show_page},
    {"POST", "hosted_pages/*/acknowledge", "acknowledge", &Api::acknowledge},
    {"GET", "events", "lookup", &Api::list_events},
    {"GET", "events/*", "lookup", &Api::show_event},
};

const Api::Route* Api::route_of(std::string_view method, std::string_view path, std::string& id) {
    if (!path.starts_with(root)) return nullptr;
    path.remove_prefix(root.size());
    for (const Route& route : routes) {
        if (route.method != method) continue;
        const std::size_t star = route.path.find('*');
        if (star == std::string_view::npos) {
            if (path != route.path) continue;
            id.clear();
            return &route;
        }
        const std::string_view before = route.path.substr(0, star), after = route.path.substr(star + 1);
        if (!path.starts_with(before) || !path.ends_with(after) || path.size() <= before.size() + after.size())
            continue;
        const std::string_view middle = path.substr(star, path.size() - before.size() - after.size());
        if (middle.find('/') != std::string_view::npos) continue;
        id = middle;
        return &route;
    }
    return nullptr;
}

bool Api::is_ours(std::string_view path) { return path.starts_with(root) || path.starts_with(pages_root); }

void Api::load() {
    const auto read = [&](RecordKind kind, auto& table) {
        using Object = std::remove_reference_t<decltype(table.all()[0])>;
        desk_.records.load(kind,
                           [&](std::string_view, std::string_view body) { table.add(Unpacker::unpack<Object>(body)); });
        table.sort();
    };
    read(RecordKind::chargebee_customer, customers_);
    read(RecordKind::chargebee_payment_source, sources_);
    read(RecordKind::chargebee_transaction, transactions_);
    read(RecordKind::chargebee_invoice, invoices_);
    read(RecordKind::chargebee_credit_note, notes_);
    read(RecordKind::chargebee_hosted_page, pages_);
    webhooks_.load();
    for (const Invoice& invoice : invoices_.all())
        if (invoice.next_retry_ms != 0) dunned_.push_back(invoice.id);
    desk_.records.load(RecordKind::chargebee_reply, [&](std::string_view key, std::string_view body) {
        auto kept = Unpacker::unpack<KeptReply>(body);
        reply_ages_.emplace_back(kept.created_ms, std::string{key});
        replies_.emplace(std::string{key}, std::move(kept));
    });
    std::ranges::sort(reply_ages_);
}

CallFacts Api::facts_of(const http::Request& request) {
    CallFacts facts;
    facts.provider = "chargebee";
    facts.method = request.method;
    facts.path = request.path;
    facts.reference = std::string{request.header("chargebee-idempotency-key").substr(0, 64)};
    std::string id;
    if (request.path.starts_with(pages_root)) {
        facts.transaction_type = request.method == "POST" && request.path.ends_with("/pay") ? "pay" : "page";
        facts.is_charge = facts.transaction_type == "pay";
    } else if (const Route* route = route_of(request.method, request.path, id)) {
        facts.transaction_type = route->type;
        facts.is_lookup = route->type == "lookup";
        facts.is_charge = route->type == "invoice" || route->type == "collect_payment";
    }
    return facts;
}

std::optional<Reply> Api::find_stranger(const http::Request& request) const {
    const auto key = key_in(request.header("authorization"));
    if (key && security::constant_time_equal(*key, api_key_)) return std::nullopt;
    return refuse({.code = "api_authentication_failed",
                   .message = "Sorry, authentication failed. Wrong API key.",
                   .param = {},
                   .status = 401});
}

void Api::forget_old_keys() {
    while (!reply_ages_.empty() && reply_ages_.front().first + key_lifetime_ms <= now_ms()) {
        replies_.erase(reply_ages_.front().second);
        desk_.records.put(RecordKind::chargebee_reply, reply_ages_.front().second, {});
        reply_ages_.pop_front();
    }
}

Answer Api::answer(const http::Request& request, const Orders& orders) {
    run_dunning();
    if (request.path.starts_with(pages_root)) return answer_browser(request, orders);
    Answer answer;
    const auto finish = [&](Reply reply) {
        answer.status = reply.status;
        answer.body = std::move(reply.body);
        return std::move(answer);
    };
    if (auto stranger = find_stranger(request)) return finish(std::move(*stranger));
    std::string id;
    const Route* route = route_of(request.method, request.path, id);
    if (route == nullptr)
        return finish(refuse(
            {.code = "resource_not_found", .message = "The sandbox has no such call.", .param = {}, .status = 404}));
    const bool is_post = request.method == "POST";
    const auto params = parse_form(is_post ? std::string_view{request.body} : std::string_view{request.query});
    if (!params) return finish(wrong(params.error().field, params.error().message));
    const std::string_view host = request.header("host");
    const Call call{.params = *params,
                    .orders = orders,
                    .id = std::move(id),
                    .key = std::string{request.header("chargebee-idempotency-key")},
                    .origin = (request.is_tls ? "https://" : "http://") +
                              std::string{host.empty() ? std::string_view{"sandbox.invalid"} : host}};
    if (!is_post || call.key.empty()) return finish((this->*route->run)(call));

    if (call.key.size() > longest_key)
        return finish(wrong("chargebee-idempotency-key", "The key has 100 characters at most."));
    forget_old_keys();
    const std::string fingerprint = desk_.fingerprint(request.path + "?" + json::to_canonical_text(*params));
    if (const auto known = replies_.find(call.key); known != replies_.end()) {
        const KeptReply& kept = known->second;
        if (kept.fingerprint != fingerprint)
            return finish(refuse({.code = "unable_to_process_request",
                                  .message = "The idempotency key was used with another request.",
                                  .param = {},
                                  .status = 422}));
        if (kept.busy_until_ms > now_ms()) {
            answer.headers.emplace_back("Retry-After", "1");
            return finish(refuse({.code = "lock_timeout",
                                  .message = "The resource is being used by another request.",
                                  .param = {},
                                  .status = 429,
                                  .type = "operation_failed"}));
        }
        answer.headers.emplace_back("chargebee-idempotency-replayed", "true");
        return finish({kept.body, static_cast<int>(kept.status)});
    }
    Reply reply = (this->*route->run)(call);
    if (reply.is_kept) {
        KeptReply kept{fingerprint, reply.body, reply.status, now_ms(), now_ms() + orders.busy.count()};
        if (desk_.records.is_kept()) desk_.records.put(RecordKind::chargebee_reply, call.key, Packer::pack(kept));
        reply_ages_.emplace_back(now_ms(), call.key);
        replies_.emplace(call.key, std::move(kept));
    }
    return finish(std::move(reply));
}

void Api::move(std::string_view type, std::int64_t amount, const std::string& currency, std::string reference,
               std::string provider_id, std::string parent_id) {
    Movement movement;
    movement.provider = "chargebee";
    movement.reference = std::move(reference);
    movement.type = type;
    movement.amount_minor = amount;
    movement.currency = currency;
    movement.provider_id = std::move(provider_id);
    movement.parent_id = std::move(parent_id);
    desk_.move(std::move(movement));
}

}  // namespace florin::sandbox::chargebee
