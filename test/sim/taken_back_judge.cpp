#include "taken_back_judge.hpp"

#include <algorithm>

#include "florin/json/value.hpp"

namespace florin::sim {
namespace {

using store::Reader;
using store::Row;

const store::Sql list_moved{"sim.moved", R"sql(
    SELECT merchant_id, payment_id, id, type, status, approved_minor, COALESCE(idempotency_key, ''), created_at,
        reference_number
    FROM transactions
)sql"};
const store::Sql list_accounts{"sim.accounts", R"sql(
    SELECT merchant_id, id, status, paid_minor, refunded_minor, taken_back_minor, COALESCE(settlement, ''),
        cancellation_terms
    FROM payment_terms
)sql"};

const store::Sql list_over{"sim.over", R"sql(
    SELECT merchant_id, id FROM payment_terms WHERE status IN ('pending_cancellation', 'canceled')
    UNION ALL SELECT merchant_id, id FROM subscriptions WHERE status = 'canceled'
)sql"};

/// What became of a payment after it was taken.
struct Back {
    std::int64_t by_billing = 0, by_others = 0;  ///< Refunds.
    /// Of refunds by others and of chargebacks: when they were begun, or heard of, and how much.
    std::vector<std::pair<Instant, std::int64_t>> lost;
    std::vector<Uuid> chargebacks;
};

class TakenBackHearing {
public:
    TakenBackHearing(Installation& at, bool was_set_back) : at_{at}, was_set_back_{was_set_back} {}

    std::vector<Objection> hear() {
        auto everything = [this](Reader& reader) -> Result<bool> {
            objections_.clear();
            back_.clear();
            payment_of_.clear();
            books_ = read_books(reader);
            read_moved(reader);
            over_.clear();
            reader.each(list_over, [&](const Row& row) { over_.emplace(row.integer(0), row.uuid(1)); });
            check_truth();
            for (const Charge& charge : books_.charges)
                if (!charge.is_refund) check_charge(charge);
            check_refunds();
            check_accounts(reader);
            return true;
        };
        at_.look(everything);
        return std::move(objections_);
    }

private:
    using Payment = std::pair<std::int64_t, Uuid>;
    void object(std::string law, std::string what) { objections_.push_back({std::move(law), std::move(what)}); }

    void read_moved(Reader& reader) {
        reader.each(list_moved, [&](const Row& row) {
            const Payment payment{row.integer(0), row.uuid(1)};
            payment_of_[row.string(8)] = payment;
            const std::string type = row.string(3);
            const std::int64_t moved = row.integer(5);
            if (row.string(4) != "approved" || moved == 0) return;
            Back& back = back_[payment];
            const bool is_ours = row.string(6).starts_with("billing ");
            if (type == "refund") {
                (is_ours ? back.by_billing : back.by_others) += moved;
                if (!is_ours) back.lost.emplace_back(Instant{row.integer(7)}, moved);
            } else if (type == "chargeback") {
                back.lost.emplace_back(Instant{row.integer(7)}, moved);
                back.chargebacks.push_back(row.uuid(2));
            }
        });
    }
    const Back& back_of(std::int64_t merchant, const Uuid& payment) { return back_[{merchant, payment}]; }

    /// F95, F28: at no moment has more of a payment gone back, by whomever, than was received.
    void check_truth() {
        std::map<Payment, std::int64_t> kept;
        for (const sandbox::Movement& movement : at_.sandbox->movements()) {
            const auto payment = payment_of_.find(movement.reference);
            if (payment == payment_of_.end()) continue;
            std::int64_t& sum = kept[payment->second];
            const bool is_void_of_taken = movement.type == "cancel" && movement.cancels != "authorize";
            if (movement.type == "purchase" || movement.type == "capture" || movement.type == "chargeback_reversal")
                sum += movement.amount_minor;
            if (movement.type == "refund" || movement.type == "chargeback" || is_void_of_taken)
                sum -= movement.amount_minor;
            if (sum < 0)
                object("no more goes back than was received", movement.provider + " " + movement.type + " " +
                                                                  std::to_string(movement.amount_minor) + " leaves " +
                                                                  std::to_string(sum));
        }
    }

