#pragma once

#include <map>
#include <span>
#include <string>

#include "agenda_store.hpp"
#include "announcement.hpp"
#include "charge_store.hpp"
#include "florin/billing/billing.hpp"
#include "florin/payments/stored_means.hpp"
#include "forecast.hpp"
#include "policy.hpp"
#include "policy_store.hpp"

namespace florin::cases {
struct Case;
}

namespace florin::documents {
struct Document;
}

namespace florin::billing {

/// Who asks, for the audit.
struct Asker {
    MerchantId merchant;
    std::string actor, ip_address, user_agent, correlation_id;
};

/// Of the case of a charge that failed: `charge:<id>`, and of one whose debit was returned `charge:<id>:<attempt>`,
/// because its first may have been closed when it was paid.
std::string cause_of_failure(const Charge& charge);

struct Billing::Impl {
    Surroundings on;
    std::map<std::string, Owner, std::less<>> owners;

    explicit Impl(Surroundings surroundings);

    const Owner* find_owner(std::string_view kind) const;

    /// How far a load has come.
    struct Loaded {
        std::size_t merchant = 0;     ///< Its place among those who have something due.
        std::size_t of_merchant = 0;  ///< Turns of that one.
        std::size_t all = 0;          ///< Turns of all.
    };
    /// The loader's unit: takes some of the turns that have come and calls their owners, or leaves each to a job.
    Result<Loaded> load_some(Tx& tx, std::span<const MerchantId> merchants, Loaded after, std::size_t batch,
                             bool by_jobs) const;
    void leave_to_a_job(Tx& tx, MerchantId merchant, const rows::Due& due) const;
    /// The transactions creator. Errors: `unknown_owner`, and what the owner answers.
    Result<void> take_turn(Tx& tx, MerchantId merchant, const Turn& turn, Instant due_at) const;

    /// That of the charge; where it is gone, the merchant's default.
    RetryPolicy policy_of(Reader& reader, const Charge& charge) const;
    /// The job that makes the charge's next attempt.
    void enqueue_collect(Tx& tx, const Charge& charge) const;
    /// A charge that is to be tried again has its turn.
    Result<void> retry_now(Tx& tx, MerchantId merchant, const Uuid& id) const;

    /// How an attempt ended.
    struct Ended {
        bool is_success = false;
        bool is_never_sent = false;  ///< The provider, or a person, says that it never was there.
        payments::DeclineClass decline = payments::DeclineClass::none;
        std::string code = {}, message = {};
        std::optional<payments::PaymentId> payment = {};
        std::optional<payments::TransactionId> transaction = {};
    };
    static Ended ended_as(const payments::Transaction& transaction);
    /// The updater, part of a unit: what became of attempt `number` is true for the charge, told to its owner and to
    /// those who notify. Nothing when it was recorded before. Error `conflict`: somebody else was at it. `paid`: by
    /// what, where that is at hand; then the receipt is issued at once, else by the job that sends it.
    Result<void> record(Tx& tx, const ChargeId& id, MerchantId merchant, std::int64_t number, const Ended& ended,
                        const payments::Payment* paid = nullptr) const;
    /// After the commit.
    void note_recorded(const Ended& ended) const;
    void end_attempt(Tx& tx, const Charge& charge, std::int64_t number, const Ended& ended) const;
    /// What follows an attempt that failed, for `charge`, which the caller writes: the next one has its day, or none is
    /// left, or nobody wants it any more. Answers the word of the event.
    std::string_view fail_attempt(Tx& tx, Charge& charge) const;
    /// Whether it is still to be collected: what was paid when its owner ended was counted as paid then, and returned
    /// it is still owed.
    bool is_wanted(Tx& tx, const Charge& charge) const;
    bool owner_wants(Tx& tx, const Charge& charge) const;
    /// Who is told of a failure that was just announced by that event.
    void enqueue_failure(Tx& tx, const Charge& charge, const std::string& event_id) const;
    void tell_owner(Tx& tx, const Charge& before, const Charge& after) const;
    /// Of a charge that needs no person any more, in the unit that makes it so.
    void end_cases(Tx& tx, const Charge& before, const Charge& after) const;
    /// Of money that had come back for nothing, once others have given that payment back.
    void end_paid_twice(Tx& tx, const Charge& charge, const payments::PaymentDetails& now) const;
    /// Lets go what is not under way. False: it is, or is over.
    [[nodiscard]] bool prevent(Tx& tx, MerchantId merchant, const ChargeId& id) const;
    /// The same for what its owner wanted no more while it was under way, and tells the owner.
    void let_go(Tx& tx, const Charge& charge) const;
    /// Of a charge that nobody will pay: the credit note for its invoice, where it has one.
    void credit_invoice(Tx& tx, const Charge& charge) const;

