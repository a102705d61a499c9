#pragma once

#include <map>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "difference_store.hpp"
#include "florin/reconciliation/reconciliation.hpp"
#include "match.hpp"
#include "settlement_store.hpp"

namespace florin::reconciliation {

using store::Reader;
using store::Tx;

/// What a line is of, and how it stands to the books.
struct Identified {
    std::optional<payments::PaymentDetails> known;
    Settled settled;
    Judgement judgement;
};

/// What storing lines came to: the settlement as it is then, and how many lines stand how to the books.
struct Stored {
    Settlement settlement;
    std::map<Finding, std::int64_t> findings;
};

struct Reconciliation::Impl {
    Surroundings on;

    // import.cpp
    Task<Result<void>> run(payments::Connector& connector, const jobs::Job& job);
    Task<Result<void>> read_lines(payments::Connector& connector, Settlement settlement, const jobs::Job& job);
    /// The settlement as the provider tells it now.
    Result<void> note(Tx& tx, std::string_view connector, const payments::Settlement& told) const;
    /// Stores a part of a page, with postings and differences. `next`: where
    /// reading goes on after it, if the page ends with it. Error `settlement_imported_meanwhile`.
    Result<Stored> store_lines(Tx& tx, const Settlement& before, std::span<const payments::SettlementLine> lines,
                               const std::optional<std::string>& next) const;
    /// Books what was paid beside the lines of a settlement that was read whole, or failed, and what is missing of it.
    /// Changes `settlement`, which the caller writes.
    void balance(Tx& tx, Settlement& settlement) const;
    Result<MerchantId> house(Reader& reader) const;
    void enqueue_import(Tx& tx, std::string_view connector) const;

    // lines.cpp
    Identified identify(Reader& reader, std::string_view connector, const payments::SettlementLine& line,
                        Instant settled_at, LineId but) const;
    /// Judges the line of an open difference anew, and puts on the desk what still differs. `reference`: the
    /// operation's, where it was found out since.
    Result<void> judge_again(Tx& tx, MerchantId merchant, DifferenceId id, const std::string& reference) const;
    /// Ends the difference of a line that gives back what an earlier settlement could not pay, and that settlement's.
    bool comes_back(Tx& tx, Difference& difference, const Line& line) const;
    /// Takes back what was given up of a payment that is settled after all: answers how much.
    std::int64_t undo_waivers(Tx& tx, MerchantId merchant, payments::PaymentId payment,
                              const std::optional<Settled>& settled) const;

    // differences.cpp
    Task<Result<void>> review(payments::Connector& connector, const jobs::Job& job);
    Task<Result<void>> review_one(payments::Connector& connector, const Difference& difference);
    /// Asks the provider about what our books do not know; answers the operation's reference if it was found out.
    Task<std::string> ask_about(payments::Connector& connector, const Difference& difference);
    void insert(Tx& tx, Difference difference) const;
    /// Writes it a version later. The unit fails if somebody else has moved it.
    void write(Tx& tx, Difference& after, MerchantId merchant_before) const;
    /// It agrees now. `journal`: what was posted for that.
    void agree(Tx& tx, Difference& difference, std::optional<Uuid> journal, std::string_view note) const;
    void put_on_desk(Tx& tx, Difference& difference) const;
    void take_off_desk(Tx& tx, Difference& difference, std::string_view note) const;
    void tell(Tx& tx, const Difference& difference, std::string_view what) const;
    Result<void> judge_payment_again(Tx& tx, Difference& difference) const;
    Result<void> decide(Tx& tx, const cases::Case& resolved) const;

    // sweep.cpp
    Task<Result<void>> sweep(std::string_view connector, const jobs::Job& job);
    /// From when on the connector's settlements are read.
    Instant known_since(Reader& reader, std::string_view connector) const;
    /// Looks through one account's next movements that are older than the grace; answers whether there may be more.
    Result<bool> sweep_some(Tx& tx, MerchantId merchant, std::string_view connector, Currency currency,
                            Instant since) const;
    void report_unsettled(Tx& tx, const payments::PaymentDetails& known, std::int64_t unsettled_minor) const;
    /// What the settling of `line` shows: where a refund has hidden from the sweep that its charge was not settled,
    /// and is settled without it, the charge is reported now.
    void report_left_out(Tx& tx, const Identified& found, const Line& line) const;
    /// Whether what a settlement without lines could not pay has come since: another was paid, and each payment that
    /// had moved by then is settled, or reported by itself.
    Task<Result<bool>> has_come_since(const Difference& difference);
};

/// Somebody else, another node most likely, does the same at this moment.
inline std::unexpected<Error> imported_meanwhile() {
    return fail(ErrorKind::unavailable, "settlement_imported_meanwhile", "Somebody else imports this settlement.");
}

/// Of a line as it is stored, what the provider has said.
payments::SettlementLine told_of(const Line& line);

/// What stands where, in words that a bookkeeper understands.
std::string message_of(Reader& reader, const Difference& difference);

}  // namespace florin::reconciliation
