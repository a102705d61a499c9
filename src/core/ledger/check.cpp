#include "florin/ledger/check.hpp"

#include <map>

#include "digest.hpp"
#include "florin/base/check.hpp"
#include "ledger_store.hpp"

namespace florin::ledger {
namespace {

constexpr std::int64_t page_size = 10'000;

/// Sees entries in the order of the primary key.
class Examination {
public:
    explicit Examination(Reader& reader) : reader_{reader} {}

    void see(StoredEntry entry) {
        if (entry.merchant != last_.merchant || is_first_) begin_merchant(entry.merchant);
        if (entry.journal != last_.journal || entry.merchant != last_.merchant || is_first_) begin_journal(entry);
        is_first_ = false;
        ++checked_.entries;

        const Digest digest = digest_of(entry);
        if (!std::equal(digest.begin(), digest.end(), entry.digest.begin(), entry.digest.end()))
            report({Fault::entry_altered, entry.merchant, entry.journal, entry.leg, {}, {}});
        sum_ += entry.amount_minor;
        is_mixed_ = is_mixed_ || entry.currency != currency_;
        ++seen_legs_;

        Sums& sums = sums_[{entry.account, entry.currency}];
        sums.all += entry.amount_minor;
        sums.moments += moment_digit(entry.posted_at);
        if (entry.posted_at < sums.up_to) sums.before_snapshot += entry.amount_minor;
        last_ = std::move(entry);
    }

    Checked finish() {
        end_journal();
        end_merchant();
        for (const Snapshot& stray : select_strays(reader_))
            report({Fault::snapshot_differs, stray.merchant, {}, -1, stray.account.account, stray.account.currency});
        return std::move(checked_);
    }

private:
    struct Sums {
        Instant up_to = beginning;
        std::int64_t snapshot_minor = 0;
        __int128 before_snapshot = 0;
        __int128 all = 0;
        std::int64_t moments = 0;
        __int128 in_index = 0;
        std::int64_t moments_in_index = 0;
    };

    void report(Finding finding) {
        if (checked_.findings.size() < max_findings) checked_.findings.push_back(std::move(finding));
    }

    void begin_merchant(MerchantId merchant) {
        end_journal();
        end_merchant();
        for (const Snapshot& snapshot : select_snapshots(reader_, merchant))
            sums_[{snapshot.account.account, snapshot.account.currency}] = {.up_to = snapshot.up_to,
                                                                            .snapshot_minor = snapshot.balance_minor};
    }

    void begin_journal(const StoredEntry& entry) {
        end_journal();
        ++checked_.journals;
        currency_ = entry.currency;
        legs_ = entry.legs;
        is_in_journal_ = true;
    }

    void end_journal() {
        if (!std::exchange(is_in_journal_, false)) return;
        if (seen_legs_ != legs_) report({Fault::leg_missing, last_.merchant, last_.journal, -1, {}, {}});
        if (sum_ != 0 || is_mixed_) report({Fault::journal_unbalanced, last_.merchant, last_.journal, -1, {}, {}});
        seen_legs_ = 0;
        sum_ = 0;
        is_mixed_ = false;
    }

    void end_merchant() {
        if (is_first_) return;
        // Balances are read from an index alone; damage there must be found, too.
        for (const IndexSums& index : sum_index(reader_, last_.merchant)) {
            Sums& sums = sums_[{index.account.account, index.account.currency}];
            sums.in_index += index.amount_minor;
            sums.moments_in_index += index.moments;
        }
        for (const auto& [key, sums] : sums_) {
            if (sums.before_snapshot != sums.snapshot_minor)
                report({Fault::snapshot_differs, last_.merchant, {}, -1, key.first, key.second});
            if (sums.in_index != sums.all || sums.moments_in_index != sums.moments)
                report({Fault::index_differs, last_.merchant, {}, -1, key.first, key.second});
        }
        sums_.clear();
    }

    Reader& reader_;
    Checked checked_;
    StoredEntry last_;
    bool is_first_ = true;
    bool is_in_journal_ = false;
    bool is_mixed_ = false;
    std::string currency_;
    std::int64_t legs_ = 0;
    std::int64_t seen_legs_ = 0;
    __int128 sum_ = 0;
    std::map<std::pair<std::string, std::string>, Sums> sums_;
};

}  // namespace

std::string_view to_text(Fault fault) {
    switch (fault) {
        case Fault::entry_altered:
            return "entry_altered";
        case Fault::leg_missing:
            return "leg_missing";
        case Fault::journal_unbalanced:
            return "journal_unbalanced";
        case Fault::snapshot_differs:
            return "snapshot_differs";
        case Fault::index_differs:
            return "index_differs";
    }
    florin::check(false, "a fault is of a known kind");
    return {};
}

std::string to_text(const Finding& finding) {
    std::string text{to_text(finding.fault)};
    text += " merchant=" + std::to_string(finding.merchant.value);
    if (finding.account.empty()) {
        text += " journal=" + finding.journal.text();
        if (finding.leg >= 0) text += " leg=" + std::to_string(finding.leg);
    } else {
        text += " account=" + finding.account + " currency=" + finding.currency;
    }
    return text;
}

Checked check(Reader& reader) {
    Examination examination{reader};
    std::vector<StoredEntry> page;
    StoredEntry after;
    after.merchant = {INT64_MIN};
    // In pages, because not every engine shows rows before it has all of them.
    do {
        page = select_page(reader, after, page_size);
        if (!page.empty()) after = page.back();
        for (StoredEntry& entry : page) examination.see(std::move(entry));
    } while (std::ssize(page) == page_size);
    return examination.finish();
}

}  // namespace florin::ledger