    /// What the payment of a charge says of its money. See `taken_back.cpp`.
    struct MoneyBack {
        const payments::PaymentDetails& now;
        const payments::Transaction& by;
        std::int64_t attempt = 1;         ///< Which of the charge's made the payment.
        bool has_failed = false;          ///< That is known as one that failed: its debit was returned.
        std::int64_t refunded_minor = 0;  ///< By others than billing.
        std::int64_t gone_minor = 0;      ///< That, and what was charged back.
    };
    Result<void> take_back(Tx& tx, const Charge& before, const MoneyBack& back) const;
    Result<void> return_debit(Tx& tx, const Charge& before, const MoneyBack& back) const;
    Result<void> come_back(Tx& tx, const Charge& before, const MoneyBack& back) const;
    void open_dispute(Tx& tx, const Charge& charge, const MoneyBack& back) const;
    void open_paid_twice(Tx& tx, const Charge& charge, const payments::Transaction& by, std::int64_t minor) const;
    Result<void> act_on_dispute(Tx& tx, const cases::Case& resolved) const;
    /// As `record`, in a unit of its own, with the end of the job.
    Task<Result<void>> record_and_finish(const jobs::Job& job, ChargeId id, std::int64_t number, Ended ended) const;
    /// The event and the audit entry of what a unit has just written; answers the event's id.
    std::string announce(Tx& tx, const Charge& after, std::string_view word, std::string_view actor) const;
    /// A job that tells of an event, and if it is told, of the merchant's day on which it happened.
    void enqueue_telling(Tx& tx, const Charge& charge, std::string_view kind, const std::string& event_id,
                         std::optional<calendar::Date> happened_on = {},
                         std::optional<payments::TransactionId> refund = {},
                         std::optional<std::string> document = {}) const;

    /// By what a customer is charged now.
    static std::optional<payments::StoredMeans> stored_means(Reader& reader, MerchantId merchant, const Means& means,
                                                             std::string_view customer_id);
    /// What a job of the collector works on.
    struct Work {
        Charge charge;
        std::int64_t number = 1;
        std::optional<rows::Attempt> attempt;  ///< Number `number`, if it has begun.
    };
    Task<Result<void>> charge_now(const jobs::Job& job, Work work);
    /// What is known of a refund, and of what its owner has paid.
    struct Refund {
        Charge charge;
        std::vector<rows::Attempt> attempts;
        std::vector<Charge> siblings;
    };
    Task<Result<void>> refund_now(const jobs::Job& job, Work work);
    /// Sends a part of a refund, or finds out what became of it.
    Task<Result<payments::Transaction>> give_back(const Charge& charge, const rows::Attempt& part);
    /// Begins what can be given back by one payment, or makes the refund smaller by what is not due any more. False:
    /// nothing is left that could be given back. Error `conflict`: it has changed since it was read.
    Task<Result<bool>> begin_part(const Refund& refund, std::int64_t missing);
    /// What of a refund nobody holds any more is not given back: it becomes smaller (F95).
    Result<void> clamp(Tx& tx, const Charge& refund, std::int64_t minor) const;
    Task<Result<void>> note_part(const rows::Attempt& part, const payments::Transaction& transaction) const;
    Task<Result<void>> end_part(const jobs::Job& job, const rows::Attempt& part, const Ended& ended) const;
    void announce_hold(Tx& tx, MerchantId merchant, const Backlog& due, std::string_view word,
                       std::string_view actor) const;
    Task<Result<void>> refuse(const jobs::Job& job, Work work, Ended ended) const;
    /// Goes on when there is news: the job waits, longer each time, and what the provider takes days for no longer in
    /// front of the owner's other charges. `known`: what is known of the attempt by now.
    Task<Result<void>> wait(const jobs::Job& job, Work work, const payments::Transaction* known, bool is_slow) const;
    /// Nothing was sent: the attempt has not begun, and is made when it can be.
    Task<Result<void>> put_off(const jobs::Job& job, Work work) const;
    Task<Result<void>> follow(const jobs::Job& job, Work work, const payments::Transaction& transaction) const;

    /// One page. Error: `invalid_forecast_period`.
    Result<Forecast> foresee(Reader& reader, MerchantId merchant, const ForecastWish& wish) const;

