#include <algorithm>

#include "florin/intake/intake.hpp"
#include "florin/json/describe.hpp"

namespace florin::intake {
namespace {

struct ReceiptView {
    std::string_view status;
};

}  // namespace
}  // namespace florin::intake

template <>
struct florin::json::Described<florin::intake::ReceiptView> {
    using V = florin::intake::ReceiptView;
    static constexpr std::string_view name = "WebhookReceipt";
    static constexpr auto fields = std::tuple{
        Field{"status", &V::status, "accepted, duplicate, or conflicting: another message has that event id.",
              "\"accepted\""},
    };
};

namespace florin::intake {

std::vector<http::Route> Intake::routes() {
    auto receive_from = [this](http::Exchange& exchange, std::string connector) -> Task<http::Response> {
        const auto receipt = co_await receive(connector, exchange.request, exchange.correlation_id);
        if (!receipt) co_return http::problem(receipt.error(), exchange.correlation_id);
        co_return http::reply(200, json::to_text(ReceiptView{to_text(*receipt)}));
    };
    auto receive_webhook = [receive_from](http::Exchange& exchange) {
        std::string connector{exchange.path_value("provider")};
        std::ranges::replace(connector, '-', '_');
        return receive_from(exchange, std::move(connector));
    };
    auto receive_wallet = [receive_from](http::Exchange& exchange) { return receive_from(exchange, "wallet"); };
    return {{.method = "POST",
             .path = "/api/v1/payments/webhook",
             .operation_id = "receiveWalletWebhook",
             .tag = "Webhooks",
             .summary = "For the e-wallet: tell that a payment was decided",
             .scope = {},
             .handler = std::move(receive_wallet),
             .answers = {{200, "Stored. It is processed afterwards.", "WebhookReceipt"},
                         {401, "The signature is not the provider's."}}},
            {.method = "POST",
             .path = "/api/v1/webhooks/{provider}",
             .operation_id = "receiveWebhook",
             .tag = "Webhooks",
             .summary = "For providers: tell that something has happened",
             .scope = {},
             .handler = std::move(receive_webhook),
             .parameters = {{"provider", "path", "The provider: authorize-net.", R"({"type":"string"})", true}},
             .answers = {{200, "Stored. It is processed afterwards.", "WebhookReceipt"},
                         {401, "The signature is not the provider's."}}}};
}

std::vector<json::Schema> Intake::schemas() {
    std::vector<json::Schema> all;
    json::append_schemas<ReceiptView>(all);
    return all;
}

}  // namespace florin::intake
