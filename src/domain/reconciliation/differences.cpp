#include <algorithm>

#include "books.hpp"
#include "florin/base/check.hpp"
#include "florin/events/events.hpp"
#include "florin/json/writer.hpp"
#include "florin/payments/reading.hpp"
#include "florin/telemetry/log.hpp"
#include "reconciliation_impl.hpp"

namespace florin::reconciliation {
namespace {

/// What a look-up or a later webhook may still explain is judged anew so long; then a person has it alone.
constexpr Millis still_fresh{7LL * 24 * 3'600'000};
constexpr std::int64_t differences_at_once = 100;

std::unexpected<Error> not_applicable(std::string_view why) {
    return fail(ErrorKind::conflict, "resolution_not_applicable", why);
}

std::string event_data(const Difference& one) {
    std::string data;
    json::Writer json{data};
    json.open('{').key("difference").open('{').field("id", one.id).field("kind", to_text(one.kind));
    json.field("connector", one.connector);
    if (one.settlement) json.field("settlement_id", *one.settlement);
    if (one.line) json.field("line_id", *one.line);
    if (one.payment) json.field("payment_id", *one.payment);
    if (one.currency)
        json.field("missing", to_major_text(one.missing_minor, *one.currency)).field("currency", one.currency->code());
    if (one.resolution) json.field("resolution", to_text(*one.resolution));
    if (one.case_id) json.field("case_id", *one.case_id);
    json.close('}').close('}');
    return data;
}

}  // namespace

void Reconciliation::Impl::insert(Tx& tx, Difference one) const {
    one.id = on.world.new_id<SettlementDifferenceTag>();
    one.created_at = one.updated_at = tx.now();
    // There is one: of a payment that was found twice at a time. It says the same.
    (void)rows::insert_difference(tx, one);
}

void Reconciliation::Impl::write(Tx& tx, Difference& after, MerchantId merchant_before) const {
    ++after.version;
    after.updated_at = tx.now();
    if (!rows::update_difference(tx, after, merchant_before))
        throw store::Failure{store::Failure::Kind::repeat, "a difference was changed by somebody else"};
}

void Reconciliation::Impl::tell(Tx& tx, const Difference& one, std::string_view what) const {
    const std::string type = "florin.reconciliation." + std::string{what}, id = one.id.text(), data = event_data(one);
    events::append(
        tx, {.merchant = one.merchant, .type = type, .subject_type = "difference", .subject_id = id, .data = data});
}

void Reconciliation::Impl::put_on_desk(Tx& tx, Difference& one) const {
    const std::string message = message_of(tx, one);
    const std::string cause = "settlement:" + one.connector + ":" + one.id.text();
    const std::int64_t at_stake = one.missing_minor < 0 ? -one.missing_minor : one.missing_minor;
    std::optional<Money> amount;
    if (one.currency && at_stake > 0) {
        if (const auto money = Money::of(at_stake, *one.currency)) amount = *money;
    }
    const cases::CaseId id = on.cases.open(tx, {.merchant = one.merchant,
                                                .cause = cause,
                                                .reason = to_text(one.kind),
                                                .owner_kind = difference_kind,
                                                .owner = one.id.value,
                                                .amount = amount,
                                                .message = message});
    one.case_id = id.value;
    write(tx, one, one.merchant);
    tell(tx, one, "difference_found");
}

void Reconciliation::Impl::take_off_desk(Tx& tx, Difference& one, std::string_view note) const {
    if (one.case_id) on.cases.close(tx, one.merchant, cases::CaseId{*one.case_id}, note);
    one.case_id.reset();
}

void Reconciliation::Impl::agree(Tx& tx, Difference& one, std::optional<Uuid> journal, std::string_view note) const {
    const bool was_told = one.case_id.has_value();
    if (was_told) on.cases.close(tx, one.merchant, cases::CaseId{*one.case_id}, note);
    one.resolution = Difference::Resolution::matched;
    one.resolved_at = tx.now();
    if (journal) one.closing_journal = journal;
    write(tx, one, one.merchant);
    if (was_told) tell(tx, one, "difference_resolved");
}

Task<Result<void>> Reconciliation::Impl::review(payments::Connector& connector, const jobs::Job& job) {
    rows::OpenPlace place;
    std::vector<Difference> some;
    do {
        auto read = [&](Reader& reader) -> Result<std::vector<Difference>> {
            return rows::open_differences(reader, connector.name(), place, differences_at_once);
        };
        auto found = co_await on.store.read(read);
        if (!found) co_return fail(std::move(found.error()));
        some = std::move(*found);
        for (const Difference& each : some) {
            if (*job.is_lost) co_return imported_meanwhile();
            place = {.merchant = each.merchant, .id = each.id};
            if (auto reviewed = co_await review_one(connector, each); !reviewed) co_return reviewed;
        }
    } while (std::ssize(some) == differences_at_once);
    if (on.wake) on.wake();
    co_return Result<void>{};
}

Task<Result<void>> Reconciliation::Impl::review_one(payments::Connector& connector, const Difference& difference) {
    const bool is_new = !difference.case_id;
    const bool is_fresh = on.world.clock.now() - difference.created_at < still_fresh;
    std::string reference;
    if (difference.line) {
        if (!is_new && !is_fresh) co_return Result<void>{};
        reference = co_await ask_about(connector, difference);
    }
    bool has_come = false;
    if (difference.kind == Finding::failed && difference.missing_minor == 0) {
        const auto looked = co_await has_come_since(difference);
        if (!looked) co_return fail(looked.error());
        has_come = *looked;
    }
    auto judge_it = [&](Tx& tx) -> Result<bool> {
        rows::take_turn(tx, connector.name());
        if (difference.line) {
            if (auto judged = judge_again(tx, difference.merchant, difference.id, reference); !judged)
                return fail(std::move(judged.error()));
            return true;
        }
        auto current = rows::find_difference(tx, difference.merchant, difference.id);
        if (!current || current->resolution) return true;
        if (current->kind == Finding::not_settled) {
            if (auto judged = judge_payment_again(tx, *current); !judged) return fail(std::move(judged.error()));
            return true;
        }
        if (has_come && current->version == difference.version) {
            agree(tx, *current, {},
                  "A later settlement was paid: what this one was for is settled, or reported payment by payment.");
            return true;
        }
        if (current->case_id) return true;
        // A person had it read again: it is not, yet.
        const auto settlement = rows::find_settlement(tx, current->merchant, *current->settlement);
        if (settlement && settlement->is_imported) put_on_desk(tx, *current);
        return true;
    };
    const auto judged = co_await on.store.write(judge_it);
    if (!judged) co_return fail(judged.error());
    if (is_new)
        telemetry::warning("reconciliation.difference", {{"difference_id", difference.id.text()},
                                                         {"kind", to_text(difference.kind)},
                                                         {"connector", difference.connector},
                                                         {"next", "a case, unless it agrees by now"}});
    co_return Result<void>{};
}

Task<std::string> Reconciliation::Impl::ask_about(payments::Connector& connector, const Difference& difference) {
    std::optional<Line> line;
    std::string known_reference;
    auto read = [&](Reader& reader) -> Result<bool> {
        line = rows::find_line(reader, difference.merchant, *difference.line);
        if (!line || !line->payment) return true;
        const auto known = payments::find_details(reader, line->merchant, *line->payment);
        if (!known) return true;
        known_reference = known->transactions.front().reference_number;
        for (const payments::Transaction& each : known->transactions)
            if (line->transaction == each.id) known_reference = each.reference_number;
        return true;
    };
    if (!co_await on.store.read(read) || !line) co_return std::string{};
    const bool is_taken_back = line->kind == LineKind::chargeback || line->kind == LineKind::chargeback_reversal;
    const bool may_be_told =
        line->status == Finding::open || (line->status == Finding::unknown_operation && is_taken_back && line->payment);
    if (may_be_told) {
        // Whatever comes of it is in the books then, and judged from there.
        const payments::Hint hint{.provider_id = line->operation_id,
                                  .may_be_reversal = is_taken_back,
                                  .connector = std::string{connector.name()}};
        (void)co_await on.payments.look(known_reference, hint);
        co_return std::string{};
    }
    const bool is_nameless = line->status == Finding::unknown_operation && line->reference.empty() &&
                             !line->operation_id.empty() && !line->payment && line->kind != LineKind::adjustment;
    if (!is_nameless) co_return std::string{};
    auto reference = co_await connector.reference_of(line->operation_id);
    co_return reference ? std::move(*reference) : std::string{};
}

Result<void> Reconciliation::Impl::judge_payment_again(Tx& tx, Difference& one) const {
    const auto known = payments::find_details(tx, one.merchant, *one.payment);
    check(known.has_value(), "a payment stays");
    const Settled settled = rows::settled_of(tx, one.merchant, *one.payment);
    const std::int64_t unsettled = unsettled_minor(known->payment, settled);
    if (unsettled == 0) {
        agree(tx, one, {}, "All of the payment is settled now, or nothing of it is left to be.");
        return {};
    }
    if (unsettled != one.missing_minor) {
        take_off_desk(tx, one, "Another amount of it is not settled now: it is open again with that.");
        one.missing_minor = unsettled;
    }
    if (!one.case_id) put_on_desk(tx, one);
    return {};
}

Result<void> Reconciliation::Impl::decide(Tx& tx, const cases::Case& resolved) const {
    const DifferenceId id{resolved.owner};
    auto one = rows::find_difference(tx, resolved.merchant, id);
    check(one.has_value() && resolved.resolution.has_value(), "a case of a difference has one");
    rows::take_turn(tx, one->connector);
    one = rows::find_difference(tx, resolved.merchant, id);
    // Meanwhile it turned out to be another merchant's, and is on their desk.
    if (!one) return {};
    // It agrees by now, or was decided: the case can be closed.
    if (one->resolution) return {};
    if (one->kind == Finding::not_settled && *resolved.resolution != cases::Resolution::retry) {
        const auto known = payments::find_details(tx, one->merchant, *one->payment);
        const Settled settled = rows::settled_of(tx, one->merchant, *one->payment);
        if (!known || unsettled_minor(known->payment, settled) != one->missing_minor)
            return fail(
                ErrorKind::conflict, "difference_changed",
                "What is not settled has changed meanwhile. Resolve the case with retry: it is compared again.");
    }
    const auto end = [&](Difference::Resolution resolution, const ledger::Account& to) {
        const auto journal = on.world.new_id<ledger::JournalOf>();
        books::post_end(tx, *one, journal, to);
        if (one->missing_minor != 0) one->closing_journal = journal.value;
        one->resolution = resolution;
        one->resolved_at = tx.now();
        write(tx, *one, one->merchant);
        tell(tx, *one, "difference_resolved");
    };
    switch (*resolved.resolution) {
        case cases::Resolution::waived:
            end(Difference::Resolution::waived, ledger::Account::write_offs());
            return {};
        case cases::Resolution::paid_elsewhere:
            if (resolved.resolved_amount != resolved.amount)
                return fail(ErrorKind::conflict, "difference_paid_in_part",
                            "A difference ends as a whole: give all of its amount, or resolve the case otherwise.",
                            "amount");
            end(Difference::Resolution::paid_elsewhere, ledger::Account::bank());
            return {};
        case cases::Resolution::canceled:
            return not_applicable("A settlement cannot be canceled. Give retry, waived or paid_elsewhere.");
        case cases::Resolution::retry:
            break;
    }
    one->case_id.reset();
    write(tx, *one, one->merchant);
    if (one->settlement && !one->line) {
        auto settlement = rows::find_settlement(tx, one->merchant, *one->settlement);
        check(settlement.has_value(), "a settlement stays");
        // Its state is asked for anew, and every line is read again.
        if (settlement->state == SettlementState::failed) settlement->state = SettlementState::open;
        settlement->imported_at.reset();
        settlement->is_imported = false;
        settlement->cursor.clear();
        settlement->updated_at = tx.now();
        ++settlement->version;
        if (!rows::update_settlement(tx, *settlement)) return imported_meanwhile();
    }
    enqueue_import(tx, one->connector);
    return {};
}

}  // namespace florin::reconciliation
