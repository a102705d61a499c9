#include "settlements.hpp"

#include <algorithm>
#include <charconv>

namespace florin::authorize_net {
namespace {

using payments::Settlement;
using payments::SettlementLine;
using payments::SettlementPage;
using LineKind = SettlementLine::Kind;

/// The gateway answers for at most 31 days at once.
constexpr Millis span{30LL * 24 * 3'600'000};
/// Nothing settles later than now, but for a gateway's clock that is ahead of ours.
constexpr Millis clock_lead{60 * 60'000};
/// Moments are asked for in whole seconds.
constexpr Millis second{1'000};
/// The gateway counts no further.
constexpr int last_page = 100'000;
/// A page that the gateway does not get ready in time is asked for in so many parts, each of them again, down to a few.
constexpr int parts = 5, fewest = 4;

/// Where reading goes on: `3`, or `11/100` where a page has a hundred transactions instead of the usual number.
struct Place {
    int page = 1, limit = page_size;

    std::string text() const { return std::to_string(page) + (limit == page_size ? "" : "/" + std::to_string(limit)); }
    /// The same place with smaller pages.
    std::optional<Place> in_parts() const {
        if (limit / parts < fewest || page > last_page / parts) return std::nullopt;
        return Place{.page = (page - 1) * parts + 1, .limit = limit / parts};
    }
};
std::optional<Place> place_of(std::string_view cursor) {
    Place place;
    if (cursor.empty()) return place;
    const std::string_view page = cursor.substr(0, cursor.find('/'));
    const auto read = [](std::string_view digits, int& number) {
        const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), number);
        return error == std::errc{} && end == digits.data() + digits.size();
    };
    if (!read(page, place.page) || place.page < 1 || place.page > last_page) return std::nullopt;
    if (page.size() == cursor.size()) return place;
    if (!read(cursor.substr(page.size() + 1), place.limit)) return std::nullopt;
    for (int limit = page_size / parts; limit >= fewest; limit /= parts)
        if (limit == place.limit) return place;
    return std::nullopt;
}

struct Moves {
    std::string_view status;
    LineKind kind;
    bool is_outgoing;
};
/// In a settled batch what is still called pending has settled with it: the words of a transaction lag behind.
constexpr Moves moves[] = {
    {"settledSuccessfully", LineKind::charge, false},    {"capturedPendingSettlement", LineKind::charge, false},
    {"pendingSettlement", LineKind::charge, false},      {"pendingFinalSettlement", LineKind::charge, false},
    {"updatingSettlement", LineKind::charge, false},     {"refundSettledSuccessfully", LineKind::refund, true},
    {"refundPendingSettlement", LineKind::refund, true}, {"returnedItem", LineKind::chargeback, true},
    {"chargeback", LineKind::chargeback, true},          {"chargebackReversal", LineKind::chargeback_reversal, false},
};
/// Listed with a batch, and no money moved.
constexpr std::string_view still[] = {
    "voided",
    "declined",
    "expired",
    "failedReview",
    "generalError",
    "communicationError",
    "couldNotVoid",
    "settlementError",
    "underReview",
    "FDSPendingReview",
    "approvedReview",
    "FDSAuthorizedPendingReview",
    "authorizedPendingCapture",
    "authorizedPendingRelease",
};

/// What leaves, of an amount that is in range and so is its negative.
Money negative(Money amount) { return *minus(Money::zero(amount.currency()), amount); }

/// An amount that is not stated is none.
std::optional<Money> stated(std::string_view text, Currency currency) {
    return text.empty() ? Money::zero(currency) : read_amount(text, currency);
}

/// What was taken back: by charges and refunds where they are told apart, since a refund that is taken back gives;
/// else the sum of both.
std::optional<Money> taken_back(std::string_view all, std::string_view charges, std::string_view refunds,
                                Currency currency) {
    const auto of_all = stated(all, currency), of_charges = stated(charges, currency),
               of_refunds = stated(refunds, currency);
    if (!of_all || !of_charges || !of_refunds) return std::nullopt;
    if (of_charges->is_zero() && of_refunds->is_zero()) return of_all;
    const auto net = minus(*of_charges, *of_refunds);
    return net ? std::optional{*net} : std::nullopt;
}

/// Nothing when a part cannot be read, or nothing at all is stated.
std::optional<Money> total_of(const std::vector<Statistic>& statistics, Currency currency) {
    if (statistics.empty()) return std::nullopt;
    Money total = Money::zero(currency);
    for (const Statistic& each : statistics) {
        const std::optional<Money> given = stated(each.charges, currency);
        const std::optional<Money> taken[] = {
            stated(each.refunds, currency),
            taken_back(each.returned_items, each.returned_charges, each.returned_refunds, currency),
            taken_back(each.chargebacks, each.chargebacks_of_charges, each.chargebacks_of_refunds, currency)};
        if (!given) return std::nullopt;
        auto sum = plus(total, *given);
        for (const std::optional<Money>& part : taken) {
            if (!sum || !part) return std::nullopt;
            sum = minus(*sum, *part);
        }
        if (!sum) return std::nullopt;
        total = *sum;
    }
    return total;
}

std::optional<Settlement::State> state_of(std::string_view text) {
    if (text == "settledSuccessfully") return Settlement::State::paid;
    if (text == "pendingSettlement") return Settlement::State::open;
    if (text == "settlementError") return Settlement::State::failed;
    return std::nullopt;
}

}  // namespace

Result<std::optional<Settlement>> settlement_of(const Batches::Batch& batch, Currency currency) {
    if (batch.id.empty()) return unclear("unreadable_batch", "The provider lists a batch without an id.");
    Settlement settlement;
    settlement.id = batch.id;
    // A state that we do not know: whether it was paid is asked again.
    settlement.state = state_of(batch.state).value_or(Settlement::State::open);
    if (!batch.settled_at) {
        if (settlement.state == Settlement::State::open) return std::nullopt;
        return unclear("unreadable_batch", "The provider does not say when batch " + batch.id + " was settled.");
    }
    settlement.settled_at = *batch.settled_at;
    settlement.total = total_of(batch.statistics, currency);
    return settlement;
}

Result<std::vector<SettlementLine>> lines_of(const Page& page, std::string_view batch_id, Currency currency) {
    std::vector<SettlementLine> lines;
    for (const Page::Entry& entry : page.entries) {
        if (std::ranges::find(still, entry.status) != std::end(still)) continue;
        if (entry.transaction_id.empty())
            return unclear("unreadable_transaction", "The provider lists a transaction without an id.");
        auto amount = read_amount(entry.settle_amount, currency);
        if (!amount)
            return unclear("unreadable_amount", "The amount of transaction " + entry.transaction_id +
                                                    " was not understood: " + entry.settle_amount);
        if (amount->is_zero()) continue;
        const auto* known = std::ranges::find(moves, entry.status, &Moves::status);
        const bool is_known = known != std::end(moves);
        if (is_known && known->is_outgoing && amount->is_positive()) amount = negative(*amount);
        const LineKind kind = is_known ? known->kind : LineKind::adjustment;
        const bool is_ours = kind == LineKind::charge || kind == LineKind::refund;
        lines.push_back({.id = std::string{batch_id} + "/" + entry.transaction_id,
                         .kind = kind,
                         .reference = entry.invoice_number,
                         .provider_id = entry.transaction_id,
                         .gross = *amount,
                         .fee = Money::zero(currency),
                         .description = is_ours ? std::string{} : entry.status});
    }
    return lines;
}

Task<Result<Currency>> Settlements::account_currency() {
    std::string code = line_.settings().currency;
    if (code.empty()) {
        std::string body = merchant_body(line_.credentials());
        const auto reply = co_await line_.query(std::move(body));
        if (!reply) co_return unclear(reply.error().code, reply.error().message);
        const Merchant merchant = read_merchant(*reply);
        if (!merchant.envelope.is_ok()) co_return unclear(merchant.envelope);
        if (merchant.currencies.size() != 1)
            co_return unclear("account_currency_unknown",
                              "The account's reports name no currency, and it has " +
                                  std::to_string(merchant.currencies.size()) +
                                  ": authorize_net.currency has to name the one that it settles in.");
        code = merchant.currencies.front();
    }
    const auto currency = Currency::of(code);
    if (!currency) co_return unclear("account_currency_unknown", "The account's currency is not known: " + code);
    co_return *currency;
}

Task<Result<std::vector<Settlement>>> Settlements::between(Instant since, Instant until) {
    until = std::min(until, clock_.now() + clock_lead);
    std::vector<Batches::Batch> listed;
    for (Instant first = since; first < until; first = first + span) {
        const Instant last = std::min(first + span, until) + second;
        std::string body = settlements_body(line_.credentials(), first, last);
        const auto reply = co_await line_.query(std::move(body));
        if (!reply) co_return unclear(reply.error().code, reply.error().message);
        Batches batches = read_batches(*reply);
        if (!batches.envelope.is_ok()) co_return unclear(batches.envelope);
        std::ranges::move(batches.all, std::back_inserter(listed));
    }
    std::vector<Settlement> settlements;
    if (listed.empty()) co_return settlements;
    const auto currency = co_await account_currency();
    if (!currency) co_return fail(currency.error());
    for (const Batches::Batch& batch : listed) {
        const auto settlement = settlement_of(batch, *currency);
        if (!settlement) co_return fail(settlement.error());
        if (!*settlement || (*settlement)->settled_at < since || (*settlement)->settled_at >= until) continue;
        // Two spans meet in the same second.
        if (std::ranges::find(settlements, batch.id, &Settlement::id) != settlements.end()) continue;
        settlements.push_back(**settlement);
    }
    std::ranges::sort(settlements, [](const Settlement& a, const Settlement& b) {
        return std::pair{a.settled_at, std::string_view{a.id}} < std::pair{b.settled_at, std::string_view{b.id}};
    });
    co_return settlements;
}

Task<Result<SettlementPage>> Settlements::lines(const Settlement& settlement, std::string cursor) {
    SettlementPage page;
    if (settlement.state != Settlement::State::paid) co_return page;
    auto place = place_of(cursor);
    if (!place) co_return unclear("invalid_cursor", "No page of a batch has this cursor.");
    std::optional<Currency> currency;
    if (settlement.total) currency = settlement.total->currency();
    if (!currency) {
        const auto asked = co_await account_currency();
        if (!asked) co_return fail(asked.error());
        currency = *asked;
    }
    std::string body = settlement_lines_body(line_.credentials(), settlement.id, place->page, place->limit);
    auto reply = co_await line_.query(std::move(body));
    while (!reply && reply.error().code == "no_answer") {
        const auto smaller = place->in_parts();
        if (!smaller) break;
        place = smaller;
        body = settlement_lines_body(line_.credentials(), settlement.id, place->page, place->limit);
        reply = co_await line_.query(std::move(body));
    }
    if (!reply) co_return unclear(reply.error().code, reply.error().message);
    const Page read = read_page(*reply);
    if (!read.envelope.is_ok()) co_return unclear(read.envelope);
    auto lines = lines_of(read, settlement.id, *currency);
    if (!lines) co_return fail(lines.error());
    page.lines = std::move(*lines);
    if (read.entries.size() >= static_cast<std::size_t>(place->limit))
        page.next = Place{.page = place->page + 1, .limit = place->limit}.text();
    co_return page;
}

}  // namespace florin::authorize_net
