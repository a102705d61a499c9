#include "broker_commands.hpp"

#include "florin/json/describe.hpp"
#include "florin/security/card.hpp"
#include "florin/security/encoding.hpp"
#include "florin/security/hash.hpp"

namespace florin::app {

struct FollowUpData {
    std::string transaction_id;
    std::optional<json::Decimal> amount;
    std::optional<std::string> currency;
    json::Object metadata;
};

}  // namespace florin::app

template <>
struct florin::json::Described<florin::app::FollowUpData> {
    using B = florin::app::FollowUpData;
    static constexpr std::string_view name = "FollowUpCommand";
    static constexpr auto fields = std::tuple{
        Field{"transaction_id", &B::transaction_id, "The transaction that this refers to."},
        Field{"amount", &B::amount, "Major units; left out: all that is left."},
        Field{.name = "currency", .member = &B::currency, .doc = "The payment's.", .min_length = 3, .max_length = 3},
        Field{"metadata", &B::metadata, "Any object of yours, up to 8 KiB."},
    };
};

namespace florin::app {
namespace {

Task<Result<void>> follow_up(payments::Payments& payments, const idempotency::Secret& secret,
                             payments::TransactionType type, const broker::Command& command) {
    auto data = json::read<FollowUpData>(command.data);
    if (!data) co_return fail(std::move(data.error()));
    if (auto fit = security::refuse_card_number(data->metadata.text, "metadata"); !fit)
        co_return fail(std::move(fit.error()));
    const auto parent = payments::TransactionId::parse(data->transaction_id);
    if (!parent)
        co_return fail(ErrorKind::not_found, "transaction_not_found", "There is no such transaction.",
                       "transaction_id");
    // A message id may hold what no key may.
    const std::string key = "broker-" + security::to_hex(security::sha256(command.message_id));
    const std::string route{to_text(type)};
    const std::string canonical = json::to_canonical_text(command.data);
    payments::FollowUpCommand wanted{
        .merchant = command.merchant,
        .type = type,
        .guard = {.key = key, .route = route, .fingerprint = idempotency::fingerprint_of(secret, route, canonical)},
        .parent = *parent,
        .amount = std::nullopt,
        .currency = std::move(data->currency),
        .metadata = std::move(data->metadata.text),
        .origin = {.actor = "broker",
                   .ip_address = {},
                   .user_agent = command.source,
                   .correlation_id = command.correlation_id,
                   .traceparent = command.traceparent}};
    if (data->amount) wanted.amount = std::move(data->amount->text);
    const auto executed = co_await payments.follow_up(std::move(wanted));
    if (!executed) co_return fail(executed.error());
    co_return Result<void>{};
}

}  // namespace

void add_broker_commands(broker::Broker& broker, payments::Payments& payments, const idempotency::Secret& secret) {
    using payments::TransactionType;
    for (const TransactionType type : {TransactionType::capture, TransactionType::refund, TransactionType::cancel})
        broker.handle("florin.command." + std::string{to_text(type)},
                      [&payments, secret, type](const broker::Command& command) {
                          return follow_up(payments, secret, type, command);
                      });
}

}  // namespace florin::app
