#include "judge.hpp"

#include <algorithm>
#include <map>
#include <set>

#include "florin/json/value.hpp"
#include "florin/ledger/check.hpp"
#include "florin/security/encoding.hpp"

namespace florin::sim {
namespace {

using store::Reader;
using store::Row;

const store::Sql read_transactions{"sim.transactions", R"sql(
    SELECT t.merchant_id, t.id, t.payment_id, t.type, t.status, t.amount_minor, t.currency, t.approved_minor, t.used_minor,
        t.parent_id, t.reference_number, t.flags, p.connector, t.provider_id
    FROM transactions t JOIN payments p ON p.merchant_id = t.merchant_id AND p.id = t.payment_id
)sql"};
const store::Sql read_payments{"sim.payments", R"sql(
    SELECT merchant_id, id, state, authorized_minor, captured_minor, refunded_minor, version, charged_back_minor
    FROM payments
)sql"};
const store::Sql read_events{"sim.events", R"sql(
    SELECT merchant_id, subject_id, count(*), min(sequence), max(sequence) FROM events GROUP BY merchant_id, subject_id
)sql"};
const store::Sql list_events{"sim.payment_events", R"sql(
    SELECT subject_id, sequence FROM events WHERE merchant_id = $1 AND type LIKE 'florin.payment.%'
)sql"};
// What has been paid out leaves the clearing account, by journals of reconciliation's own.
const store::Sql settled_of{"sim.settled", R"sql(
    SELECT COALESCE(SUM(amount_minor), 0) FROM ledger_entries
    WHERE merchant_id = $1 AND account = $2 AND currency = $3 AND kind = 'settlement'
)sql"};
const store::Sql count_audit{"sim.audit", R"sql(
    SELECT count(*) FROM audit_log WHERE merchant_id = $1 AND entity_type = 'payment' AND entity_id = $2
        AND action NOT LIKE '%.read'
)sql"};

struct Booked {
    std::int64_t merchant;
    Uuid id, payment;
    std::string type, status, currency, reference, connector, provider_id;
    std::int64_t amount, approved, used;
    std::optional<Uuid> parent;
    bool is_expiry;
    bool is_open() const { return status == "processing" || status == "unknown" || status == "pending"; }
    /// Nobody sent it: the provider has taken it back, or given it again.
    bool is_told() const { return type == "chargeback" || type == "chargeback_reversal"; }
    bool has_moved() const { return (status == "approved" || status == "quarantined") && approved > 0; }
};

struct PaymentRow {
    std::string state;
    std::int64_t authorized, captured, refunded, version, charged_back;
};

bool is_told(const sandbox::Movement& movement) {
    return movement.type == "chargeback" || movement.type == "chargeback_reversal";
}

/// What a movement is to the platform: a void of something captured gives money back.
std::string meaning_of(const sandbox::Movement& movement) {
    return movement.type == "cancel" && movement.cancels != "authorize" && !movement.cancels.empty() ? "refund"
                                                                                                     : movement.type;
}

std::size_t mails_to(Installation& at, const std::string& address) {
    http::Call call{
        .method = "GET", .url = "http://sandbox.test/sandbox/mails?to=" + address, .headers = {}, .body = {}};
    const auto found = json::parse(at.sandbox->serve(request_of(call)).response.body);
    check(found.has_value(), "the sandbox shows its mails");
    return found->find("mails")->items().size();
}

class Court {
public:
    Court(Installation& installation, const Memory& memory) : at_{installation}, memory_{memory} {}

    std::vector<Objection> hear() {
        movements_ = at_.sandbox->movements();
        auto everything = [this](Reader& reader) -> Result<bool> {
            read(reader);
            compare_truth_with_books();
            compare_truth_with_clients();
            check_limits();
            check_ledger(reader);
            check_events(reader);
            check_audit(reader);
            check_told();
            check_mails();
            return true;
        };
        at_.look(everything);
        return std::move(objections_);
    }

private:
    void object(std::string law, std::string what) { objections_.push_back({std::move(law), std::move(what)}); }

    void read(Reader& reader) {
        reader.each(read_transactions, [&](const Row& row) {
            Booked one{.merchant = row.integer(0),
                       .id = row.uuid(1),
                       .payment = row.uuid(2),
                       .type = row.string(3),
                       .status = row.string(4),
                       .currency = row.string(6),
                       .reference = row.string(10),
                       .connector = row.string(12),
                       .provider_id = row.is_null(13) ? "" : row.string(13),
                       .amount = row.integer(5),
                       .approved = row.integer(7),
                       .used = row.integer(8),
                       .parent = std::nullopt,
                       .is_expiry = (row.integer(11) & 1) != 0};
            if (!row.is_null(9)) one.parent = row.uuid(9);
            const std::string reference = one.reference;
            by_reference_.emplace(reference, std::move(one));
        });
        reader.each(read_payments, [&](const Row& row) {
            payments_[{row.integer(0), row.uuid(1)}] = {row.string(2),  row.integer(3), row.integer(4),
                                                        row.integer(5), row.integer(6), row.integer(7)};
        });
    }