    void check_charge(const Charge& charge) {
        const auto& attempts = books_.attempts_of(charge);
        const auto paying = std::ranges::find_if(attempts, [&](const Attempt& attempt) {
            return charge.status == "succeeded" && attempt.status == "succeeded" && attempt.payment == charge.payment;
        });
        std::int64_t there = 0;
        if (paying != attempts.end() && paying->payment) {
            const Back& back = back_of(charge.merchant, *paying->payment);
            there = paying->captured - back.by_others - paying->charged_back;
        }
        // What is there, or was paid otherwise, or is known to be gone. More than that: it was paid twice, as a person
        // knows. A dispute that was won counts as paid again.
        if (charge.status == "succeeded") {
            const std::int64_t above = there + charge.outside + charge.taken_back - charge.amount;
            if (above < 0 || (above > 0 && books_.times_paid_twice(charge) == 0))
                object("what counts as paid is there", charge.name() + ": " + std::to_string(there) +
                                                           " at the provider, " + std::to_string(charge.outside) +
                                                           " outside, " + std::to_string(charge.taken_back) + " gone");
        }
        for (const Attempt& attempt : attempts) {
            if (!attempt.payment) continue;
            const auto returned = std::ranges::any_of(books_.told_of(charge), [&](const Told& told) {
                return told.word == "returned" && told.attempts >= attempt.number;
            });
            for (const Uuid& chargeback : back_of(charge.merchant, *attempt.payment).chargebacks) {
                const std::string cause = "dispute:" + florin::to_text(charge.id) + ":" + florin::to_text(chargeback);
                if (attempt.status == "succeeded" && !returned && !books_.has_case(charge.merchant, cause))
                    object("a dispute is a case", charge.name());
            }
        }
        if (books_.was_returned(charge)) check_returned(charge);
    }

    /// F28: it is collected once more, or a person decides.
    void check_returned(const Charge& charge) {
        const bool is_paid = charge.status == "succeeded";
        const bool comes = charge.status == "retrying" && charge.retry_on;
        const bool is_ended =
            charge.status == "failed" && (charge.ending != "case" || books_.has_case(charge.merchant, charge.cause()));
        // Whoever ends what it belongs to settles it there.
        const bool is_let_go = charge.status == "canceled" && (has_resolved_case(charge) || is_owner_over(charge));
        if (!is_paid && !comes && !is_ended && !is_let_go)
            object("a returned debit is collected again or is a case", charge.name());
    }
    bool has_resolved_case(const Charge& charge) const {
        const std::string cause = "charge:" + florin::to_text(charge.id);
        return std::ranges::any_of(books_.cases, [&](const auto& one) {
            return one.first.first == charge.merchant && one.first.second.starts_with(cause) &&
                   one.second.status == "resolved";
        });
    }
    bool is_owner_over(const Charge& charge) const { return over_.contains(charge.whose()); }

    /// What billing has given back is what its payments say that it has; and what others gave back or took already,
    /// nobody is asked to give.
    void check_refunds() {
        std::set<Owner> has_gone;
        for (const Charge& charge : books_.charges)
            if (was_money_back(books_, charge)) has_gone.insert(charge.whose());
        for (const Charge& charge : books_.charges) {
            const auto is_short = [](const Attempt& attempt) { return attempt.code == "nothing_left_to_refund"; };
            if (charge.is_refund && has_gone.contains(charge.whose()) &&
                std::ranges::any_of(books_.attempts_of(charge), is_short))
                object("what is gone is given back by nobody", charge.name());
        }
        std::map<Payment, std::int64_t> parts;
        for (const Charge& charge : books_.charges) {
            if (!charge.is_refund) continue;
            for (const Attempt& part : books_.attempts_of(charge))
                if (part.status == "succeeded" && part.payment) parts[{charge.merchant, *part.payment}] += part.amount;
        }
        for (const auto& [payment, back] : back_)
            if (back.by_billing != parts[payment])
                object("what was given back is in the payments",
                       florin::to_text(payment.second) + " " + std::to_string(parts[payment]) + ", of its payment " +
                           std::to_string(back.by_billing));
    }

