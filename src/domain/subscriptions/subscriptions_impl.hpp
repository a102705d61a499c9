#pragma once

#include <functional>

#include "cancellation.hpp"
#include "florin/subscriptions/subscriptions.hpp"
#include "wording.hpp"

namespace florin::subscriptions {

/// How long before its end a trial's customer is told.
inline constexpr std::int64_t trial_notice_days = 3;

/// A merchant's calendar at a moment of its own clock.
struct Today {
    merchants::Profile profile;
    Instant now;
    calendar::Date date;

    /// The moment at which what falls due on `day` is due.
    Instant due_at(calendar::Date day) const {
        return profile.zone.at(day, Millis{profile.billing_hour * 3'600'000LL});
    }
};

/// A price that is wished for in words; see `Changes` and `NewSubscription`.
struct PriceWish {
    std::optional<std::string> plan_id, amount, currency;
    std::optional<calendar::Cycle> cycle;
    std::optional<std::string> name;
};

std::unexpected<Error> no_subscription();
std::unexpected<Error> canceled_already();

/// The answer that repeats of the request get.
void store_answer(Tx& tx, const idempotency::Guard& guard, const Subscription& subscription, int status);

/// Who acts when nobody asks.
Asker the_clock(const Subscription& subscription);

struct Subscriptions::Impl {
    Surroundings on;

    explicit Impl(Surroundings surroundings) : on{std::move(surroundings)} {}

    /// A part of a unit that changes a subscription, which is saved after it; answers what the change was, as the event
    /// is called; empty: nothing has changed. Charges that it adds or prevents are made and prevented once the
    /// subscription is saved, because billing may tell of them at once.
    struct Charges {
        std::vector<billing::NewCharge> made;
        std::vector<billing::ChargeId> prevented;
    };
    using Act = std::function<Result<std::string_view>(Tx&, Subscription&, const Today&, Charges&)>;

    Today today_of(Reader& reader, MerchantId merchant) const;
    /// One request about one subscription, in one unit.
    Task<Result<Done>> alter(Asker asker, idempotency::Guard guard, SubscriptionId id,
                             std::optional<std::int64_t> version, Act act);
    /// Writes what an act has changed: row, turn, event, audit, mail and charges. `what` is the event's last word.
    void finish(Tx& tx, Subscription& subscription, const Today& today, std::string_view what, const Asker& asker,
                const Charges& charges) const;
    void put_turn(Tx& tx, const Subscription& subscription, const Today& today) const;
    /// What of one that is billed on is due by now.
    static billing::Backlog backlog(const Subscription& subscription, const Today& today);
    /// Answers the link to the last invoice; empty: there is none.
    std::string make(Tx& tx, const Subscription& subscription, const Charges& charges, const Today& today) const;
    void announce(Tx& tx, const Subscription& subscription, std::string_view what, const Asker& asker) const;
    /// Of a change, and what it charges and gives back at once. `invoice`: a link, or empty.
    void tell_customer(Tx& tx, const Subscription& subscription, std::string_view what, const Charges& charges,
                       std::string_view invoice) const;

    /// A wished price and what it is called, empty when nothing says so. `present` fills in what is left out.
    Result<std::pair<Price, std::string>> price_of(Reader& reader, MerchantId merchant, const PriceWish& wish,
                                                   const Subscription* present) const;

    /// The words that a subscription's customer reads.
    Wording wording_for(Reader& reader, const Subscription& subscription) const;
    /// The next period begins and is charged, with all that waits.
    void charge_period(Tx& tx, Subscription& subscription, Charges& charges) const;
    /// What waits is charged now, if it comes to something; credits go on waiting.
    void charge_pending(Tx& tx, Subscription& subscription, const Today& today, Charges& charges) const;
    void add_line(Tx& tx, Subscription& subscription, const std::string& description, std::int64_t quantity,
                  std::int64_t amount_minor, calendar::Date on_day) const;
    billing::NewCharge charge_of(const Subscription& subscription, billing::Purpose purpose, std::int64_t number,
                                 std::int64_t amount_minor, calendar::Date due_date) const;

    Result<std::string_view> change(Tx& tx, Subscription& subscription, const Changes& changes, const Today& today,
                                    Charges& charges) const;
    /// What waits when it ends is charged, of which `amount_minor` is left to be paid.
    void charge_rest(Tx& tx, Subscription& subscription, const std::vector<PendingLine>& pending,
                     std::int64_t amount_minor, const Today& today, Charges& charges) const;
    /// Gives back what is unused.
    billing::NewCharge refund_of(Reader& reader, const Subscription& subscription, std::int64_t number,
                                 std::int64_t amount_minor, const Today& today) const;
    /// Whether what the current period has charged is there: only of that something can be credited.
    enum class PeriodMoney {
        kept,
        open,     ///< Something is still being collected.
        missing,  ///< Something was not paid, or has been taken or given back since.
    };
    PeriodMoney money_of_period(Reader& reader, const Subscription& subscription) const;
    /// Ends it, with the money that `settle_end` says.
    void end(Tx& tx, Subscription& subscription, Mode mode, const Today& today, Charges& charges) const;
    /// It is not held any more, if it was; nor is there anything about it for a person to decide.
    void end_hold(Tx& tx, Subscription& subscription, cases::Resolution as, std::string_view why) const;
    std::string_view resume(Tx& tx, Subscription& subscription, calendar::Date on_day, const Today& today,
                            Charges& charges) const;
    Result<std::string_view> release(Tx& tx, Subscription& subscription, Missed missed, const Today& today,
                                     std::string_view actor, Charges& charges) const;
    /// Whether anything of it waits to be paid after an attempt has failed.
    bool owes(Reader& reader, const Subscription& subscription) const;

    Result<void> take_turn(Tx& tx, MerchantId merchant, const Uuid& id, Instant due_at) const;
    void hear(Tx& tx, const billing::Charge& charge) const;
    /// Whether a charge is still collected, once more.
    bool wants(Tx& tx, const billing::Charge& charge) const;
    std::int64_t excess_minor(Tx& tx, const billing::Charge& refund) const;
    std::vector<billing::Expected> forecast(Reader& reader, MerchantId merchant, const Uuid& id, Instant until) const;
};

}  // namespace florin::subscriptions