    static std::string told(const sandbox::Movement& m) {
        return m.provider + " " + meaning_of(m) + " " + std::to_string(m.amount_minor) + " " + m.currency + " as " +
               m.reference;
    }

    void compare_truth_with_books() {
        std::map<std::string, int> moved;
        for (const sandbox::Movement& movement : movements_) {
            const auto found = by_reference_.find(movement.reference);
            if (found == by_reference_.end()) {
                object("nothing moves without a transaction", told(movement));
                continue;
            }
            if (!is_told(movement) && ++moved[movement.reference] > 1) object("nothing moves twice", told(movement));
            if (is_told(movement)) {
                compare_told(movement);
                continue;
            }
            const Booked& booked = found->second;
            // What an authorization has left after a first capture is charged anew at Authorize.Net.
            const bool is_later_capture = booked.type == "capture" && movement.type == "purchase";
            const bool is_same = (meaning_of(movement) == booked.type || is_later_capture) &&
                                 movement.amount_minor == booked.approved && movement.currency == booked.currency &&
                                 movement.provider == booked.connector;
            if (!booked.has_moved() || !is_same)
                object("what moved is in the books", told(movement) + ", but the books say " + booked.type + " " +
                                                         booked.status + " " + std::to_string(booked.approved) + " " +
                                                         booked.currency);
        }
        for (const auto& [reference, booked] : by_reference_) {
            if (booked.is_open()) object("nothing stays open", booked.type + " " + booked.status + " " + reference);
            if (booked.is_told()) {
                const auto is_its = [&booked](const sandbox::Movement& movement) {
                    return movement.provider_id == booked.provider_id && movement.type == booked.type;
                };
                if (std::ranges::count_if(movements_, is_its) != 1)
                    object("what is in the books has moved", booked.type + " " + booked.provider_id);
                continue;
            }
            if (booked.has_moved() && !booked.is_expiry && !moved.contains(reference))
                object("what is in the books has moved",
                       booked.type + " " + std::to_string(booked.approved) + " as " + reference);
        }
    }

    /// What the provider took back, or gave again, is in the books once.
    void compare_told(const sandbox::Movement& movement) {
        std::int64_t booked = 0;
        for (const auto& [reference, one] : by_reference_)
            if (one.type == movement.type && one.provider_id == movement.provider_id) booked += one.approved;
        if (booked != movement.amount_minor)
            object("what is taken back is in the books",
                   told(movement) + ", but the books say " + std::to_string(booked));
    }

    void compare_truth_with_clients() {
        std::map<std::tuple<std::string, std::int64_t, std::string>, std::int64_t> moved;
        for (const sandbox::Movement& movement : movements_) {
            if (is_told(movement)) continue;
            const auto booked = by_reference_.find(movement.reference);
            const bool is_later_capture =
                movement.type == "purchase" && booked != by_reference_.end() && booked->second.type == "capture";
            ++moved[{is_later_capture ? "capture" : meaning_of(movement), movement.amount_minor, movement.currency}];
        }
        // Amounts are as good as names, but for document C's: there some mean something. Whose provider moved it does
        // not matter: a client that was told no may not have been charged by any.
        struct Wishes {
            std::int64_t approved = 0, open = 0;
            std::string names;
        };
        std::map<std::tuple<std::string, std::int64_t, std::string>, Wishes> wishes;
        for (const Operation& operation : memory_.operations) {
            Wishes& same = wishes[{operation.type, operation.amount_minor, operation.currency}];
            if (operation.fate == Fate::approved) ++same.approved;
            if (operation.fate == Fate::unfinished) ++same.open;
            const std::string name =
                operation.type + " of " + std::to_string(operation.amount_minor) + " (" + operation.key + ")";
            same.names += name + ": " + operation.answer + "; ";
            for (const std::string& complaint : operation.complaints)
                object("equal key, equal answer", name + ": " + complaint);
        }
        std::map<std::pair<std::int64_t, std::string>, int> approved_by_key;
        for (const Operation& operation : memory_.operations)
            if (!operation.key.empty() && operation.fate == Fate::approved &&
                ++approved_by_key[{operation.shop->id.value, operation.key}] > 1)
                object("one key, one movement", operation.key);
        for (const auto& [wish, same] : wishes) {
            const std::int64_t times = moved[wish];
            if (times < same.approved) object("who is told yes has it", same.names);
            if (times > same.approved + same.open)
                object(same.approved == 0 ? "who is told no has nothing taken" : "one wish, one movement",
                       same.names + " moved " + std::to_string(times) + " times");
        }
    }

