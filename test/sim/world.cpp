#include "world.hpp"

#include <algorithm>

#include "florin/authorize_net/authorize_net.hpp"
#include "florin/bank_simulator/bank_simulator.hpp"
#include "florin/identity/api_keys.hpp"
#include "florin/identity/merchants.hpp"
#include "florin/json/value.hpp"
#include "florin/salesforce/salesforce.hpp"
#include "florin/sendgrid/sendgrid.hpp"
#include "florin/stripe/stripe.hpp"
#include "florin/telemetry/log.hpp"

namespace florin::sim {
namespace {

constexpr std::string_view provider_url = "http://provider.test";

const store::Sql count_open{"sim.count_open",
                            "SELECT count(*) FROM transactions WHERE status IN ('processing', 'unknown', 'pending')"};

}  // namespace

/// A client that waits for its answer.
struct Installation::Asking {
    std::optional<http::Response> answer;
    std::coroutine_handle<> waiting;
    Lane* home = nullptr;
    bool is_over = false;

    void end() {
        if (std::exchange(is_over, true)) return;
        if (waiting) home->post(waiting);
    }
    struct Wait {
        Asking& asking;
        bool await_ready() const noexcept { return asking.is_over; }
        void await_suspend(std::coroutine_handle<> awaiting) { asking.waiting = awaiting; }
        void await_resume() const noexcept {}
    };
};

/// One process of the platform: what is gone when it dies, and what is there again when it starts.
struct Installation::Process {
    Process(Installation& at, std::string called) : name{std::move(called)}, lane{at.timeline}, clock{at.clock} {}
    ~Process() { lane.kill(); }
    Process(const Process&) = delete;