    void check_accounts(Reader& reader) {
        reader.each(list_accounts, [&](const Row& row) {
            const Owner owner{row.integer(0), row.uuid(1)};
            std::int64_t paid = 0, back = 0, taken_back = 0;
            for (const Charge& charge : books_.charges) {
                if (charge.whose() != owner) continue;
                (charge.is_refund ? back : paid) += charge.settled();
                taken_back += charge.taken_back;
            }
            const std::string name = florin::to_text(owner.second) + " " + row.string(2);
            if (paid != row.integer(3) || back != row.integer(4) || taken_back != row.integer(5))
                object("an account is the sum of its charges",
                       name + ": paid " + std::to_string(paid) + " " + std::to_string(row.integer(3)) + ", back " +
                           std::to_string(back) + " " + std::to_string(row.integer(4)) + ", gone " +
                           std::to_string(taken_back) + " " + std::to_string(row.integer(5)));
            if (!row.string(6).empty()) check_settlement(owner, name, row.string(6), row.string(7));
        });
    }

    /// F85, F95: what is kept is what was earned; and below that only by what was lost since.
    void check_settlement(const Owner& owner, const std::string& name, const std::string& text,
                          const std::string& terms) {
        const auto settlement = json::parse(text), agreed = json::parse(terms);
        check(settlement && agreed, "a settlement is JSON");
        const auto of = [&](std::string_view member) {
            const json::Value* found = settlement->find(member);
            return found == nullptr ? 0 : found->integer().value_or(0);
        };
        const json::Value* method = agreed->find("method");
        // What it does not give back, it keeps.
        if (method == nullptr || method->text() == "none") return;
        const std::int64_t due = of("earned_minor") + of("fee_minor");
        std::int64_t net = 0, with_people = 0;
        std::optional<Instant> last;
        for (const Charge& charge : books_.charges) {
            if (charge.whose() != owner) continue;
            net += charge.is_refund ? -charge.done : charge.settled() - charge.taken_back;
            if (!charge.is_refund) continue;
            if (charge.status != "succeeded") with_people += charge.amount - charge.done;
            if (charge.purpose == "final_amount") last = std::max(last.value_or(charge.created_at), charge.created_at);
        }
        if (net > due + with_people)
            object("a canceled plan keeps what was earned",
                   name + ": " + std::to_string(net) + " of " + std::to_string(due + with_people));
        if (!last || was_set_back_) return;
        std::int64_t lost = 0;
        for (const Charge& charge : books_.charges) {
            if (charge.whose() != owner || charge.is_refund) continue;
            for (const Attempt& attempt : books_.attempts_of(charge))
                if (attempt.payment)
                    for (const auto& [at, minor] : back_of(charge.merchant, *attempt.payment).lost)
                        if (at + slack() >= *last) lost += minor;
        }
        if (net + lost < due)
            object("a canceled plan gives back what was not earned, once", name + ": keeps " + std::to_string(net) +
                                                                               " of " + std::to_string(due) +
                                                                               ", lost since " + std::to_string(lost));
    }
    /// Processes whose clocks differ a little take turns.
    Millis slack() const { return at_.processes() > 1 ? Millis{1'000} : Millis{0}; }

    Installation& at_;
    bool was_set_back_;
    Books books_;
    std::map<Payment, Back> back_;
    std::map<std::string, Payment> payment_of_;
    std::set<Owner> over_;
    std::vector<Objection> objections_;
};

}  // namespace

std::vector<Objection> judge_taken_back(Installation& installation, bool was_set_back) {
    return TakenBackHearing{installation, was_set_back}.hear();
}

bool was_money_back(const Books& books, const Charge& charge) {
    return charge.outside > 0 || std::ranges::any_of(books.told_of(charge), [](const Told& told) {
               return told.word == "returned" || told.word == "refunded" || told.word == "disputed" ||
                      told.word == "dispute_won" || told.word == "clamped" || told.word == "paid_elsewhere";
           });
}

}  // namespace florin::sim