    void check_limits() {
        struct Sums {
            std::int64_t authorized = 0, captured = 0, refunded = 0, canceled = 0, purchased = 0, charged_back = 0;
        };
        std::map<std::pair<std::int64_t, Uuid>, Sums> by_payment;
        std::map<std::pair<std::int64_t, Uuid>, std::int64_t> used;
        std::set<std::pair<std::int64_t, Uuid>> given_again;
        for (const auto& [reference, booked] : by_reference_)
            if (booked.type == "chargeback_reversal") given_again.emplace(booked.merchant, *booked.parent);
        for (const auto& [reference, booked] : by_reference_) {
            Sums& sums = by_payment[{booked.merchant, booked.payment}];
            if (booked.has_moved()) {
                if (booked.type == "authorize") sums.authorized += booked.approved;
                if (booked.type == "purchase") sums.purchased += booked.approved;
                if (booked.type == "capture") sums.captured += booked.approved;
                if (booked.type == "refund") sums.refunded += booked.approved;
                if (booked.type == "cancel") sums.canceled += booked.approved;
                if (booked.type == "chargeback") sums.charged_back += booked.approved;
                if (booked.type == "chargeback_reversal") sums.charged_back -= booked.approved;
            }
            // What was taken back keeps from refunds what is left of it, until it comes again.
            if (booked.type == "chargeback" && !given_again.contains({booked.merchant, booked.id}))
                used[{booked.merchant, *booked.parent}] += booked.used;
            if (!booked.is_told() && booked.parent && (booked.is_open() || booked.has_moved()))
                used[{booked.merchant, *booked.parent}] += booked.is_open() ? booked.amount : booked.approved;
        }
        for (const auto& [reference, booked] : by_reference_) {
            if (booked.is_told()) continue;
            const std::int64_t expected = used[{booked.merchant, booked.id}];
            if (booked.used != expected)
                object("what is reserved is what may have moved", reference + ": " + std::to_string(booked.used) +
                                                                      " reserved, " + std::to_string(expected) +
                                                                      " asked for");
        }
        for (const auto& [key, row] : payments_) {
            const Sums& sums = by_payment[key];
            const std::string name = florin::to_text(key.second);
            if (sums.captured + sums.canceled > sums.authorized) object("never more captured than authorized", name);
            if (sums.refunded > sums.captured + sums.purchased) object("never more refunded than captured", name);
            if (row.charged_back != sums.charged_back)
                object("what is charged back is the sum of what was taken", name + " " + row.state);
            if (row.authorized != sums.authorized || row.captured != sums.captured + sums.purchased ||
                row.refunded != sums.refunded)
                object("a payment is the sum of its transactions", name + " " + row.state);
        }
    }

    void check_ledger(Reader& reader) {
        const ledger::Checked checked = ledger::check(reader);
        for (const ledger::Finding& finding : checked.findings) object("the ledger is whole", ledger::to_text(finding));
        // Which merchant a movement was for, is said by the reference alone.
        std::map<std::tuple<std::int64_t, std::string, std::string>, std::int64_t> net;
        for (const sandbox::Movement& movement : movements_) {
            const auto booked = by_reference_.find(movement.reference);
            if (booked == by_reference_.end()) continue;
            const std::string meaning = meaning_of(movement);
            std::int64_t& sum = net[{booked->second.merchant, movement.provider, movement.currency}];
            if (meaning == "purchase" || meaning == "capture") sum += movement.amount_minor;
            if (meaning == "refund" || meaning == "chargeback") sum -= movement.amount_minor;
            if (meaning == "chargeback_reversal") sum += movement.amount_minor;
        }
        for (const Shop* shop : at_.shops()) {
            std::map<std::string, std::int64_t> total;
            for (const ledger::Balance& balance : ledger::trial_balance(reader, shop->id))
                total[balance.currency] += balance.balance_minor;
            for (const auto& [currency, sum] : total)
                if (sum != 0)
                    object("the trial balance is zero", shop->name + " " + currency + " " + std::to_string(sum));
            for (const std::string code : {"USD", "GBP", "EUR"}) {
                std::int64_t held = 0;
                for (const auto& [reference, booked] : by_reference_) {
                    if (booked.merchant != shop->id.value || booked.currency != code) continue;
                    if (booked.type == "authorize") held += booked.approved;
                    if (booked.type == "capture" || booked.type == "cancel") held -= booked.approved;
                }
                const std::int64_t ours =
                    ledger::balance(reader, shop->id, ledger::Account::holds(), *Currency::of(code));
                if (ours != held)
                    object(
                        "holds are what may still be captured",
                        shop->name + " " + code + ": " + std::to_string(ours) + " instead of " + std::to_string(held));
            }
            for (const std::string provider : {"authorize_net", "bank_simulator", "stripe"})
                for (const std::string code : {"USD", "GBP", "EUR"}) {
                    const std::int64_t truth = net[{shop->id.value, provider, code}];
                    const auto account = ledger::Account::provider_clearing(provider);
                    const auto sum_of = [](const Row& row) { return row.integer(0); };
                    const std::int64_t ours = ledger::balance(reader, shop->id, account, *Currency::of(code)) -
                                              *reader.first(settled_of, sum_of, shop->id, account.text(), code);
                    if (truth != ours)
                        object("the clearing account is the provider's truth",
                               shop->name + " " + provider + " " + code + ": " + std::to_string(ours) + " instead of " +
                                   std::to_string(truth));
                }
        }
    }

