#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "florin/audit/audit.hpp"
#include "florin/base/result.hpp"
#include "florin/billing/agenda.hpp"
#include "florin/billing/charge.hpp"
#include "florin/jobs/worker.hpp"
#include "florin/merchants/merchants.hpp"
#include "florin/payments/payments.hpp"
#include "florin/runtime/world.hpp"
#include "florin/store/store.hpp"

namespace florin::billing {

/// What will be charged, to whom and when, if nothing changes.
struct Expected {
    std::string owner_kind;
    Uuid owner{};
    Purpose purpose = Purpose::instalment;
    std::int64_t number = 1;
    bool is_refund = false;
    std::string customer_id;
    calendar::Date due_date;
    Money amount;
};

/// A module whose things come due: payment terms, subscriptions. All its functions are units of work or parts of one:
/// plain, and called again when the unit is.
struct Owner {
    std::string kind;
    /// The transactions creator: a turn has come. It creates what is due then and puts the next turn. `due_at` is the
    /// turn's; what is due by the merchant's clock may be more, and comes in turns of its own, in order (F71).
    std::function<Result<void>(Tx&, MerchantId, const Uuid& id, Instant due_at)> on_turn;
    /// A charge of it has changed its status: in the commit that changes it, once.
    std::function<void(Tx&, const Charge&)> on_charge;
    /// What it will charge after the merchant's now and before `until`, without what is already a charge.
    std::function<std::vector<Expected>(Reader&, MerchantId, Instant until)> forecast;
};

/// What the module is given. All outlive it.
struct Surroundings {
    World world;
    store::Store& store;
    const audit::Log& audit;
    payments::Payments& payments;
    const merchants::Merchants& merchants;
    /// Called after a commit that has left something to do.
    std::function<void()> wake;
    // Who hears of outcomes: receipts, notices, cases (see the README).
};

/// Charges what is due, tries again by policy, and tells what came of it. Any scheduler.
///
/// The way of a due amount (document A's components): schedule tick → `load` (loader) → job `billing.turn` (creator,
/// `Owner::on_turn`) → job `billing.collect` (collector, FIFO by owner) → record (updater) → jobs that notify.
class Billing {
public:
    explicit Billing(Surroundings surroundings);
    ~Billing();
    Billing(const Billing&) = delete;

    /// Before anything else.
    void add(Owner owner);

    /// In the caller's unit: the charge exists, and is collected, exactly if the unit commits. Nothing when there is
    /// one of that owner, purpose and number already (F70); then that one's id.
    ChargeId create(Tx& tx, const NewCharge& charge);
    /// Prevents what has not been sent. True when it will not be charged any more; false: it is under way, or done,
    /// and `on_charge` will tell what came of it (F85).
    [[nodiscard]] bool cancel(Tx& tx, MerchantId merchant, ChargeId charge);
    std::optional<Charge> find(Reader& reader, MerchantId merchant, ChargeId charge);
    /// An owner's, in the order of creation.
    std::vector<Charge> charges_of(Reader& reader, MerchantId merchant, std::string_view owner_kind, const Uuid& owner);

    /// The loader: takes turns that have come by the merchants' clocks and makes jobs of them, `batch` at a time;
    /// answers how many. A merchant with a test clock is left to its clock unless it is `only`.
    Task<Result<std::size_t>> load(std::optional<MerchantId> only = {}, std::size_t batch = 500);

    /// Works on one job of its kind. May be called again for the same one.
    Task<Result<void>> take_turn(const jobs::Job& job);
    Task<Result<void>> collect(const jobs::Job& job);

    struct Impl;

private:
    std::unique_ptr<Impl> impl_;
};

}  // namespace florin::billing
