#include "settlements.hpp"

#include <algorithm>

#include "amount.hpp"
#include "requests.hpp"

namespace florin::stripe {
namespace {

using payments::Settlement;
using payments::SettlementLine;
using payments::SettlementPage;
using LineKind = SettlementLine::Kind;

constexpr std::string_view in_hundreds = "limit=100";
/// Where Stripe does not get a page ready in time, it is asked for fewer.
constexpr int usual = 100, fewer[] = {20, 4, 1};
constexpr int max_payout_pages = 100;
/// The end of the year 9999.
constexpr std::int64_t latest_s = 253'402'300'799;

std::unexpected<Error> unreadable(std::string_view message) {
    return fail(ErrorKind::outcome_unknown, "unreadable_settlement", message);
}

struct KindRule {
    std::string_view type;
    LineKind kind;
};
/// Whatever else there is, is an adjustment.
constexpr KindRule kind_rules[] = {
    {"charge", LineKind::charge},
    {"payment", LineKind::charge},
    {"refund", LineKind::refund},
    {"payment_refund", LineKind::refund},
    {"stripe_fee", LineKind::fee},
    {"stripe_fx_fee", LineKind::fee},
    {"tax_fee", LineKind::fee},
    // A debit that had succeeded and was returned without a dispute.
    {"payment_failure_refund", LineKind::chargeback},
};

LineKind kind_of(const BalanceTransaction& of) {
    if (of.category == "dispute") return LineKind::chargeback;
    if (of.category == "dispute_reversal") return LineKind::chargeback_reversal;
    // Of another payout: one that somebody has made by hand is taken off this one, any other has no place here.
    if (of.type == "payout" && of.is_of_payout_by_hand) return LineKind::payout;
    // Older accounts have no categories; a dispute takes, and gives what was won.
    if (of.type == "adjustment" && of.source_object == "dispute")
        return of.amount.value_or(0) < 0 ? LineKind::chargeback : LineKind::chargeback_reversal;
    const auto* known = std::ranges::find(kind_rules, of.type, &KindRule::type);
    return known == std::end(kind_rules) ? LineKind::adjustment : known->kind;
}

/// Of a charge that was captured later, the capture that it can only be; else the charge's own.
std::string reference_of(const BalanceTransaction& of) {
    if (of.captures.size() == 1) return of.captures.front().reference;
    const auto has_amount = [&](const Intent::Capture& capture) { return capture.amount == of.amount; };
    if (std::ranges::count_if(of.captures, has_amount) != 1) return of.reference;
    return std::ranges::find_if(of.captures, has_amount)->reference;
}

std::optional<Money> signed_from_wire(std::int64_t amount, Currency currency) {
    // The most negative one has no opposite, and is no amount.
    if (amount == INT64_MIN) return std::nullopt;
    const auto money = from_wire(amount < 0 ? -amount : amount, currency);
    if (!money || amount >= 0) return money;
    return *minus(Money::zero(currency), *money);
}

std::optional<Currency> currency_of(std::string_view lower) {
    std::string code{lower};
    for (char& c : code)
        if (c >= 'a' && c <= 'z') c = static_cast<char>(c - 'a' + 'A');
    const auto currency = Currency::of(code);
    return currency ? std::optional{*currency} : std::nullopt;
}

Settlement::State state_of(const Payout& payout) {
    if (payout.status == "failed" || payout.status == "canceled") return Settlement::State::failed;
    // Until Stripe has put its list together there are more lines to come.
    if (payout.status == "paid" && payout.reconciliation != "in_progress") return Settlement::State::paid;
    return Settlement::State::open;
}

/// Where reading goes on: `txn_9`, or `txn_9/20` where a page has twenty instead of the usual number.
struct Place {
    std::string after;
    int limit = usual;

