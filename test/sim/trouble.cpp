#include "trouble.hpp"

#include <set>

#include "disasters.hpp"

namespace florin::sim {
namespace {

const store::Sql list_unknown{"sim.list_unknown",
                              "SELECT id FROM transactions WHERE status IN ('processing', 'unknown')"};

const store::Sql count_held{"sim.count_held", "SELECT count(*) FROM payments WHERE state IN ('created', 'authorized')"};

const store::Sql list_given_up{"sim.list_given_up",
                               "SELECT ordering_key FROM jobs WHERE kind = 'webhooks.deliver' AND state = 'dead'"};

/// One seed's installation, clients and disasters.
class Trouble {
public:
    Trouble(std::uint64_t seed, const TroubleOptions& options)
        : options_{options}, at_{seed, 1 + seed % 2}, client_{at_, memory_} {
        client_.patience = Millis{3'600'000};
    }

    Outcome run() {
        const std::size_t errors_before = Installation::errors().size();
        begin();
        for (int i = 0; i < options_.clients; ++i) at_.outside.spawn(live());
        at_.timeline.run_until([] { return false; }, options_.lasts);
        disasters_.end();
        const std::set<Uuid> unknown = unknown_now();
        at_.timeline.run_until([] { return false; }, Millis{60'000});
        for (const Uuid& still : unknown_now())
            if (unknown.contains(still)) object("an unknown outcome is found within a minute", florin::to_text(still));
        if (!at_.run_clients(Millis{3'600'000})) object("every client gets a final answer", unfinished());
        // What waits for its settlement asks every ten minutes at most.
        if (!at_.settle(Millis{1'800'000}))
            object("all is settled in the end", std::to_string(at_.open_transactions()));
        // F28: what was taken back and nobody told of is asked about a day later.
        at_.clock.jump(Millis{25LL * 3'600'000});
        at_.timeline.run_until([] { return false; }, Millis{30'000});
        if (!at_.settle(Millis{300'000})) object("all is settled after a day", std::to_string(at_.open_transactions()));
        // A month on, what was held and never captured is let go of (F29).
        if (happens(300)) {
            at_.clock.jump(Millis{31LL * 24 * 3'600'000});
            at_.timeline.run_until([] { return false; }, Millis{30'000});
            if (!at_.settle(Millis{300'000}))
                object("all is settled after the expiry", std::to_string(at_.open_transactions()));
            auto held = [](store::Reader& reader) -> Result<std::int64_t> {
                return reader.first(count_held, [](const store::Row& row) { return row.integer(0); }).value_or(0);
            };
            if (const std::int64_t left = at_.look(held); left != 0)
                object("what expires is let go of", std::to_string(left));
        }
        tell_all();
        for (Objection& objection : judge(at_, memory_)) outcome_.objections.push_back(std::move(objection));
        for (std::size_t i = errors_before; i < Installation::errors().size(); ++i)
            object("no error is logged", Installation::errors()[i]);
        outcome_.operations = memory_.operations.size();
        outcome_.movements = at_.sandbox->movements().size();
        outcome_.deaths = at_.deaths();
        outcome_.commits = at_.commits();
        return std::move(outcome_);
    }

private:
    using Text = std::string;
    void object(Text law, Text what) { outcome_.objections.push_back({std::move(law), std::move(what)}); }

    bool happens(std::uint64_t of_thousand) { return disasters_.happens(of_thousand); }
    int rate(std::uint64_t most) { return disasters_.rate(most); }
    Millis soon(std::uint64_t most_ms) { return disasters_.soon(most_ms); }

    void begin() {
        if (happens(500)) {
            for (const Shop* shop : at_.shops()) at_.outside.spawn(client_.subscribe(*shop));
            check(at_.run_clients(Millis{60'000}), "the shops are told from the beginning");
        }
        if (happens(300)) at_.settle_after(Millis{86'400'000});
        // F44: in every fourth world no webhook ever comes.
        if (happens(750)) at_.listen_to_webhooks();
        at_.set_sandbox(R"({"stripe":{"debit_ms":)" + std::to_string(at_.random.below(40'000)) + R"(,"dispute_ms":)" +
                        std::to_string(at_.random.below(20'000)) + "}}");
        // F36: in most worlds one shop has two providers, of which one may refuse connections for a while.
        if (happens(800)) at_.outside.spawn(client_.set_routes());
        if (happens(300))
            at_.outside.call_after(soon(60'000), [this] { disasters_.refuse(Installation::stripe_host); });
        // F125: a shop's endpoint may fail, or be away for a while.
        at_.shop_errors = rate(300);
        if (happens(300)) at_.outside.call_after(soon(60'000), [this] { disasters_.refuse(Installation::shops_host); });
        disasters_.begin();
        if (options_.has_clock_jumps && happens(300)) at_.outside.call_after(soon(60'000), [this] { jump(); });
    }

    void jump() {
        at_.clock.jump(happens(500) ? Millis{-static_cast<std::int64_t>(at_.random.below(15'000))} : soon(240'000));
    }

    /// What three deaths fell upon lies on the desk of dead letters; then each event comes to its shop (F54, F63).
    void tell_all() {
        auto given_up = [](store::Reader& reader) -> Result<std::vector<std::string>> {
            return reader.all(list_given_up, [](const store::Row& row) { return row.string(0); });
        };
        for (const std::string& key : at_.look(given_up)) memory_.given_up.insert(key.substr(key.rfind(':') + 1));
        for (const Shop* shop : at_.shops()) at_.outside.spawn(client_.retry_dead_letters(*shop));
        const bool is_done = at_.run_clients(Millis{60'000});
        if (!is_done || !florin::sim::tell_all(at_, memory_, Millis{7'200'000}))
            object("every event and mail comes to whom it is for", std::to_string(untold(at_, memory_)));
    }

    std::set<Uuid> unknown_now() {
        auto view = [](store::Reader& reader) -> Result<std::set<Uuid>> {
            std::set<Uuid> found;
            reader.each(list_unknown, [&](const store::Row& row) { found.insert(row.uuid(0)); });
            return found;
        };
        return at_.look(view);
    }

    std::string unfinished() const {
        std::string names;
        for (const Operation& operation : memory_.operations)
            if (operation.fate == Fate::unfinished)
                names += operation.path + " " + std::to_string(operation.status) + " " + operation.key + "; ";
        return names;
    }

    const Shop& any_shop() { return *at_.shops()[at_.random.below(4)]; }
    std::int64_t some_of(const Operation& parent) {
        return memory_.fresh_amount(at_.random, 1'00, std::max<std::int64_t>(parent.amount_minor * 3 / 4, 50'00));
    }

    Task<void> pursue_here(Operation& operation) {
        co_await sleep_for(soon(50));
        co_await client_.pursue(operation);
    }
    /// Elsewhere, at the same time.
    void pursue_beside(Operation& operation) { at_.outside.spawn(pursue_here(operation)); }

    Task<void> live() {
        for (int i = 0; i < options_.wishes; ++i) {
            co_await sleep_for(soon(6'000));
            if (happens(200)) at_.outside.spawn(client_.send_mail(any_shop()));
            switch (at_.random.below(7)) {
                case 0:
                    co_await buy();
                    break;
                case 1:
                case 2:
                    co_await hold();
                    break;
                case 3:
                case 4:
                    co_await buy_and_refund();
                    break;
                case 5:
                    co_await buy_later();
                    break;
                default:
                    co_await pay_by_gateway();
                    break;
            }
        }
    }

    Task<void> buy() {
        const Shop& shop = any_shop();
        std::string token;
        if (happens(200)) token = co_await client_.store_card(shop);
        Operation& purchase =
            client_.charge(shop, "purchase", memory_.fresh_amount(at_.random, 100'00, 99'999'99), std::move(token));
        // F11: a double click. F12: the same key for something else.
        if (happens(300)) pursue_beside(purchase);
        if (happens(200)) {
            Operation& other = client_.charge(shop, "purchase", memory_.fresh_amount(at_.random, 100'00, 99'999'99));
            other.key = purchase.key;
            pursue_beside(other);
        }
        co_await client_.pursue(purchase);
    }

    Task<void> hold() {
        const Shop& shop = any_shop();
        Operation& authorize = client_.charge(shop, "authorize", memory_.fresh_amount(at_.random, 100'00, 99'999'99));
        if (happens(200)) pursue_beside(authorize);
        co_await client_.pursue(authorize);
        if (authorize.fate != Fate::approved) co_return;
        co_await sleep_for(soon(3'000));
        // F19, F21: more than there is, in parallel and against a cancel.
        const std::uint64_t captures = at_.random.below(3);
        for (std::uint64_t i = 0; i < captures; ++i)
            pursue_beside(client_.follow_up(authorize, "capture", some_of(authorize), true));
        if (happens(400)) pursue_beside(client_.follow_up(authorize, "cancel", authorize.amount_minor, false));
        Operation& capture = client_.follow_up(authorize, "capture", some_of(authorize), true);
        if (happens(300)) pursue_beside(capture);
        co_await client_.pursue(capture);
        if (happens(300)) co_await refund_of(happens(500) ? capture : authorize);
    }

    Task<void> buy_and_refund() {
        Operation& purchase =
            client_.charge(any_shop(), "purchase", memory_.fresh_amount(at_.random, 100'00, 99'999'99));
        co_await client_.pursue(purchase);
        co_await refund_of(purchase);
    }

    Task<void> buy_later() {
        constexpr Later all[] = {Later::confirmed_card, Later::sepa_debit, Later::returned_sepa_debit,
                                 Later::ach_debit};
        const Later how = all[at_.random.below(4)];
        Operation& purchase = client_.charge_later(how, memory_.fresh_amount(at_.random, 100'00, 99'999'99));
        purchase.is_approved_by_payer = happens(800);
        if (happens(200)) pursue_beside(purchase);
        co_await client_.pursue(purchase);
        // What was returned cannot be refunded, whoever is first.
        if (happens(500)) co_await refund_of(purchase);
    }

    /// F20: refunds that together are more than what was taken.
    Task<void> refund_of(const Operation& parent) {
        if (parent.fate != Fate::approved) co_return;
        co_await sleep_for(soon(3'000));
        if (happens(250)) {
            // All of it, which the provider may want to have voided instead (F22).
            co_await client_.pursue(client_.follow_up(parent, "refund", parent.amount_minor, true));
            co_return;
        }
        const std::uint64_t refunds = at_.random.below(3);
        for (std::uint64_t i = 0; i < refunds; ++i)
            pursue_beside(client_.follow_up(parent, "refund", some_of(parent), true));
        co_await client_.pursue(client_.follow_up(parent, "refund", some_of(parent), true));
    }

    Task<void> pay_by_gateway() {
        const std::int64_t amounts[] = {1'00, 2'00, 24'00, 24'00, memory_.fresh_amount(at_.random, 100'00, 99'999'99)};
        co_await client_.create_and_make(amounts[at_.random.below(5)]);
    }

    TroubleOptions options_;
    Outcome outcome_;
    Installation at_;
    Disasters disasters_{at_};
    Memory memory_;
    Client client_;
};

}  // namespace

Outcome make_trouble(std::uint64_t seed, const TroubleOptions& options) { return Trouble{seed, options}.run(); }

}  // namespace florin::sim
