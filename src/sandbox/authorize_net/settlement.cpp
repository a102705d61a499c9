#include <algorithm>

#include "amount.hpp"
#include "florin/base/money.hpp"
#include "gateway.hpp"

namespace florin::sandbox::authorize_net {
namespace {

CallFacts facts_of(const Transaction& transaction) {
    CallFacts facts;
    facts.provider = "authorize_net";
    facts.transaction_type = transaction.type == "refundTransaction" ? "refund" : "charge";
    facts.of = FactsOf::settlement;
    return facts;
}

std::int64_t minor_of(const std::string& major, const std::string& currency) {
    return parse_amount(major, Currency::of(currency)->exponent()).value_or(0);
}

std::int64_t paid_minor(const Transaction& transaction) {
    const std::int64_t minor = transaction.stated_minor != 0 ? transaction.stated_minor : transaction.settle_minor;
    return transaction.type == "refundTransaction" ? -minor : minor;
}

bool moves_money(const Transaction& transaction) {
    return transaction.status == Status::settled_successfully ||
           transaction.status == Status::refund_settled_successfully || transaction.status == Status::settlement_error;
}

}  // namespace

std::string moment(std::int64_t ms, bool is_utc) {
    std::string text = to_text(Instant{ms});
    if (!is_utc) text.pop_back();
    return text;
}

std::string_view state_text(BatchState state) {
    switch (state) {
        case BatchState::settled:
            return "settledSuccessfully";
        case BatchState::pending:
            return "pendingSettlement";
        case BatchState::error:
            return "settlementError";
    }
    return "settlementError";
}

std::size_t Gateway::settle() {
    std::size_t settled = 0;
    const std::vector<std::int64_t> waiting{unsettled_.begin(), unsettled_.end()};
    for (const std::int64_t id : waiting) {
        Transaction& transaction = transactions_.at(id);
        if (transaction.status == Status::authorized_pending_capture ||
            transaction.status == Status::fds_pending_review)
            continue;
        settle_one(transaction);
        ++settled;
    }
    for (auto& [id, batch] : batches_) {
        if (batch.state == BatchState::pending) end(batch, desk_.now);
    }
    return settled;
}

Batch& Gateway::pending_batch(const Transaction& transaction) {
    for (auto at = batches_.rbegin(); at != batches_.rend(); ++at) {
        Batch& batch = at->second;
        if (batch.state == BatchState::pending && batch.login == transaction.login &&
            batch.currency == transaction.currency && batch.is_bank == transaction.account.is_bank)
            return batch;
    }
    Batch made;
    made.id = ++last_batch_;
    made.login = transaction.login;
    made.currency = transaction.currency;
    made.is_bank = transaction.account.is_bank;
    made.state = BatchState::pending;
    made.settled_at = desk_.now.ms;
    save(made);
    return batches_.emplace(made.id, made).first->second;
}

void Gateway::settle_one(Transaction& transaction) {
    if (transaction.status == Status::captured_pending_settlement) transaction.status = Status::settled_successfully;
    if (transaction.status == Status::refund_pending_settlement)
        transaction.status = Status::refund_settled_successfully;
    if (transaction.status == Status::settlement_error) {
        listed_[transaction.batch].erase(transaction.id);
        transaction.status = transaction.type == "refundTransaction" ? Status::refund_settled_successfully
                                                                     : Status::settled_successfully;
    }
    put(transaction, pending_batch(transaction));
}

void Gateway::put(Transaction& transaction, const Batch& batch) {
    transaction.batch = batch.id;
    unsettled_.erase(transaction.id);
    const auto fault = moves_money(transaction) ? faults_.pick(facts_of(transaction)) : std::nullopt;
    if (fault && fault->kind == FaultKind::line_left_out) transaction.is_left_out = true;
    if (fault && fault->kind == FaultKind::line_amount)
        transaction.stated_minor = minor_of(fault->amount, transaction.currency);
    if (!transaction.is_left_out) listed_[batch.id].insert(transaction.id);
    save(transaction);
    if (fault && fault->kind == FaultKind::line_twice) put_another(transaction, batch);
    if (fault && fault->kind == FaultKind::line_unknown) {
        Transaction stray;
        stray.login = transaction.login;
        stray.type = "authCaptureTransaction";
        stray.status = Status::settled_successfully;
        stray.response_code = 1;
        stray.reason_code = 1;
        stray.currency = transaction.currency;
        stray.settle_minor = stray.requested_minor = stray.authorized_minor =
            minor_of(fault->amount, transaction.currency);
        stray.account = transaction.account;
        stray.captured_at = desk_.now.ms;
        stray.invoice = "STRAY-" + desk_.letters(8);
        put_another(std::move(stray), batch);
    }
}

void Gateway::put_another(Transaction made, const Batch& batch) {
    made.id = ++last_transaction_;
    made.duplicate_key.clear();
    made.submitted_at = desk_.now.ms;
    made.batch = batch.id;
    listed_[batch.id].insert(made.id);
    save(made);
    transactions_.emplace(made.id, std::move(made));
}

void Gateway::end(Batch& batch, Instant at) {
    CallFacts facts;
    facts.provider = "authorize_net";
    facts.transaction_type = "batch";
    facts.of = FactsOf::settlement;
    facts.is_whole_settlement = true;
    const auto fault = faults_.pick(facts);
    batch.state = BatchState::settled;
    batch.settled_at = at.ms;
    if (fault && fault->kind == FaultKind::settlement_total) {
        std::int64_t total_minor = 0;
        for (const std::int64_t id : listed_[batch.id]) {
            if (moves_money(transactions_.at(id))) total_minor += paid_minor(transactions_.at(id));
        }
        batch.misstated_minor = minor_of(fault->amount, batch.currency) - total_minor;
    }
    if (fault && fault->kind == FaultKind::settlement_failed) {
        batch.state = BatchState::error;
        for (const std::int64_t id : listed_[batch.id]) {
            Transaction& transaction = transactions_.at(id);
            if (!moves_money(transaction)) continue;
            transaction.status = Status::settlement_error;
            // The next batch takes it along.
            unsettled_.insert(id);
            save(transaction);
        }
    }
    save(batch);
}

void Gateway::let_time_pass(Transaction& transaction) {
    if (transaction.status == Status::authorized_pending_capture &&
        desk_.now.ms - transaction.submitted_at > 30 * day_ms) {
        transaction.status = Status::expired;
        save(transaction);
    }
    const bool is_waiting = transaction.status == Status::captured_pending_settlement ||
                            transaction.status == Status::refund_pending_settlement;
    const std::int64_t wait_ms = desk_.settings.settle_after.count();
    if (is_waiting && wait_ms > 0 && desk_.now.ms - transaction.captured_at >= wait_ms) settle_one(transaction);
}

void Gateway::let_time_pass() {
    if (desk_.settings.settle_after > Millis{0}) {
        const std::vector<std::int64_t> waiting{unsettled_.begin(), unsettled_.end()};
        for (const std::int64_t id : waiting) let_time_pass(transactions_.at(id));
    }
    for (auto& [id, batch] : batches_) {
        const std::int64_t day_after = (batch.settled_at / day_ms + 1) * day_ms;
        if (batch.state == BatchState::pending && desk_.now.ms >= day_after) end(batch, Instant{day_after});
    }
}

Batch* Gateway::find_batch(const Call& call) {
    let_time_pass();
    const auto found = batches_.find(id_at(call.request, {"batchId"}));
    return found == batches_.end() || found->second.login != call.merchant.login ? nullptr : &found->second;
}

void Gateway::write_batch(json::Writer& json, const Batch& batch, bool with_statistics) const {
    json.open('{').field("batchId", std::to_string(batch.id));
    json.field("settlementTimeUTC", moment(batch.settled_at, true)).field("settlementTimeUTCSpecified", true);
    json.field("settlementTimeLocal", moment(batch.settled_at, false)).field("settlementTimeLocalSpecified", true);
    json.field("settlementState", state_text(batch.state));
    json.field("paymentMethod", batch.is_bank ? "eCheck" : "creditCard");
    if (!batch.is_bank) json.field("marketType", "eCommerce").field("product", "Card Not Present");
    if (with_statistics) {
        struct Sums {
            std::int64_t charged = 0, charges = 0, refunded = 0, refunds = 0, voids = 0, declines = 0;
        };
        std::map<std::string, Sums> by_type;
        const auto listed = listed_.find(batch.id);
        if (listed != listed_.end()) {
            for (const std::int64_t id : listed->second) {
                const Transaction& transaction = transactions_.at(id);
                Sums& sums = by_type[transaction.account.type];
                const std::int64_t minor = moves_money(transaction) ? paid_minor(transaction) : 0;
                if (transaction.status == Status::voided) ++sums.voids;
                if (transaction.status == Status::declined) ++sums.declines;
                if (minor > 0) ++sums.charges, sums.charged += minor;
                if (minor < 0) ++sums.refunds, sums.refunded -= minor;
            }
        }
        if (!by_type.empty()) by_type.begin()->second.charged += batch.misstated_minor;
        const auto currency = Currency::of(batch.currency.empty() ? "USD" : batch.currency);
        json.key("statistics").open('[');
        for (const auto& [type, sums] : by_type) {
            json.open('{').field("accountType", type);
            json.raw_field("chargeAmount", to_major_text(sums.charged, *currency)).field("chargeCount", sums.charges);
            json.raw_field("refundAmount", to_major_text(sums.refunded, *currency)).field("refundCount", sums.refunds);
            json.field("voidCount", sums.voids).field("declineCount", sums.declines);
            json.field("errorCount", 0).field("returnedItemAmountSpecified", false);
            json.field("chargebackAmountSpecified", false).close('}');
        }
        json.close(']');
    }
    json.close('}');
}

std::string Gateway::get_batches(Call& call) {
    const auto bound = [&](std::string_view name, std::int64_t otherwise) {
        std::string text = text_at(call.request, {name});
        if (text.empty()) return otherwise;
        if (!text.ends_with('Z')) text += 'Z';
        const auto at = parse_instant(text);
        return at ? at->ms : otherwise;
    };
    const std::int64_t first = bound("firstSettlementDate", desk_.now.ms - day_ms);
    const std::int64_t last = bound("lastSettlementDate", desk_.now.ms);
    if (last - first > 31 * day_ms)
        return refuse(call, request_refused("E00013", "The date range is invalid: at most 31 days."));
    const bool with_statistics = text_at(call.request, {"includeStatistics"}) == "true";

    let_time_pass();
    std::string members;
    json::Writer json{members};
    bool is_empty = true;
    for (const auto& [id, batch] : batches_) {
        if (batch.login != call.merchant.login || batch.settled_at < first || batch.settled_at > last) continue;
        if (is_empty) json.key("batchList").open('[');
        is_empty = false;
        write_batch(json, batch, with_statistics);
    }
    if (is_empty) return succeed(call, {}, "I00004", "No records found.");
    json.close(']');
    return succeed(call, members);
}

std::string Gateway::get_statistics(Call& call) {
    const Batch* batch = find_batch(call);
    if (batch == nullptr) return refuse(call, request_refused("E00040", "The record cannot be found."));
    std::string members;
    json::Writer json{members};
    json.key("batch");
    write_batch(json, *batch, true);
    return succeed(call, members);
}

}  // namespace florin::sandbox::authorize_net
