#include <algorithm>

#include "books.hpp"
#include "florin/base/check.hpp"
#include "florin/payments/reading.hpp"
#include "reconciliation_impl.hpp"

namespace florin::reconciliation {
namespace {

/// A provider's clock may be behind ours.
constexpr Millis clock_slack{24LL * 3'600'000};

}  // namespace

payments::SettlementLine told_of(const Line& line) {
    return {.id = line.provider_id,
            .kind = line.kind,
            .reference = line.reference,
            .provider_id = line.operation_id,
            .gross = line.gross,
            .fee = line.fee,
            .description = line.description};
}

Identified Reconciliation::Impl::identify(Reader& reader, std::string_view connector,
                                          const payments::SettlementLine& line, Instant settled_at, LineId but) const {
    Identified found;
    const Instant at = std::min(on.world.clock.now(), settled_at + clock_slack);
    if (!line.reference.empty()) found.known = payments::find_by_reference(reader, line.reference, at);
    if (!found.known && !line.provider_id.empty())
        found.known = payments::find_by_provider_id(reader, connector, line.provider_id);
    if (found.known && found.known->payment.connector != connector) found.known.reset();
    if (found.known)
        found.settled = rows::settled_of(reader, found.known->payment.merchant, found.known->payment.id, but);
    found.judgement = judge(line, found.known ? &*found.known : nullptr, found.settled);
    return found;
}

std::int64_t Reconciliation::Impl::undo_waivers(Tx& tx, MerchantId merchant, payments::PaymentId payment,
                                                const std::optional<Settled>& settled) const {
    if (!settled || settled->waived_minor == 0) return 0;
    for (Difference& each : rows::waived_of(tx, merchant, payment)) {
        each.resolution = Difference::Resolution::undone;
        write(tx, each, merchant);
    }
    return settled->waived_minor;
}

bool Reconciliation::Impl::comes_back(Tx& tx, Difference& difference, const Line& line) const {
    if (line.payment || line.operation_id.empty()) return false;
    const auto failed = rows::find_settlement(tx, difference.connector, line.operation_id);
    if (!failed || failed->id == line.settlement || failed->merchant != difference.merchant) return false;
    auto missing = rows::open_difference_of(tx, failed->merchant, failed->id);
    if (!missing || missing->kind != Finding::failed || missing->currency != difference.currency ||
        missing->missing_minor + difference.missing_minor != 0)
        return false;
    // Both lie in suspense, where one is what the other is not.
    agree(tx, *missing, {}, "What could not be paid has come with a later settlement.");
    agree(tx, difference, {}, "It is what an earlier settlement could not pay.");
    return true;
}

Result<void> Reconciliation::Impl::judge_again(Tx& tx, MerchantId merchant, DifferenceId id,
                                               const std::string& reference) const {
    auto difference = rows::find_difference(tx, merchant, id);
    if (!difference || difference->resolution) return {};
    const auto before = rows::find_line(tx, merchant, *difference->line);
    check(before.has_value(), "a difference of a line has a line");
    Line line = *before;
    if (!reference.empty()) line.reference = reference;
    const Identified found = identify(tx, difference->connector, told_of(line), line.created_at, line.id);
    line.status = found.judgement.finding;
    line.transaction = found.judgement.transaction;
    line.expected_minor = found.judgement.expected_minor;
    if (found.known) {
        line.merchant = found.known->payment.merchant;
        line.payment = found.known->payment.id;
    }
    const bool is_changed = line.status != before->status || line.expected_minor != before->expected_minor ||
                            line.payment != before->payment || line.transaction != before->transaction ||
                            line.reference != before->reference || line.merchant != before->merchant;
    if (!is_changed) {
        if (comes_back(tx, *difference, *before)) return {};
        if (!difference->case_id) put_on_desk(tx, *difference);
        return {};
    }
    rows::update_line(tx, merchant, line);
    const std::int64_t more = line.expected_minor - before->expected_minor;
    const std::int64_t undone =
        more == 0 ? 0 : undo_waivers(tx, line.merchant, *line.payment, std::optional{found.settled});
    std::optional<Uuid> journal;
    if (line.merchant != merchant) {
        // It was booked as nobody's. Its journal is taken back there, and posted where it belongs.
        take_off_desk(tx, *difference, "It is a payment of another merchant's, and is settled there.");
        books::take_back(tx, *before, ledger::journal_of(difference->id));
        books::post_line(tx, difference->connector, line, undone);
        const auto settlement = rows::find_share(tx, merchant, line.settlement);
        check(settlement.has_value(), "a merchant that has lines has a share");
        Share moved = *settlement;
        moved.lines = -1;
        moved.gross_minor = -line.gross.minor();
        moved.fee_minor = -line.fee.minor();
        rows::add_to_share(tx, moved);
        moved.merchant = line.merchant;
        moved.lines = 1;
        moved.gross_minor = line.gross.minor();
        moved.fee_minor = line.fee.minor();
        rows::add_to_share(tx, moved);
        journal = line.id.value;
    } else if (more != 0) {
        const auto posted = on.world.new_id<ledger::JournalOf>();
        books::settle_more(tx, difference->connector, line, posted, more, undone);
        journal = posted.value;
    }
    if (more != 0) report_left_out(tx, found, line);
    difference->merchant = line.merchant;
    difference->payment = line.payment;
    difference->missing_minor = line.expected_minor - line.gross.minor();
    if (line.status == Finding::matched) {
        write(tx, *difference, merchant);
        agree(tx, *difference, journal, "What was settled is in the books now, and agrees with them.");
        return {};
    }
    if (line.status != difference->kind)
        take_off_desk(tx, *difference, "More is known of it now: it is open again with that.");
    difference->kind = line.status;
    if (journal) difference->opening_journal = journal;
    write(tx, *difference, merchant);
    if (!difference->case_id) put_on_desk(tx, *difference);
    return {};
}

}  // namespace florin::reconciliation
