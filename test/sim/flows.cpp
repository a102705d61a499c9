#include "flows.hpp"

namespace florin::sim {
namespace {

using ShopOf = Shop Installation::*;

Task<void> buy(Client& client, Installation& at, ShopOf shop) { co_await client.insist(at.*shop, "purchase", {}); }

Task<void> buy_with_token(Client& client, Installation& at, ShopOf shop) {
    std::string token = co_await client.store_card(at.*shop);
    co_await client.insist(at.*shop, "purchase", std::move(token));
}

Task<void> capture_in_parts(Client& client, Installation& at, ShopOf shop) {
    const Operation* authorize = co_await client.insist(at.*shop, "authorize", {});
    if (authorize == nullptr) co_return;
    const auto [part, rest] = client.two_parts(authorize->amount_minor);
    co_await client.pursue(client.follow_up(*authorize, "capture", part, true));
    co_await client.pursue(client.follow_up(*authorize, "capture", rest, false));
}

Task<void> refund_in_parts(Client& client, Installation& at, ShopOf shop) {
    const Operation* purchase = co_await client.insist(at.*shop, "purchase", {});
    if (purchase == nullptr) co_return;
    const auto [part, rest] = client.two_parts(purchase->amount_minor);
    co_await client.pursue(client.follow_up(*purchase, "refund", part, true));
    co_await client.pursue(client.follow_up(*purchase, "refund", rest, false));
}

Task<void> cancel(Client& client, Installation& at, ShopOf shop) {
    const Operation* authorize = co_await client.insist(at.*shop, "authorize", {});
    if (authorize == nullptr) co_return;
    co_await client.pursue(client.follow_up(*authorize, "cancel", authorize->amount_minor, false));
}

/// Authorize.Net refuses to refund what has not settled: the platform has it voided.
Task<void> refund_unsettled(Client& client, Installation& at) {
    at.settle_after(Millis{86'400'000});
    const Operation* purchase = co_await client.insist(at.authorize_net_shop, "purchase", {});
    if (purchase == nullptr) co_return;
    co_await client.pursue(client.follow_up(*purchase, "refund", purchase->amount_minor, false));
}

Task<void> make_payment(Client& client, std::int64_t amount_minor) {
    for (int attempt = 0; attempt < 3; ++attempt) {
        const Operation* made = co_await client.create_and_make(amount_minor);
        if (made == nullptr || made->fate == Fate::approved) co_return;
    }
}

/// The payer confirms, or their bank takes its time; webhooks tell of it.
Task<void> pay_later(Client& client, Installation& at, Later how) {
    at.listen_to_webhooks();
    const Operation* purchase = co_await client.insist_later(how);
    if (purchase == nullptr || how != Later::sepa_debit) co_return;
    const auto [part, rest] = client.two_parts(purchase->amount_minor);
    co_await client.pursue(client.follow_up(*purchase, "refund", part, true));
}

/// Paid, and taken back: the flow is over when the webhook that tells of it has come through.
Task<void> pay_and_lose(Client& client, Installation& at) {
    at.listen_to_webhooks();
    co_await client.insist_later(Later::returned_sepa_debit);
    co_await sleep_for(Millis{30'000});
}

/// Nobody can connect to the first provider for a while, so the next one is asked.
Task<void> buy_elsewhere(Client& client, Installation& at) {
    co_await client.set_routes();
    at.network->refused_hosts.emplace(Installation::stripe_host);
    // What a crash has left at the first one can be looked up after that.
    at.outside.call_after(Millis{20'000}, [&at] { at.network->refused_hosts.clear(); });
    const Operation* purchase = co_await client.insist(at.routed_shop, "purchase", {});
    if (purchase == nullptr) co_return;
    const auto [part, rest] = client.two_parts(purchase->amount_minor);
    co_await client.pursue(client.follow_up(*purchase, "refund", part, true));
    co_await client.pursue(client.follow_up(*purchase, "refund", rest, false));
}

/// The shop is told of it, though nobody can connect to it at first.
Task<void> buy_and_be_told(Client& client, Installation& at) {
    co_await client.subscribe(at.stripe_shop);
    at.network->refused_hosts.emplace(Installation::shops_host);
    at.outside.call_after(Millis{20'000}, [&at] { at.network->refused_hosts.clear(); });
    const Operation* purchase = co_await client.insist(at.stripe_shop, "purchase", {});
    if (purchase == nullptr) co_return;
    co_await client.pursue(client.follow_up(*purchase, "refund", purchase->amount_minor, false));
}

Task<void> buy_and_write(Client& client, Installation& at) {
    co_await client.send_mail(at.bank_shop);
    co_await client.insist(at.bank_shop, "purchase", {});
}

constexpr ShopOf authorize_net = &Installation::authorize_net_shop;
constexpr ShopOf bank = &Installation::bank_shop;
constexpr ShopOf stripe = &Installation::stripe_shop;

constexpr Flow all_flows[] = {
    {"a purchase, Authorize.Net", [](Client& c, Installation& at) { return buy(c, at, authorize_net); }},
    {"a purchase, bank", [](Client& c, Installation& at) { return buy(c, at, bank); }},
    {"a purchase by token, Authorize.Net",
     [](Client& c, Installation& at) { return buy_with_token(c, at, authorize_net); }},
    {"a purchase by token, bank", [](Client& c, Installation& at) { return buy_with_token(c, at, bank); }},
    {"two captures, Authorize.Net", [](Client& c, Installation& at) { return capture_in_parts(c, at, authorize_net); }},
    {"two captures, bank", [](Client& c, Installation& at) { return capture_in_parts(c, at, bank); }},
    {"two refunds, Authorize.Net", [](Client& c, Installation& at) { return refund_in_parts(c, at, authorize_net); }},
    {"two refunds, bank", [](Client& c, Installation& at) { return refund_in_parts(c, at, bank); }},
    {"a cancel, Authorize.Net", [](Client& c, Installation& at) { return cancel(c, at, authorize_net); }},
    {"a cancel, bank", [](Client& c, Installation& at) { return cancel(c, at, bank); }},
    {"a purchase, Stripe", [](Client& c, Installation& at) { return buy(c, at, stripe); }},
    {"a purchase by token, Stripe", [](Client& c, Installation& at) { return buy_with_token(c, at, stripe); }},
    {"two captures, Stripe", [](Client& c, Installation& at) { return capture_in_parts(c, at, stripe); }},
    {"two refunds, Stripe", [](Client& c, Installation& at) { return refund_in_parts(c, at, stripe); }},
    {"a cancel, Stripe", [](Client& c, Installation& at) { return cancel(c, at, stripe); }},
    {"a card whose holder confirms",
     [](Client& c, Installation& at) { return pay_later(c, at, Later::confirmed_card); }},
    {"a debit and a refund", [](Client& c, Installation& at) { return pay_later(c, at, Later::sepa_debit); }},
    {"a debit of a verified account", [](Client& c, Installation& at) { return pay_later(c, at, Later::ach_debit); }},
    {"a debit that is returned", &pay_and_lose},
    {"a refund before settlement", &refund_unsettled},
    {"a purchase that goes on at the next provider", &buy_elsewhere},
    {"a purchase that the shop is told of", &buy_and_be_told},
    {"a purchase and a mail", &buy_and_write},
    {"document C", [](Client& c, Installation&) { return make_payment(c, 50'00); }},
    {"document C, first pending", [](Client& c, Installation&) { return make_payment(c, 24'00); }},
};

}  // namespace

std::span<const Flow> flows() { return all_flows; }

}  // namespace florin::sim
