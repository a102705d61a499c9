#include "florin/billing/routes.hpp"

#include "billing_impl.hpp"
#include "florin/http/listing.hpp"
#include "route_bodies.hpp"

namespace florin::billing {
namespace {

using http::Exchange;
using http::Response;

std::unexpected<Error> no_charge() {
    return fail(ErrorKind::not_found, "charge_not_found", "There is no such charge.");
}

Asker asker_of(const Exchange& exchange) {
    return {.merchant = exchange.principal.merchant,
            .actor = exchange.principal.actor,
            .ip_address = exchange.request.peer,
            .user_agent = exchange.user_agent,
            .correlation_id = exchange.correlation_id};
}

Result<rows::ChargeFilter> filter_of(const http::Request& request) {
    rows::ChargeFilter filter;
    for (const auto& [name, value] : request.parameters()) {
        if (name == "owner_kind") {
            filter.owner_kind = value;
        } else if (name == "owner_id") {
            filter.owner = parse_uuid(value);
            if (!filter.owner) return http::invalid_parameter(name, "That is not an id.");
        } else if (name == "status") {
            filter.status = parse_charge_status(value);
            if (!filter.status)
                return http::invalid_parameter(name,
                                               "Give pending, processing, retrying, succeeded, failed or canceled.");
        } else if (name == "customer_id") {
            filter.customer_id = value;
        } else if (name == "due_from" || name == "due_before") {
            const auto date = calendar::parse_date(value);
            if (!date) return http::invalid_parameter(name, date.error().message);
            (name == "due_from" ? filter.due_from : filter.due_before) = *date;
        } else if (auto taken = http::take_page(filter, name, value); !taken) {
            return fail(std::move(taken.error()));
        }
    }
    if (filter.owner && filter.owner_kind.empty())
        return http::invalid_parameter("owner_kind", "An owner is named by its kind and its id.");
    return filter;
}

Task<Response> list_charges(const RouteSettings& settings, Exchange& exchange) {
    auto filter = filter_of(exchange.request);
    if (!filter) co_return http::problem(filter.error(), exchange.correlation_id);
    const std::size_t limit = http::read_one_more(*filter);
    auto read = [&](Reader& reader) -> Result<std::vector<Charge>> {
        return rows::list_charges(reader, exchange.principal.merchant, *filter);
    };
    auto found = co_await settings.billing.inside().on.store.read(read);
    if (!found) co_return http::problem(found.error(), exchange.correlation_id);
    settings.note_read(exchange, "billing_charges", {});
    co_return http::reply(200, http::page_of<ChargeListView>(*found, limit));
}

AttemptView view_of(const rows::Attempt& attempt, Currency currency) {
    AttemptView view{.number = attempt.number,
                     .status = std::string{rows::to_text(attempt.status)},
                     .amount = {to_major_text(attempt.amount_minor, currency)},
                     .payment_id = attempt.payment,
                     .transaction_id = attempt.transaction,
                     .code = or_nothing(attempt.code),
                     .message = or_nothing(attempt.message),
                     .begun_at = attempt.begun_at,
                     .ended_at = attempt.ended_at};
    if (attempt.decline != payments::DeclineClass::none) view.decline_class = payments::to_text(attempt.decline);
    return view;
}

Task<Response> show_charge(const RouteSettings& settings, Exchange& exchange, ChargeId id) {
    struct Read {
        Charge charge;
        std::vector<Line> lines;
        std::vector<rows::Attempt> attempts;
    };
    auto read = [&](Reader& reader) -> Result<Read> {
        const MerchantId merchant = exchange.principal.merchant;
        auto charge = rows::find_charge(reader, merchant, id);
        if (!charge) return no_charge();
        auto lines = parse_lines(rows::lines_of(reader, merchant, id), charge->amount.currency());
        return Read{.charge = std::move(*charge),
                    .lines = std::move(lines),
                    .attempts = rows::attempts_of(reader, merchant, id)};
    };
    const auto found = co_await settings.billing.inside().on.store.read(read);
    if (!found) co_return http::problem(found.error(), exchange.correlation_id);
    ChargeDetailsView view{.charge = view_of(found->charge), .lines = {}, .attempts = {}};
    for (const Line& line : found->lines)
        view.lines.push_back({line.description, line.quantity, {to_major_text(line.amount)}});
    for (const rows::Attempt& attempt : found->attempts)
        view.attempts.push_back(view_of(attempt, found->charge.amount.currency()));
    settings.note_read(exchange, "billing_charge", id.text());
    co_return http::reply(200, view);
}

Task<Response> get_charge(const RouteSettings& settings, Exchange& exchange) {
    const auto id = ChargeId::parse(exchange.path_value("id"));
    if (!id) co_return http::problem(no_charge().error(), exchange.correlation_id);
    co_return co_await show_charge(settings, exchange, *id);
}

Task<Response> retry_charge(const RouteSettings& settings, Exchange& exchange) {
    const auto id = ChargeId::parse(exchange.path_value("id"));
    if (!id) co_return http::problem(no_charge().error(), exchange.correlation_id);
    auto retry = [&](Tx& tx) -> Result<Charge> {
        return settings.billing.decide(tx, exchange.principal.merchant, *id, Decision::retry, exchange.principal.actor);
    };
    const auto decided = co_await settings.billing.inside().on.store.write(retry);
    if (!decided) co_return http::problem(decided.error(), exchange.correlation_id);
    settings.billing.inside().on.wake();
    co_return co_await show_charge(settings, exchange, *id);
}

struct AskedForecast {
    ForecastWish wish;
    bool has_until = false;
};

Result<AskedForecast> forecast_wish_of(const http::Request& request) {
    AskedForecast asked{.wish = {.until = {}}};
    for (const auto& [name, value] : request.parameters()) {
        if (name == "until") {
            const auto date = calendar::parse_date(value);
            if (!date) return http::invalid_parameter(name, date.error().message);
            asked.wish.until = *date;
            asked.has_until = true;
        } else if (name == "cursor") {
            const auto place = ForecastPlace::parse(value);
            if (!place) return http::invalid_parameter(name, "That is not a cursor of this forecast.");
            asked.wish.after = *place;
        } else if (name == "limit") {
            const auto limit = http::parse_limit(value, most_foreseen);
            if (!limit) return fail(limit.error());
            asked.wish.limit = *limit;
        } else {
            return http::unknown_parameter(name);
        }
    }
    return asked;
}

Result<rows::AnnouncementFilter> announcement_filter_of(const http::Request& request) {
    rows::AnnouncementFilter filter;
    for (const auto& [name, value] : request.parameters()) {
        if (name == "customer_id") {
            filter.customer_id = value;
        } else if (auto taken = http::take_page(filter, name, value); !taken) {
            return fail(std::move(taken.error()));
        }
    }
    return filter;
}

Task<Response> list_announcements(const RouteSettings& settings, Exchange& exchange) {
    auto filter = announcement_filter_of(exchange.request);
    if (!filter) co_return http::problem(filter.error(), exchange.correlation_id);
    const std::size_t limit = http::read_one_more(*filter);
    const Billing::Impl& billing = settings.billing.inside();
    auto read = [&](Reader& reader) -> Result<AnnouncementListView> {
        const auto show = [&](const Announcement& announcement) {
            AnnouncementView view = view_of(announcement);
            view.is_open = billing.is_open(reader, announcement);
            return view;
        };
        const auto found = rows::list_announcements(reader, exchange.principal.merchant, *filter);
        return http::page_of<AnnouncementListView>(found, limit, show);
    };
    const auto view = co_await billing.on.store.read(read);
    if (!view) co_return http::problem(view.error(), exchange.correlation_id);
    settings.note_read(exchange, "billing_announcements", {});
    co_return http::reply(200, *view);
}

Task<Response> get_forecast(const RouteSettings& settings, Exchange& exchange) {
    const auto asked = forecast_wish_of(exchange.request);
    if (!asked) co_return http::problem(asked.error(), exchange.correlation_id);
    const Billing::Impl& billing = settings.billing.inside();
    auto read = [&](Reader& reader) -> Result<Forecast> {
        const MerchantId merchant = exchange.principal.merchant;
        ForecastWish wish = asked->wish;
        if (!asked->has_until) wish.until = calendar::plus_days(billing.on.merchants.today(reader, merchant), 30);
        return billing.foresee(reader, merchant, wish);
    };
    const auto found = co_await billing.on.store.read(read);
    if (!found) co_return http::problem(found.error(), exchange.correlation_id);
    settings.note_read(exchange, "forecast", {});
    ForecastView view{.from = calendar::to_text(found->from),
                      .until = calendar::to_text(found->until),
                      .data = {},
                      .totals = {},
                      .has_more = found->next.has_value(),
                      .next_cursor = std::nullopt};
    if (found->next) view.next_cursor = found->next->text();
    for (const Foreseen& item : found->items)
        view.data.push_back({.date = calendar::to_text(item.date),
                             .owner_kind = item.what.owner_kind,
                             .owner_id = item.what.owner,
                             .purpose = std::string{to_text(item.what.purpose)},
                             .number = item.what.number,
                             .is_refund = item.what.is_refund,
                             .customer_id = or_nothing(item.what.customer_id),
                             .description = or_nothing(item.what.description),
                             .amount = {to_major_text(item.what.amount)},
                             .currency = std::string{item.what.amount.code()},
                             .status = item.charge ? std::string{to_text(item.charge->status)} : "expected",
                             .charge_id = item.charge ? std::optional{item.charge->id} : std::nullopt});
    for (const Total& total : found->totals)
        view.totals.push_back({.currency = std::string{total.currency.code()},
                               .charges = {to_major_text(total.charges_minor, total.currency)},
                               .refunds = {to_major_text(total.refunds_minor, total.currency)}});
    co_return http::reply(200, view);
}

PolicyView view_of(const rows::PolicyRow& row) {
    PolicyView view{
        .name = row.policy.name, .is_preset = row.version == 0, .rules = rules_of(row.policy), .version = row.version};
    if (!view.is_preset) {
        view.created_at = row.created_at;
        view.updated_at = row.updated_at;
    }
    return view;
}

Task<Response> list_policies(const RouteSettings& settings, Exchange& exchange) {
    const auto all = co_await settings.billing.inside().list_policies(exchange.principal.merchant);
    if (!all) co_return http::problem(all.error(), exchange.correlation_id);
    PolicyListView view;
    for (const rows::PolicyRow& row : *all) view.data.push_back(view_of(row));
    co_return http::reply(200, view);
}

Task<Response> get_policy(const RouteSettings& settings, Exchange& exchange) {
    std::string name{exchange.path_value("name")};
    const auto row = co_await settings.billing.inside().find_policy(exchange.principal.merchant, std::move(name));
    if (!row) co_return http::problem(row.error(), exchange.correlation_id);
    co_return http::reply(200, view_of(*row));
}

Task<Response> put_policy(const RouteSettings& settings, Exchange& exchange) {
    std::string name{exchange.path_value("name")};
    Asker asker = asker_of(exchange);
    const auto row =
        co_await settings.billing.inside().put_policy(std::move(asker), std::move(name), exchange.request.body);
    if (!row) co_return http::problem(row.error(), exchange.correlation_id);
    co_return http::reply(200, view_of(*row));
}

Task<Response> remove_policy(const RouteSettings& settings, Exchange& exchange) {
    std::string name{exchange.path_value("name")};
    Asker asker = asker_of(exchange);
    const auto removed = co_await settings.billing.inside().remove_policy(std::move(asker), std::move(name));
    if (!removed) co_return http::problem(removed.error(), exchange.correlation_id);
    co_return Response{.status = 204, .body = {}};
}

constexpr http::ParameterDoc id_parameter{.name = "id",
                                          .in = "path",
                                          .doc = "The charge's id.",
                                          .schema = R"({"type":"string","format":"uuid"})",
                                          .is_required = true};
constexpr http::ParameterDoc name_parameter{.name = "name",
                                            .in = "path",
                                            .doc =
                                                "The policy's name: a–z, 0–9 and _. That of the name `default` is for "
                                                "charges that name none.",
                                            .schema = R"({"type":"string","pattern":"^[a-z0-9_]{1,64}$"})",
                                            .is_required = true};
constexpr std::string_view a_date = R"({"type":"string","format":"date"})";

}  // namespace

std::vector<http::Route> routes(RouteSettings settings) {
    const auto bound = [&settings](auto handler) {
        return [settings, handler](Exchange& exchange) { return handler(settings, exchange); };
    };
    return {
        {.method = "GET",
         .path = "/api/v1/billing/charges",
         .operation_id = "listBillingCharges",
         .tag = "Billing",
         .summary = "List what came due, newest first; narrowed by due days alone, the latest due first",
         .scope = "billing:read",
         .handler = bound(list_charges),
         .parameters = {{"owner_kind", "query", "Only of this kind of owner: `payment_terms`, `subscription`."},
                        {"owner_id", "query", "Only of this owner; with `owner_kind`.",
                         R"({"type":"string","format":"uuid"})"},
                        {"status", "query", "Only with this status."},
                        {"customer_id", "query", "Only of this customer."},
                        {"due_from", "query", "Due on this day or later.", a_date},
                        {"due_before", "query", "Due before this day.", a_date},
                        {"limit", "query", "How many at most.",
                         R"({"type":"integer","minimum":1,"maximum":200,"default":50})"},
                        {"cursor", "query", "`next_cursor` of the page before."}},
         .answers = {{200, "A page of charges.", "BillingChargeList"}}},
        {.method = "GET",
         .path = "/api/v1/billing/charges/{id}",
         .operation_id = "getBillingCharge",
         .tag = "Billing",
         .summary = "Read a charge with its attempts",
         .scope = "billing:read",
         .handler = bound(get_charge),
         .parameters = {id_parameter},
         .answers = {{200, "The charge.", "BillingChargeDetails"}}},
        {.method = "POST",
         .path = "/api/v1/billing/charges/{id}/retry",
         .operation_id = "retryBillingCharge",
         .tag = "Billing",
         .summary = "Try a charge again now that failed or waits for its next attempt",
         .scope = "billing:write",
         .handler = bound(retry_charge),
         .parameters = {id_parameter},
         .answers = {{200, "The charge, which will be tried at once.", "BillingChargeDetails"}}},
        {.method = "GET",
         .path = "/api/v1/forecast",
         .operation_id = "getForecast",
         .tag = "Billing",
         .summary = "Foresee what will be charged to whom and when",
         .scope = "billing:read",
         .handler = bound(get_forecast),
         .parameters = {{"until", "query", "The last day, at most three years ahead; left out: in thirty days.",
                         a_date},
                        {"limit", "query", "After how many the page ends, once those of one plan are whole.",
                         R"({"type":"integer","minimum":1,"maximum":5000,"default":1000})"},
                        {"cursor", "query", "`next_cursor` of the page before."}},
         .answers = {{200, "A page of the forecast.", "Forecast"}}},
        {.method = "GET",
         .path = "/api/v1/billing/announcements",
         .operation_id = "listBillingAnnouncements",
         .tag = "Billing",
         .summary = "List charges to come that cannot be made as things are, newest first",
         .scope = "billing:read",
         .handler = bound(list_announcements),
         .parameters = {{"customer_id", "query", "Only of this customer."},
                        {"limit", "query", "How many at most.",
                         R"({"type":"integer","minimum":1,"maximum":200,"default":50})"},
                        {"cursor", "query", "`next_cursor` of the page before."}},
         .answers = {{200, "A page of announcements.", "BillingAnnouncementList"}}},
        {.method = "GET",
         .path = "/api/v1/retry_policies",
         .operation_id = "listRetryPolicies",
         .tag = "Billing",
         .summary = "List retry policies",
         .scope = "billing:read",
         .handler = bound(list_policies),
         .answers = {{200, "Yours, and those that come with the program.", "RetryPolicyList"}}},
        {.method = "GET",
         .path = "/api/v1/retry_policies/{name}",
         .operation_id = "getRetryPolicy",
         .tag = "Billing",
         .summary = "Read a retry policy",
         .scope = "billing:read",
         .handler = bound(get_policy),
         .parameters = {name_parameter},
         .answers = {{200, "The policy.", "RetryPolicy"}}},
        {.method = "PUT",
         .path = "/api/v1/retry_policies/{name}",
         .operation_id = "putRetryPolicy",
         .tag = "Billing",
         .summary = "Make a retry policy, or change all of it",
         .scope = "billing:write",
         .handler = bound(put_policy),
         .body_schema = "RetryRules",
         .parameters = {name_parameter},
         .answers = {{200, "The policy, which counts from the next attempt that fails.", "RetryPolicy"}}},
        {.method = "DELETE",
         .path = "/api/v1/retry_policies/{name}",
         .operation_id = "removeRetryPolicy",
         .tag = "Billing",
         .summary = "Take a retry policy away",
         .scope = "billing:write",
         .handler = bound(remove_policy),
         .parameters = {name_parameter},
         .answers = {{204, "Charges that name it go by the default one."}}},
    };
}

std::vector<json::Schema> schemas() {
    std::vector<json::Schema> all;
    json::append_schemas<ChargeListView>(all);
    json::append_schemas<ChargeDetailsView>(all);
    json::append_schemas<ForecastView>(all);
    json::append_schemas<AnnouncementListView>(all);
    json::append_schemas<RulesBody>(all);
    json::append_schemas<PolicyListView>(all);
    return all;
}

}  // namespace florin::billing
