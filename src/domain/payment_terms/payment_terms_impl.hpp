#pragma once

#include "florin/payment_terms/payment_terms.hpp"

namespace florin::payment_terms {

struct PaymentTerms::Impl {
    Surroundings on;

    explicit Impl(Surroundings surroundings) : on{std::move(surroundings)} {}

    /// Whether what they are paid by and tried again by is there.
    Result<void> check_options(Reader& reader, MerchantId merchant, const NewTerms& wanted) const;
    Result<void> check_means(Reader& reader, MerchantId merchant, const std::string& customer_id,
                             const billing::Means& means) const;
    /// Terms as they would be made, with a new id.
    Result<Terms> made_of(Reader& reader, MerchantId merchant, const NewTerms& wanted, PaymentTermsId id) const;

    // What happens to terms, each in a unit that has locked them. Each writes them, tells of it, and only then lets
    // billing act.
    /// Of terms that were just written: the first turn, and the agreement.
    void begin(Tx& tx, const Terms& terms) const;
    Result<void> adjust(Tx& tx, Terms& terms, std::int64_t total_minor, const Origin& origin) const;
    /// Whatever is still to be charged or tried again is paid by these means.
    void pay_by(Tx& tx, Terms& terms, const billing::Means& means, const Origin& origin) const;
    Result<void> cancel(Tx& tx, Terms& terms, const Origin& origin) const;
    Result<void> release(Tx& tx, Terms& terms, const Origin& origin) const;
    /// The refund, or the final charge, once nothing is on its way any more. `heard`: a charge that has just changed.
    void settle_cancellation(Tx& tx, Terms& terms, const billing::Charge* heard, const Origin& origin) const;

    Result<void> take_turn(Tx& tx, MerchantId merchant, PaymentTermsId id) const;
    void hear(Tx& tx, const billing::Charge& before, const billing::Charge& charge) const;
    bool wants(Tx& tx, const billing::Charge& charge) const;
    std::int64_t excess_minor(Tx& tx, const billing::Charge& refund) const;
    /// What a person resolved; a charge has been acted on by then. Nothing where it was seen to without the case.
    Result<void> act_on_case(Tx& tx, const cases::Case& resolved) const;
    std::vector<billing::Expected> forecast(Reader& reader, MerchantId merchant, PaymentTermsId id,
                                            Instant until) const;
    /// The credit that is given back at once when a charge that is on its way arrives.
    std::vector<billing::Expected> follow_ups(Reader& reader, const billing::Charge& charge) const;

    /// The event and the audit entry of what a unit has just written.
    void announce(Tx& tx, const Terms& terms, std::string_view type, const Origin& origin) const;

private:
    /// With the charges, where a credit waits for them: otherwise nothing that is to come depends on any.
    Scheduled expecting(Reader& reader, Terms terms) const;
    void write(Tx& tx, Terms& terms) const;
    void put_next_turn(Tx& tx, const Terms& terms) const;
    /// What of terms that are not all billed is due by now.
    billing::Backlog backlog(const merchants::Profile& profile, const Terms& terms, Instant now) const;
    void put_next_turn(Tx& tx, const Terms& terms, const merchants::Profile& profile) const;
    void charge(Tx& tx, const Terms& terms, billing::Purpose purpose, std::int64_t number, const Movement& movement,
                calendar::Date due_date) const;
    /// All charges of the terms, with `heard` as it is now.
    std::vector<billing::Charge> charges_of(Tx& tx, const Terms& terms, const billing::Charge* heard) const;
    void hear_of_final_amount(Tx& tx, Terms& terms, const billing::Charge& charge, const Origin& origin) const;
    /// So much was received, or has come back, although the cancellation was settled without it: it goes back.
    void give_back_late(Tx& tx, Terms& terms, std::int64_t minor) const;
    void complete_if_settled(Tx& tx, Terms& terms, const billing::Charge& charge, const Origin& origin) const;
};

/// Whether all that can ever be due at a cancellation is an amount. Error `amount_out_of_range` (`field`).
Result<void> check_most_due(std::int64_t total_minor, const CancellationTerms& terms, std::string_view field);
/// Books a movement that is about to be made.
void book(Account& account, const Movement& movement);
/// Books what has become of a charge.
void take_over(Account& account, const billing::Charge& before, const billing::Charge& after);
/// The terms as an adjustment leaves them, and what it settles at once. Errors as `PaymentTerms::adjust`.
Result<std::optional<Movement>> adjusted_terms(Terms& terms, std::int64_t total_minor, calendar::Date today);
/// Whether terms may be canceled on that day. Errors as `PaymentTerms::cancel`.
Result<void> may_cancel(const Terms& terms, calendar::Date today);

/// The answer that the API gives for terms.
idempotency::Answer answer_of(const Terms& terms, bool is_new);

}  // namespace florin::payment_terms