    /// What is to be looked at now, the shortest notice first.
    std::vector<Look> looks_due(Reader& reader, const merchants::Profile& profile) const;
    /// A page of it: what is to be announced; `place` moves on, and is nothing at the end.
    std::vector<Announcement> look_at(Reader& reader, const merchants::Profile& profile, const Look& look,
                                      std::optional<rows::AgendaPlace>& place) const;
    std::optional<Announcement> verdict(Reader& reader, const merchants::Profile& profile, const rows::Listed& turn,
                                        const Look& look) const;
    /// False: it was announced before.
    bool announce(Tx& tx, Announcement announcement) const;
    /// While a charge is made by a card that expires soon: its owner's next one may come sooner than any look ahead,
    /// and is announced now.
    Task<Result<void>> look_beyond(const Charge& charge) const;
    /// Whether it is still so: then the charge is still to come, by means that cannot pay it.
    bool is_open(Reader& reader, const Announcement& announcement) const;
    Task<Result<void>> mail_ahead(const jobs::Job& job, std::string event_id) const;

    /// Errors: those of `parse_rules`, `invalid_policy_name`, `retry_policy_is_preset`,
    /// `retry_policy_changed_meanwhile`.
    Task<Result<rows::PolicyRow>> put_policy(Asker asker, std::string name, std::string rules) const;
    /// Error of the others: `retry_policy_not_found`.
    Task<Result<void>> remove_policy(Asker asker, std::string name) const;
    Task<Result<rows::PolicyRow>> find_policy(MerchantId merchant, std::string name) const;
    Task<Result<std::vector<rows::PolicyRow>>> list_policies(MerchantId merchant) const;

    /// What a job that tells of an event needs.
    struct Telling {
        Charge charge;
        std::string event_type, event_data;
        RetryPolicy policy;
    };
    Task<Result<Telling>> read_telling(MerchantId merchant, std::string event_id) const;
    /// `issued_on`: nothing is the merchant's today. `refund`: by which others have given back of the charge.
    /// `document`: the cause of its receipt, where it is not the charge's first.
    Task<Result<void>> receipt(const jobs::Job& job, std::string event_id, std::optional<calendar::Date> issued_on,
                               std::optional<payments::TransactionId> refund,
                               std::optional<std::string> document) const;
    /// The receipt of a charge, or the credit note of a refund; the one there is already.
    documents::Document issue_receipt(Tx& tx, const Charge& charge, const payments::Payment* paid,
                                      calendar::Date issued_on, std::string_view traceparent,
                                      const std::optional<std::string>& document) const;
    /// The credit note of what others have given back of a charge.
    documents::Document issue_credit_note(Tx& tx, const Charge& charge, const payments::Transaction& refund,
                                          calendar::Date issued_on, std::string_view traceparent) const;
    Task<Result<void>> open_case(const jobs::Job& job, std::string event_id) const;
    /// A person has resolved a case of a charge.
    Result<void> act_on(Tx& tx, const cases::Case& resolved) const;
    Result<void> act_on_charge(Tx& tx, const cases::Case& resolved, const ChargeId& id) const;
    Result<Charge> decide(Tx& tx, MerchantId merchant, ChargeId id, Decision decision, std::string_view actor) const;
    Task<Result<void>> notice(const jobs::Job& job, std::string event_id) const;
};

/// Why a charge that is paid once more, after what had paid it was returned, has a receipt of its own: another payment,
/// on another day. Nothing: it is paid for the first time.
std::optional<std::string> further_receipt(const Charge& before, const Charge& after);

/// What a charge is made of, as it is stored.
std::string lines_text(const std::vector<Line>& lines);
std::vector<Line> parse_lines(std::string_view text, Currency currency);
/// What keeps an attempt from happening twice, however often it is begun. No key that a caller of the API may choose
/// has a space in it.
idempotency::Guard guard_of(const Charge& charge, std::int64_t number);
/// Of such a key, whose it is. Nothing: it is none of billing's.
struct AttemptKey {
    ChargeId charge;
    std::int64_t number = 1;
};
std::optional<AttemptKey> attempt_of(std::string_view idempotency_key);
/// What of a refund has to be given back by a person, because that much was paid without a provider. `siblings`: all
/// charges of its owner.
std::int64_t outside_minor(const Charge& refund, const std::vector<Charge>& siblings);
inline std::unexpected<Error> changed_meanwhile() {
    return fail(ErrorKind::conflict, "charge_changed_meanwhile", "Somebody else has changed this charge.");
}
/// What the payment tells of the charge.
std::string metadata_of(const Charge& charge);
/// Nothing has happened, or nobody knows yet: the same may be asked again.
bool is_repeatable(const Error& error);

/// A job's lease is lost: whoever has it now records.
inline std::unexpected<Error> lease_lost() {
    return fail(ErrorKind::conflict, "lease_lost", "Another worker has this job by now.");
}

}  // namespace florin::billing