    void check_events(Reader& reader) {
        std::map<std::pair<std::int64_t, std::string>, std::int64_t> events;
        reader.each(read_events, [&](const Row& row) {
            if (row.integer(3) != 1 || row.integer(4) != row.integer(2)) object("events have no gaps", row.string(1));
            events[{row.integer(0), row.string(1)}] = row.integer(2);
        });
        for (const auto& [key, row] : payments_) {
            const std::string id = florin::to_text(key.second);
            const std::int64_t told = events[{key.first, id}];
            if (told != row.version)
                object("every change is told",
                       id + " version " + std::to_string(row.version) + ", events " + std::to_string(told));
            const std::int64_t noted =
                reader.first(
                          count_audit, [](const Row& counted) { return counted.integer(0); }, key.first, id)
                    .value_or(0);
            if (noted != row.version)
                object("every change is audited",
                       id + " version " + std::to_string(row.version) + ", records " + std::to_string(noted));
        }
    }

    /// F63, F125: each object's events come in their order, and a copy is the same.
    void check_told() {
        std::map<std::pair<std::string, std::string>, std::string> bodies;
        std::map<std::pair<std::string, std::string>, std::int64_t> last;
        for (const Installation::Told& one : at_.told) {
            const auto [first, is_new] = bodies.try_emplace({one.shop, one.event_id}, one.body);
            if (!is_new && first->second != one.body) object("a message told again is the same", one.event_id);
            if (!is_new) continue;
            const std::size_t dot = one.event_id.rfind('.');
            if (memory_.given_up.contains(one.event_id.substr(0, dot))) continue;
            std::int64_t& before = last[{one.shop, one.event_id.substr(0, dot)}];
            if (one.event_id.substr(dot + 1) != std::to_string(before + 1))
                object("an object's events are told in their order", one.shop + " " + one.event_id);
            ++before;
        }
    }

    /// F122: nobody gets a mail twice.
    void check_mails() {
        for (const std::string& address : memory_.mails)
            if (const std::size_t count = mails_to(at_, address); count > 1)
                object("a mail is sent once", address + ": " + std::to_string(count));
    }

    void check_audit(Reader& reader) {
        for (const audit::Finding& finding : at_.audit().verify(reader).findings)
            object("the audit is whole", audit::to_text(finding));
    }

    Installation& at_;
    const Memory& memory_;
    std::vector<sandbox::Movement> movements_;
    std::map<std::string, Booked> by_reference_;
    std::map<std::pair<std::int64_t, Uuid>, PaymentRow> payments_;
    std::vector<Objection> objections_;
};

}  // namespace

std::vector<Objection> judge(Installation& installation, const Memory& memory) {
    return Court{installation, memory}.hear();
}

std::size_t untold(Installation& installation, const Memory& memory) {
    std::set<std::pair<std::string, std::string>> told;
    for (const Installation::Told& one : installation.told) told.emplace(one.shop, one.event_id);
    std::size_t count = 0;
    auto look_through = [&](Reader& reader) -> Result<bool> {
        count = 0;
        for (const Shop* shop : memory.subscribed)
            reader.each(
                list_events,
                [&](const Row& row) {
                    if (!told.contains({shop->name, row.string(0) + "." + std::to_string(row.integer(1))})) ++count;
                },
                shop->id);
        return true;
    };
    installation.look(look_through);
    for (const std::string& address : memory.mails) count += mails_to(installation, address) == 0 ? 1 : 0;
    return count;
}

bool tell_all(Installation& installation, const Memory& memory, Millis limit) {
    constexpr Millis step{1'000};
    for (Millis waited{0}; untold(installation, memory) > 0; waited += step) {
        if (waited >= limit) return false;
        installation.timeline.run_until([] { return false; }, step);
    }
    return true;
}

std::string to_text(const std::vector<Objection>& objections) {
    std::string text;
    for (const Objection& objection : objections) text += "  " + objection.law + ": " + objection.what + "\n";
    return text;
}

}  // namespace florin::sim
