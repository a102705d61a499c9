#include "florin/merchants/routes.hpp"

#include "bodies.hpp"
#include "florin/security/encoding.hpp"

namespace florin::merchants {
namespace {

using http::Exchange;
using http::Response;

Response refusal(const Error& error, const Exchange& exchange) { return http::problem(error, exchange.correlation_id); }

std::optional<std::string> given(std::string text) {
    return text.empty() ? std::nullopt : std::optional{std::move(text)};
}

ProfileView view_of(const Profile& profile) {
    ProfileView view{.id = profile.merchant.value,
                     .name = profile.name,
                     .default_currency = profile.default_currency.code(),
                     .is_sandbox = profile.is_sandbox,
                     .time_zone = profile.zone.name(),
                     .billing_hour = profile.billing_hour,
                     .locale = profile.locale,
                     .legal_name = given(profile.legal_name),
                     .address_lines = std::nullopt,
                     .tax_line = given(profile.tax_line),
                     .support_email = given(profile.support_email),
                     .logo_png = given(security::to_base64(profile.logo_png)),
                     .payment_notice_days = profile.notice_days,
                     .version = profile.version};
    if (!profile.address_lines.empty()) view.address_lines = profile.address_lines;
    return view;
}

Task<Response> get_merchant(const RouteSettings& settings, Exchange& exchange) {
    const auto found = co_await settings.merchants.find(exchange.principal.merchant);
    if (!found) co_return refusal(found.error(), exchange);
    co_return http::reply(200, view_of(*found));
}

Task<Response> put_merchant(const RouteSettings& settings, Exchange& exchange) {
    auto body = http::read<ProfileBody>(exchange.request);
    if (!body) co_return refusal(body.error(), exchange);
    ProfileWish wish{.time_zone = std::move(body->time_zone),
                     .billing_hour = body->billing_hour,
                     .locale = std::move(body->locale),
                     .legal_name = std::move(body->legal_name).value_or(""),
                     .address_lines = std::move(body->address_lines).value_or(std::vector<std::string>{}),
                     .tax_line = std::move(body->tax_line).value_or(""),
                     .support_email = std::move(body->support_email).value_or(""),
                     .logo_png = {},
                     .notice_days = body->payment_notice_days.value_or(usual_notice_days),
                     .version = body->version};
    if (body->logo_png) {
        const auto octets = security::from_base64(*body->logo_png);
        if (!octets)
            co_return refusal(fail(ErrorKind::invalid, "invalid_base64", "This is not base64.", "logo_png").error(),
                              exchange);
        wish.logo_png.assign(octets->begin(), octets->end());
    }
    Asker asker{.merchant = exchange.principal.merchant,
                .actor = exchange.principal.actor,
                .ip_address = exchange.request.peer,
                .user_agent = exchange.user_agent,
                .correlation_id = exchange.correlation_id};
    const auto changed = co_await settings.merchants.change(settings.audit, std::move(asker), std::move(wish));
    if (!changed) co_return refusal(changed.error(), exchange);
    co_return http::reply(200, view_of(*changed));
}

}  // namespace

std::vector<http::Route> routes(RouteSettings settings) {
    const auto bound = [&settings](auto handler) {
        return [settings, handler](Exchange& exchange) { return handler(settings, exchange); };
    };
    std::vector<http::Route> table{
        {.method = "GET",
         .path = "/api/v1/merchant",
         .operation_id = "getMerchant",
         .tag = "Merchant",
         .summary = "Read your own profile: time zone, billing hour, letterhead",
         .scope = "merchant:read",
         .handler = bound(get_merchant),
         .answers = {{200, "The calling merchant.", "Merchant"}}},
        {.method = "PUT",
         .path = "/api/v1/merchant",
         .operation_id = "putMerchant",
         .tag = "Merchant",
         .summary = "Set your own profile",
         .scope = "merchant:write",
         .handler = bound(put_merchant),
         .body_schema = "PutMerchantRequest",
         .answers = {{200, "The merchant as it is now. What falls due from now on does so by it.", "Merchant"}}},
    };
    return table;
}

std::vector<json::Schema> schemas() {
    std::vector<json::Schema> all;
    json::append_schemas<ProfileBody>(all);
    json::append_schemas<ProfileView>(all);
    return all;
}

}  // namespace florin::merchants