    std::string name;
    Lane lane;
    SkewedClock clock;
    std::unique_ptr<store::SimStore> store;
    std::unique_ptr<Signal> stop;
    std::unique_ptr<app::Platform> platform;
    std::vector<std::weak_ptr<Asking>> asking;
    bool is_up = false;
    bool is_dying = false;
};

/// How a provider's webhooks get to the platform: as any client's request, which finds nobody while it is down.
class Installation::Doorbell final : public http::Client {
public:
    explicit Doorbell(Installation& at) : at_{at} {}
    Task<Result<http::Reply>> send(http::Call call) override {
        http::Request request = request_of(call);
        auto answer = co_await at_.ask(std::move(request));
        if (!answer) co_return fail(ErrorKind::outcome_unknown, "no_answer", "simulated");
        http::Reply reply{.status = answer->status, .headers = {}, .body = std::move(answer->body)};
        co_return reply;
    }

private:
    Installation& at_;
};

std::vector<std::string>& Installation::errors() {
    static std::vector<std::string> lines;
    return lines;
}

Installation::Installation(std::uint64_t seed, std::size_t processes) : random{seed} {
    static const bool is_log_caught = [] {
        telemetry::configure_log({.level = telemetry::Level::error, .sink = [](std::string_view line) {
                                      // Here processes die often, and a job that was under way at three deaths is laid
                                      // aside as if it were their cause (F59). The payment's own look-ups reach the
                                      // same end, and are judged.
                                      const bool is_expected =
                                          line.contains("lease_lost") ||
                                          // A mail that the fault script has refused waits for a person; one whose job
                                          // was laid aside, or that a clock has jumped past, is swept up.
                                          line.contains("mail_refused") ||
                                          line.contains("notification.was_forgotten") ||
                                          // As it may a case.
                                          line.contains("cases.mirror");
                                      if (!is_expected) errors().emplace_back(line);
                                  }});
        return true;
    }();
    check(is_log_caught, "the log is caught");
    auto opened = sandbox::Sandbox::open({.data_directory = {}}, world);
    check(opened.has_value(), "the sandbox opens");
    sandbox = std::move(*opened);
    network = std::make_unique<Network>(outside, *sandbox, random, moments, [this](const Lane& of) {
        for (const auto& process : processes_)
            // What is still on the wire when its process is down already, finds nobody to kill.
            if (&process->lane == &of && process->platform) process->is_dying = true;
    });
    network->shops_host = shops_host;
    network->shops = [this](const http::Request& request) { return take_message(request); };
    for (std::size_t i = 0; i < processes; ++i) {
        Process& process = *processes_.emplace_back(std::make_unique<Process>(*this, "node-" + std::to_string(i)));
        const World its{process.clock, random};
        process.store = i == 0 ? store::SimStore::open(process.lane, its)
                               : store::SimStore::open_beside(*processes_[0]->store, process.lane, its);
        process.store->crash_here = [this](bool is_before, std::uint64_t) {
            return moments.pass(is_before ? "before a commit" : "after a commit");
        };
        process.store->on_crash = [&process] { process.is_dying = process.platform != nullptr; };
    }
    keys_ = security::KeyRing::in_memory(world);
    authorize_net_shop = open_shop(std::string{app::sandbox_merchant}, "authorize_net");
    bank_shop = open_shop("bank-shop", "bank_simulator");
    stripe_shop = open_shop("stripe-shop", "stripe");
    routed_shop = open_shop("routed-shop", "stripe");
    doorbell_ = std::make_unique<Doorbell>(*this);
    sandbox->send_webhooks(outside, [this]() -> http::Client& { return *doorbell_; });
    timeline.between = [this] {
        for (const auto& process : processes_)
            if (process->is_dying) kill(*process);
    };
    for (const auto& process : processes_) start(*process);
    check(timeline.run_until([this] { return is_up(); }, Millis{1'000}), "the platform starts");
}

Installation::~Installation() {
    for (const auto& process : processes_) process->lane.kill();
    outside.kill();
}

bool Installation::is_up() const {
    return std::ranges::all_of(processes_, [](const auto& process) { return process->is_up; });
}

const audit::Log& Installation::audit() const { return processes_[0]->platform->audit(); }

SkewedClock& Installation::clock_of(std::size_t process) { return processes_[process]->clock; }

store::SimStore& Installation::store_of(std::size_t process) const { return *processes_[process]->store; }

std::uint64_t Installation::commits() const {
    std::uint64_t sum = 0;
    for (const auto& process : processes_) sum += process->store->commits();
    return sum;
}

Installation::Process* Installation::any_process() {
    std::vector<Process*> up;
    for (const auto& process : processes_)
        if (process->is_up) up.push_back(process.get());
    if (up.empty()) return nullptr;
    return up[up.size() == 1 ? 0 : static_cast<std::size_t>(random.below(up.size()))];
}

Shop Installation::open_shop(std::string name, std::string connector) {
    Shop shop{.id = {}, .name = std::move(name), .connector = std::move(connector), .key = {}};
    bool is_done = false;
    auto create = [&](store::Tx& tx) -> Result<bool> {
        auto merchant =
            identity::create_merchant(tx, {.name = shop.name, .connector = shop.connector, .is_sandbox = true});
        if (!merchant) return fail(merchant.error());
        auto issued = identity::create_api_key(tx, world, {.merchant = merchant->id, .label = "sim", .scopes = {"*"}});
        if (!issued) return fail(issued.error());
        shop.id = merchant->id;
        shop.key = issued->text.expose();
        return true;
    };
    auto run = [&]() -> Task<void> {
        auto created = co_await store_of(0).write(create);
        check(created.has_value(), "a shop is opened");
        is_done = true;
    };
    processes_[0]->lane.spawn(run());
    check(timeline.run_until([&] { return is_done; }, Millis{1'000}), "a shop is opened");
    return shop;
}

void Installation::start(Process& process) {
    const World its{process.clock, random};
    const auto client = [this]() -> http::Client& { return *network; };
    authorize_net::Settings settings;
    settings.base_url = provider_url;
    settings.login.assign("sandboxLogin");
    settings.transaction_key.assign("sandboxKey123456");
    settings.signature_key.assign(sandbox::AuthorizeNetMerchant{}.signature_key);
    settings.charge_timeout = Millis{30'000};
    settings.query_timeout = Millis{10'000};
    stripe::Settings of_stripe;
    of_stripe.base_url = "http://" + std::string{stripe_host};
    of_stripe.secret_key.assign(sandbox::StripeAccount{}.secret_key);
    of_stripe.webhook_secret.assign(sandbox::StripeAccount{}.webhook_secret);
    of_stripe.charge_timeout = Millis{30'000};
    of_stripe.query_timeout = Millis{10'000};
    app::Connectors connectors;
    connectors.emplace("stripe", stripe::make_stripe(std::move(of_stripe), its, client));
    connectors.emplace("authorize_net", authorize_net::make_authorize_net(std::move(settings), its, client));
    connectors.emplace("bank_simulator",
                       bank_simulator::make_bank_simulator(
                           {.base_url = std::string{provider_url}, .timeout = Millis{30'000}}, its, client));
    app::PlatformSettings platform;
    platform.node = process.name;
    platform.is_sandbox = true;
    platform.client = client;
    platform.allows_plain_webhooks = true;
    // The judge compares the clearing accounts with what the providers have moved: nothing is paid out meanwhile.
    platform.reconciliation.schedule = "0 0 29 2 *";
    sendgrid::Settings of_mail;
    of_mail.base_url = provider_url;
    of_mail.api_key.assign(sandbox::SendGridAccount{}.api_key);
    of_mail.has_activity = true;
    // As long as what is late here may be late in all.
    of_mail.activity_delay = Millis{10'000};
    platform.mail = sendgrid::make_sendgrid(std::move(of_mail), client);
    salesforce::Settings of_cases;
    of_cases.login_url = provider_url;
    of_cases.client_id = sandbox::SalesforceOrg{}.client_id;
    of_cases.client_secret.assign(sandbox::SalesforceOrg{}.client_secret);
    platform.crm = salesforce::make_salesforce(std::move(of_cases), its, client);
    process.platform =
        std::make_unique<app::Platform>(its, *process.store, *keys_, std::move(connectors), std::move(platform));
    process.stop = std::make_unique<Signal>();
    process.lane.spawn(boot(process));
}

http::Response Installation::take_message(const http::Request& request) {
    http::Response response;
    response.status = 503;
    if (shop_errors > 0 && random.below(1000) < static_cast<std::uint64_t>(shop_errors)) return response;
    const auto event = json::parse(request.body);
    check(event.has_value(), "a message is JSON");
    told.push_back({request.path.substr(1), std::string{event->find("id")->text()}, request.body});
    response.status = 204;
    return response;
}

Task<void> Installation::boot(Process& process) {
    const auto started = co_await process.platform->start();
    if (!started) {
        // As the server does: it ends, and whoever watches it starts it again.
        process.is_dying = true;
        co_return;
    }
    process.platform->spawn_background(process.lane, *process.stop);
    process.is_up = true;
}

void Installation::set_sandbox(std::string_view settings) {
    const auto changed = sandbox->change_settings(settings);
    check(changed.has_value(), "the sandbox takes its settings");
}

void Installation::settle_after(Millis age) {
    set_sandbox("{\"settle_after_ms\":" + std::to_string(age.count()) + "}");
}

void Installation::listen_to_webhooks() {
    // The providers' own ladders take days.
    set_sandbox(R"({"webhook_retry_ms":[700,3000,10000],
        "authorize_net":{"webhook_url":"http://florin.test/api/v1/webhooks/authorize-net"},
        "stripe":{"webhook_url":"http://florin.test/api/v1/webhooks/stripe"}})");
}

void Installation::act_as_payer(std::string_view action_url, bool is_approved) {
    http::Call call;
    call.url = action_url;
    call.body = is_approved ? "outcome=succeeded&code=SM11AA" : "outcome=failed";
    sandbox->serve(request_of(call));
}

void Installation::die() {
    for (const auto& process : processes_) process->is_dying = process->platform != nullptr;
}

void Installation::kill(Process& process) {
    process.is_dying = false;
    process.is_up = false;
    ++deaths_;
    process.store->crash();
    process.lane.kill();
    process.platform.reset();
    for (const auto& waiting : std::exchange(process.asking, {}))
        if (const auto asking = waiting.lock()) asking->end();
    outside.call_after(down_time, [this, &process] { start(process); });
}

Task<void> Installation::serve(Process& process, http::Request request, std::shared_ptr<Asking> asking) {
    http::Response response = co_await process.platform->router().handle(request);
    asking->answer = std::move(response);
    asking->end();
}

Task<std::optional<http::Response>> Installation::ask(http::Request request) {
    co_await sleep_for(Millis{static_cast<std::int64_t>(1 + random.below(5))});
    Process* process = any_process();
    if (process == nullptr) co_return std::nullopt;
    auto asking = std::make_shared<Asking>();
    asking->home = &outside;
    std::erase_if(process->asking, [](const auto& one) { return one.expired(); });
    process->asking.push_back(asking);
    process->lane.spawn(serve(*process, std::move(request), asking));
    Asking::Wait wait{*asking};
    co_await wait;
    if (lost_answers > 0 && random.below(1000) < static_cast<std::uint64_t>(lost_answers)) co_return std::nullopt;
    co_return std::move(asking->answer);
}

void Installation::change(const store::Sql& sql) {
    bool is_done = false;
    auto unit = [&sql](store::Tx& tx) -> Result<bool> {
        tx.run(sql);
        return true;
    };
    auto run = [&]() -> Task<void> {
        const auto changed = co_await store_of(0).write(unit);
        check(changed.has_value(), "the database can be changed");
        is_done = true;
    };
    processes_[0]->lane.spawn(run());
    check(timeline.run_until([&] { return is_done; }, Millis{1'000}), "the database can be changed");
}

std::int64_t Installation::open_transactions() {
    auto view = [](store::Reader& reader) -> Result<std::int64_t> {
        return reader.first(count_open, [](const store::Row& row) { return row.integer(0); }).value_or(0);
    };
    return look(view);
}

bool Installation::run_clients(Millis limit) {
    return timeline.run_until([this] { return outside.spawned() == 0; }, limit);
}

bool Installation::settle(Millis limit) {
    const std::int64_t end_ns = clock.monotonic_ns() + limit.count() * 1'000'000;
    const auto is_quiet = [this] { return is_up() && open_transactions() == 0; };
    while (!is_quiet()) {
        if (clock.monotonic_ns() >= end_ns) return false;
        timeline.run_until([] { return false; }, Millis{500});
    }
    return true;
}

}  // namespace florin::sim
