#include "books.hpp"

#include "florin/base/check.hpp"

namespace florin::reconciliation::books {
namespace {

using ledger::Account;

class Posting {
public:
    Posting(MerchantId merchant, ledger::JournalId id, ledger::JournalKind kind, Currency currency)
        : currency_{currency}, journal_{.merchant = merchant, .id = id, .kind = kind, .entries = {}} {}

    /// Positive: debited.
    Posting& add(const Account& account, std::int64_t minor) {
        if (minor == 0) return *this;
        const auto amount = Money::of(minor, currency_);
        check(amount.has_value(), "what is posted is within bounds");
        journal_.entries.push_back({account, *amount});
        return *this;
    }
    void post(Tx& tx) {
        if (!journal_.entries.empty()) ledger::post(tx, journal_);
    }

private:
    Currency currency_;
    ledger::Journal journal_;
};

}  // namespace

void post_line(Tx& tx, std::string_view connector, const Line& line, std::int64_t undone_minor) {
    const bool is_fee = line.kind == LineKind::fee;
    const std::int64_t gross = line.gross.minor(), fee = line.fee.minor();
    Posting{line.merchant, ledger::journal_of(line.id),
            is_fee ? ledger::JournalKind::fee : ledger::JournalKind::settlement, line.gross.currency()}
        .add(Account::bank(), gross - fee)
        .add(Account::fees(), fee)
        .add(Account::provider_clearing(connector), -line.expected_minor)
        .add(Account::suspense(), line.expected_minor - gross)
        .add(Account::provider_clearing(connector), undone_minor)
        .add(Account::write_offs(), -undone_minor)
        .post(tx);
}

void take_back(Tx& tx, const Line& line, ledger::JournalId id) {
    const std::int64_t gross = line.gross.minor(), fee = line.fee.minor();
    Posting{line.merchant, id, ledger::JournalKind::correction, line.gross.currency()}
        .add(Account::bank(), fee - gross)
        .add(Account::fees(), -fee)
        .add(Account::suspense(), gross)
        .post(tx);
}

void settle_more(Tx& tx, std::string_view connector, const Line& line, ledger::JournalId id, std::int64_t more_minor,
                 std::int64_t undone_minor) {
    Posting{line.merchant, id, ledger::JournalKind::settlement, line.gross.currency()}
        .add(Account::suspense(), more_minor)
        .add(Account::provider_clearing(connector), -more_minor)
        .add(Account::provider_clearing(connector), undone_minor)
        .add(Account::write_offs(), -undone_minor)
        .post(tx);
}

void post_paid(Tx& tx, MerchantId merchant, Currency currency, ledger::JournalId id, std::int64_t paid_minor) {
    Posting{merchant, id, ledger::JournalKind::settlement, currency}
        .add(Account::bank(), paid_minor)
        .add(Account::suspense(), -paid_minor)
        .post(tx);
}

void post_end(Tx& tx, const Difference& difference, ledger::JournalId id, const Account& to) {
    if (difference.missing_minor == 0) return;
    check(difference.currency.has_value(), "what is missing is in a currency");
    const bool is_in_clearing = difference.kind == Finding::not_settled;
    Posting{difference.merchant, id, ledger::JournalKind::correction, *difference.currency}
        .add(to, difference.missing_minor)
        .add(is_in_clearing ? Account::provider_clearing(difference.connector) : Account::suspense(),
             -difference.missing_minor)
        .post(tx);
}

}  // namespace florin::reconciliation::books