    std::string text() const { return after + (limit == usual ? "" : "/" + std::to_string(limit)); }
};
std::optional<Place> place_of(const std::string& cursor) {
    const auto slash = cursor.find('/');
    Place place{.after = cursor.substr(0, slash)};
    if (!cursor.empty() && !is_id(place.after, "txn_")) return std::nullopt;
    if (slash == std::string::npos) return place;
    for (const int limit : fewer)
        if (cursor.substr(slash + 1) == std::to_string(limit)) {
            place.limit = limit;
            return place;
        }
    return std::nullopt;
}

std::string listed(std::string_view what, const std::string& after) {
    std::string path{what};
    return after.empty() ? path : path + "&starting_after=" + encoded(after);
}

}  // namespace

Result<Settlement> settlement_of(const Payout& payout) {
    const auto currency = currency_of(payout.currency);
    const bool has_day = payout.arrival_s && *payout.arrival_s > 0 && *payout.arrival_s <= latest_s;
    if (!is_id(payout.id, "po_") || !has_day || !currency)
        return unreadable("A payout of the provider was not understood: " + payout.id);
    Settlement settlement;
    settlement.id = payout.id;
    settlement.state = state_of(payout);
    settlement.settled_at = Instant{*payout.arrival_s * 1'000};
    if (payout.amount) settlement.total = signed_from_wire(*payout.amount, *currency);
    return settlement;
}

Result<std::optional<SettlementLine>> line_of(const BalanceTransaction& of, std::string_view payout) {
    if (of.type == "payout" && of.source == payout) return std::nullopt;
    const auto currency = currency_of(of.currency);
    const auto amount = of.amount && currency ? signed_from_wire(*of.amount, *currency) : std::nullopt;
    const auto fee = of.fee && currency ? signed_from_wire(*of.fee, *currency) : std::nullopt;
    if (of.id.empty() || !amount || !fee)
        return unreadable("What balance transaction " + of.id + " comes to was not understood.");
    if (amount->is_zero() && fee->is_zero()) return std::nullopt;
    SettlementLine line{.id = of.id,
                        .kind = kind_of(of),
                        .reference = {},
                        .provider_id = of.operation,
                        .gross = *amount,
                        .fee = *fee,
                        .description = {}};
    switch (line.kind) {
        case LineKind::charge:
            line.reference = reference_of(of);
            break;
        case LineKind::refund:
        case LineKind::chargeback:
        case LineKind::chargeback_reversal:
            line.reference = of.reference;
            break;
        case LineKind::fee: {
            // The amount is what Stripe keeps.
            const auto kept = minus(*fee, *amount);
            if (!kept) return unreadable("A fee of the provider is out of bounds.");
            line.fee = *kept;
            line.gross = Money::zero(*currency);
            break;
        }
        case LineKind::adjustment:
        case LineKind::payout:
            break;
    }
    if (line.kind != LineKind::charge && line.kind != LineKind::refund)
        line.description = of.description.empty() ? of.type : of.type + ": " + of.description;
    return line;
}

Task<Result<std::vector<Settlement>>> Settlements::between(Instant since, Instant until) {
    std::vector<Settlement> settlements;
    const std::string window = "payouts?" + std::string{in_hundreds} +
                               "&arrival_date%5Bgte%5D=" + std::to_string(since.ms / 1'000) +
                               "&arrival_date%5Blte%5D=" + std::to_string(until.ms / 1'000);
    std::string after;
    for (int number = 0; number < max_payout_pages; ++number) {
        const auto reply = co_await finder_.read(listed(window, after));
        if (!reply) co_return unclear(reply.error().code, reply.error().message);
        const auto page = read_page(*reply);
        if (!page) co_return unclear("foreign_reply", "The provider did not answer with a list.");
        for (const json::Value* item : page->items) {
            const auto payout = read_payout(*item);
            if (!payout) co_return unclear("foreign_reply", "The provider's list holds something else.");
            auto settlement = settlement_of(*payout);
            if (!settlement) co_return fail(settlement.error());
            after = payout->id;
            if (settlement->settled_at >= since && settlement->settled_at < until)
                settlements.push_back(std::move(*settlement));
        }
        if (page->has_more && !page->items.empty()) continue;
        std::ranges::sort(settlements, [](const Settlement& a, const Settlement& b) {
            return std::pair{a.settled_at, std::string_view{a.id}} < std::pair{b.settled_at, std::string_view{b.id}};
        });
        co_return settlements;
    }
    co_return unclear("list_too_long", "The provider's list was not read to its end.");
}

Task<Result<SettlementPage>> Settlements::lines(const Settlement& settlement, std::string cursor) {
    SettlementPage result;
    const std::string id = settlement.id;
    if (settlement.state == Settlement::State::open) co_return result;
    auto place = place_of(cursor);
    if (!is_id(id, "po_") || !place) co_return unclear("invalid_cursor", "No page of a payout has this cursor.");
    if (cursor.empty()) {
        const auto shown = co_await finder_.read("payouts/" + id);
        if (!shown) co_return unclear(shown.error().code, shown.error().message);
        const auto payout = read_payout(*shown);
        if (!payout || payout->id != id) co_return unclear("foreign_reply", "The provider shows another payout.");
        // Nobody says what a payout made by hand is of; what it paid is taken off the next automatic one.
        if (!payout->is_automatic || payout->reconciliation == "not_applicable") {
            const auto whole = settlement_of(*payout);
            if (!whole) co_return fail(whole.error());
            if (!whole->total) co_return unreadable("The amount of payout " + id + " was not understood.");
            result.lines.push_back({.id = id,
                                    .kind = LineKind::payout,
                                    .reference = {},
                                    .provider_id = id,
                                    .gross = *whole->total,
                                    .fee = Money::zero(whole->total->currency()),
                                    .description = "payout made by hand"});
            co_return result;
        }
    }
    // Of an intent that was captured later only itself knows by whom.
    const auto list = [&] {
        return listed("balance_transactions?limit=" + std::to_string(place->limit) + "&payout=" + encoded(id) +
                          "&expand%5B0%5D=data.source&expand%5B1%5D=data.source.payment_intent",
                      place->after);
    };
    std::string path = list();
    auto reply = co_await finder_.read(std::move(path));
    for (const int limit : fewer) {
        if (reply || reply.error().code != "no_answer") break;
        if (limit >= place->limit) continue;
        place->limit = limit;
        path = list();
        reply = co_await finder_.read(std::move(path));
    }
    if (!reply) co_return unclear(reply.error().code, reply.error().message);
    const auto page = read_page(*reply);
    if (!page) co_return unclear("foreign_reply", "The provider did not answer with a list.");
    for (const json::Value* item : page->items) {
        const auto of = read_balance_transaction(*item);
        if (!of || of->id.empty()) co_return unclear("foreign_reply", "The provider's list holds something else.");
        auto line = line_of(*of, id);
        if (!line) co_return fail(line.error());
        if (*line) result.lines.push_back(std::move(**line));
        place->after = of->id;
    }
    if (page->has_more && !page->items.empty()) result.next = place->text();
    co_return result;
}

}  // namespace florin::stripe
