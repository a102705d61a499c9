#pragma once

#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "florin/audit/audit.hpp"
#include "florin/base/result.hpp"
#include "florin/cases/cases.hpp"
#include "florin/idempotency/idempotency.hpp"
#include "florin/jobs/worker.hpp"
#include "florin/payments/payments.hpp"
#include "florin/reconciliation/settlement.hpp"
#include "florin/runtime/world.hpp"
#include "florin/store/store.hpp"

namespace florin::reconciliation {

struct Settings {
    /// Whose the providers' accounts are, and what no merchant's payment explains. Empty: the first merchant's.
    std::string merchant;
    /// When settlements are read: a cron expression, UTC.
    std::string schedule = "23 * * * *";
    /// After this long what was not settled is reported; and where a connector has one of its own.
    Millis grace{7LL * 24 * 3'600'000};
    std::map<std::string, Millis, std::less<>> graces;
    /// How far back the first import of a connector goes.
    Millis first_import{90LL * 24 * 3'600'000};

    /// Nothing counts as not settled before a connector has told of a settlement at all: in the sandbox, where nobody
    /// pays out unless asked to.
    bool waits_for_first_settlement = false;

    Millis grace_of(std::string_view connector) const;
};

/// What the module is given. All outlive it.
struct Surroundings {
    World world;
    store::Store& store;
    const audit::Log& audit;
    payments::Payments& payments;
    cases::Cases& cases;
    /// The connector of that name, nullptr when there is none.
    std::function<payments::Connector*(std::string_view name)> connector;
    std::vector<std::string> connectors;  ///< The names of all.
    Settings settings;
    /// Called after a commit that has left something to do.
    std::function<void()> wake;
};

/// Empty fields do not narrow.
struct SettlementFilter {
    std::string connector;
    std::optional<SettlementState> state;
    Instant from{INT64_MIN}, until{INT64_MAX};  ///< Of `settled_at`; `until` is excluded.
    std::optional<SettlementId> after;          ///< Cursor: the last one seen; the list goes from new to old.
    std::size_t limit = 50;
};
struct LineFilter {
    std::optional<Finding> status;
    bool differs = false;         ///< Whatever its status, unless it is `matched`.
    std::optional<LineId> after;  ///< Cursor: the last one seen.
    std::size_t limit = 50;
};
struct DifferenceFilter {
    std::optional<bool> is_open;
    std::optional<Finding> kind;
    std::string connector;
    std::optional<SettlementId> settlement;  ///< Of it as a whole, and of its lines.
    std::optional<DifferenceId> after;       ///< Cursor: the last one seen; the list goes from new to old.
    std::size_t limit = 50;
};

/// A settlement as one merchant may see it.
struct Shown {
    Settlement settlement;
    Share mine;
    bool is_account_mine = false;         ///< Theirs is the provider's account, and so the whole.
    std::vector<Share> shares;            ///< Of all merchants; of an account of theirs alone.
    std::vector<Difference> differences;  ///< Theirs, open and resolved, the newest first: at most `most_shown`.
    static constexpr std::size_t most_shown = 200;
};
struct ShownLine {
    Line line;
    std::optional<Difference> difference;
};

/// Where a merchant's money stands with one provider in one currency, in minor units.
struct Standing {
    std::string connector;
    Currency currency;
    std::int64_t clearing_minor = 0;     ///< What the provider owes, by our books.
    std::int64_t not_settled_minor = 0;  ///< Of it: what should have been settled by now.
    /// What nobody can explain yet, with the sign of the account `suspense`: positive is missing, negative was paid
    /// beyond what our books expect.
    std::int64_t suspense_minor = 0;
    std::int64_t open_differences = 0;
};
struct ImportState {
    std::string connector;
    std::optional<Instant> begun_at, succeeded_at, failed_at;
    std::string error_code, error;  ///< Empty: the last one went well.
};
struct Overview {
    std::vector<Standing> standings;
    std::vector<ImportState> imports;
};

/// What is open, over all merchants: for metrics.
struct OpenDifferences {
    std::string connector, kind;
    std::int64_t count = 0;
    Instant oldest_at;
};
std::vector<OpenDifferences> open_differences(store::Reader& reader);
/// Of every connector that was ever imported: for metrics.
std::vector<ImportState> imports(store::Reader& reader);

/// Compares what providers say they have paid out with our books: each line of a settlement moves what it settles from
/// the provider's clearing account to the bank, and what does not agree becomes a case. Any scheduler.
///
/// Source: design.md, Money trail.
class Reconciliation {
public:
    static constexpr std::string_view begin_kind = "reconciliation.begin";
    static constexpr std::string_view import_kind = "reconciliation.import";
    /// The owner's kind of the cases.
    static constexpr std::string_view difference_kind = "settlement_difference";
    static jobs::Policy policy();

    /// Acts on the resolutions of its cases from then on.
    explicit Reconciliation(Surroundings surroundings);
    ~Reconciliation();
    Reconciliation(const Reconciliation&) = delete;

    /// Those that tell what they have paid out.
    std::vector<std::string> connectors() const;

    /// Works on a job of `begin_kind`: has every connector's settlements imported.
    Task<Result<void>> begin(const jobs::Job& job);
    /// Works on a job of `import_kind`. May be called again for the same one, and goes on where it stopped.
    Task<Result<void>> import(const jobs::Job& job);
    /// Has the settlements of `connector` (empty: of each) imported at once; answers which. Errors: `invalid`
    /// (`unknown_connector`), `mismatch`.
    Task<Result<std::vector<std::string>>> ask(const cases::Asker& asker, idempotency::Guard guard,
                                               std::string connector);

    Task<Result<std::vector<Shown>>> list(MerchantId merchant, SettlementFilter filter);
    /// Error `not_found` (`settlement_not_found`), as of the next.
    Task<Result<Shown>> show(MerchantId merchant, SettlementId id);
    Task<Result<std::vector<ShownLine>>> lines(MerchantId merchant, SettlementId id, LineFilter filter);
    Task<Result<std::vector<Difference>>> differences(MerchantId merchant, DifferenceFilter filter);
    Task<Result<Overview>> overview(MerchantId merchant);

    struct Impl;

private:
    std::unique_ptr<Impl> impl_;
};

}  // namespace florin::reconciliation
