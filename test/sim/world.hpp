#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "florin/app/platform.hpp"
#include "florin/store/open.hpp"
#include "network.hpp"

namespace florin::sim {

/// A merchant of the installation and its key.
struct Shop {
    MerchantId id;
    std::string name;
    std::string connector;
    std::string key;
};

/// A machine's clock that is ahead of the others', or behind them, by what nobody has told it (F79).
class SkewedClock final : public Clock {
public:
    explicit SkewedClock(Clock& truth) : truth_{truth} {}
    Instant now() override { return truth_.now() + ahead; }
    std::int64_t monotonic_ns() override { return truth_.monotonic_ns(); }
    Millis ahead{0};

private:
    Clock& truth_;
};

/// One simulated installation on one thread and virtual time. The platform is one process, or several over one
/// database; each with all that it has in flight can die and start again. The database, the providers and what is on
/// the wire live on.
class Installation {
public:
    static constexpr std::string_view stripe_host = "stripe.test", shops_host = "shops.test";

    explicit Installation(std::uint64_t seed, std::size_t processes = 1);
    ~Installation();
    Installation(const Installation&) = delete;

    SimClock clock;
    SimRandom random;
    World world{clock, random};
    Timeline timeline{clock};
    Lane outside{timeline};
    Moments moments;
    std::unique_ptr<sandbox::Sandbox> sandbox;
    std::unique_ptr<Network> network;

    Shop authorize_net_shop, bank_shop, stripe_shop;
    /// Its cards go to Stripe, and to Authorize.Net when Stripe certainly did nothing: see `Client::set_routes`.
    Shop routed_shop;
    std::vector<const Shop*> shops() const { return {&authorize_net_shop, &bank_shop, &stripe_shop, &routed_shop}; }
    /// What the shops' endpoints took, in order.
    struct Told {
        std::string shop, event_id, body;
    };
    std::vector<Told> told;
    /// How often, of a thousand, a shop's endpoint fails.
    int shop_errors = 0;
    /// How long the platform stays away when it has died.
    Millis down_time{300};
    /// How often, of a thousand, the platform's answer does not reach the client.
    int lost_answers = 0;

    /// A client's request, on the lane `outside`. Nothing: no answer came.
    Task<std::optional<http::Response>> ask(http::Request request);
    /// The processes die at the end of the current event and start again after `down_time`.
    void die();
    std::uint64_t deaths() const { return deaths_; }
    /// All of them.
    bool is_up() const;
    const audit::Log& audit() const;
    /// Of each process: the clock, and the way to the database.
    std::size_t processes() const { return processes_.size(); }
    SkewedClock& clock_of(std::size_t process);
    store::SimStore& store_of(std::size_t process) const;
    std::uint64_t commits() const;

    /// The providers tell the platform by webhook what happens there. Otherwise it is all left to look-ups.
    void listen_to_webhooks();
    /// The payer goes where a payment sends them and does what is asked of them there.
    void act_as_payer(std::string_view action_url, bool is_approved);
    /// As `PUT /sandbox/settings`.
    void set_sandbox(std::string_view settings);
    /// How old a payment must be before Authorize.Net gives money of it back.
    void settle_after(Millis age);
    /// The log lines at level `error` so far, of every installation.
    static std::vector<std::string>& errors();

    /// Reads the database, bypassing the platform.
    template <class F>
    auto look(F view);
    /// Changes the database, bypassing the platform.
    void change(const store::Sql& sql);
    /// Transactions without an outcome.
    std::int64_t open_transactions();
    /// Lets everything that is spawned on `outside` come to its end. False: `limit` has passed.
    bool run_clients(Millis limit);
    /// Lets the recovery do its work. False: something is still open after `limit`.
    bool settle(Millis limit);

private:
    struct Asking;
    struct Process;
    class Doorbell;
    http::Response take_message(const http::Request& request);
    void start(Process& process);
    void kill(Process& process);
    Task<void> boot(Process& process);
    Task<void> serve(Process& process, http::Request request, std::shared_ptr<Asking> asking);
    Shop open_shop(std::string name, std::string connector);
    /// One that is up; nothing: none is.
    Process* any_process();

    std::unique_ptr<Doorbell> doorbell_;
    std::unique_ptr<security::KeyRing> keys_;
    std::vector<std::unique_ptr<Process>> processes_;
    std::uint64_t deaths_ = 0;
};

template <class F>
auto Installation::look(F view) {
    const Scheduler::Enter here{outside};
    auto reading = store_of(0).read(view);
    check(!reading.await_suspend(std::noop_coroutine()), "the simulated store reads at once");
    auto found = reading.await_resume();
    check(found.has_value(), "the simulated store can be read");
    return std::move(*found);
}

}  // namespace florin::sim
