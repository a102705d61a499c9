#include <sys/resource.h>
#include <sys/stat.h>

#include <atomic>
#include <cstdio>
#include <fstream>
#include <thread>

#include "admin_socket.hpp"
#include "blocking_store.hpp"
#include "commands.hpp"
#include "connectors.hpp"
#include "florin/app/platform.hpp"
#include "florin/http/blocking.hpp"
#include "florin/http/server.hpp"
#include "florin/identity/api_keys.hpp"
#include "florin/identity/merchants.hpp"
#include "florin/json/value.hpp"
#include "florin/sandbox/sandbox.hpp"
#include "florin/telemetry/log.hpp"
#include "instance.hpp"
#include "sandbox_webhooks.hpp"
#include "shared_ring.hpp"
#include "stop.hpp"
#include "warm_up.hpp"

namespace florin::app {
namespace {

int complain(const Error& error) {
    std::fprintf(stderr, "florin: %s (%s%s%s)\n", error.message.c_str(), error.code.c_str(),
                 error.field.empty() ? "" : ", ", error.field.c_str());
    return 1;
}

void say(const std::string& line) {
    std::fputs((line + "\n").c_str(), stdout);
    std::fflush(stdout);
}

/// The sandbox with a server and threads of its own.
struct RunningSandbox {
    std::unique_ptr<sandbox::Sandbox> sandbox;
    std::unique_ptr<http::IoThreads> threads;
    std::unique_ptr<http::Server> server;
};

Result<RunningSandbox> start_sandbox(const std::string& data_directory, http::ServerOptions listen) {
    auto opened = sandbox::Sandbox::open({.data_directory = data_directory}, World{system_clock(), system_random()});
    if (!opened) return fail(std::move(opened.error()));
    RunningSandbox running{
        .sandbox = std::move(*opened), .threads = std::make_unique<http::IoThreads>(1), .server = nullptr};
    sandbox::Sandbox* world_outside = running.sandbox.get();
    auto server = http::Server::listen(*running.threads, std::move(listen), [world_outside](http::Request& request) {
        return world_outside->handle(request);
    });
    if (!server) return fail(std::move(server.error()));
    running.server = std::move(*server);
    http::IoThreads* threads = running.threads.get();
    world_outside->send_webhooks(threads->scheduler(0), [threads]() -> http::Client& { return threads->client(0); });
    return running;
}

/// The sandbox beside a server: on the port after its own if that is free, else on any.
Result<RunningSandbox> start_sandbox_beside(const Options& options, const Endpoint& own) {
    const std::string directory = options.data_directory + "/sandbox";
    http::ServerOptions listen{.address = "127.0.0.1"};
    if (own.port != 0 && own.port < 65'535) {
        listen.port = static_cast<unsigned short>(own.port + 1);
        if (auto running = start_sandbox(directory, listen)) return running;
        listen.port = 0;
    }
    return start_sandbox(directory, listen);
}

/// The merchant that a sandbox is for, and its key in a file that only its owner can read.
Result<void> prepare_sandbox_merchant(store::Store& store, const World& world, const std::string& directory) {
    const std::string path = directory + "/sandbox-api-key";
    const bool has_key_file = std::ifstream{path}.good();
    auto prepare = [&](store::Tx& tx) -> Result<std::optional<std::string>> {
        auto merchant = identity::find_merchant(tx, sandbox_merchant);
        if (merchant && has_key_file) return std::optional<std::string>{};
        if (!merchant) {
            auto created = identity::create_merchant(
                tx, {.name = std::string{sandbox_merchant}, .connector = "authorize_net", .is_sandbox = true});
            // Another process over the same database may start for the first time too.
            if (!created && created.error().code != "merchant_exists") return fail(std::move(created.error()));
            merchant = created ? std::move(*created) : identity::find_merchant(tx, sandbox_merchant);
        }
        auto issued =
            identity::create_api_key(tx, world, {.merchant = merchant->id, .label = "sandbox", .scopes = {"*"}});
        if (!issued) return fail(std::move(issued.error()));
        return std::optional{std::string{issued->text.expose()}};
    };
    auto key = write_blocking(store, prepare);
    if (!key) return fail(std::move(key.error()));
    if (!*key) return {};
    const mode_t before = ::umask(0177);
    std::ofstream file{path, std::ios::trunc};
    file << **key << '\n';
    file.close();
    ::umask(before);
    if (!file)
        return fail(ErrorKind::unavailable, "key_file_unwritable", "The file " + path + " cannot be written.",
                    "--data");
    return {};
}

std::function<void(const std::vector<audit::Head>&)> head_exporter(const std::string& directory) {
    return [path = directory + "/audit-heads.jsonl"](const std::vector<audit::Head>& heads) {
        std::ofstream file{path, std::ios::app};
        for (const audit::Head& head : heads) file << audit::to_json(head) << '\n';
        if (!file.flush()) telemetry::error("audit.heads_not_exported", {{"path", path}});
    };
}

/// True when no coroutine is left on any thread; waits for that.
bool is_quiet_within(http::IoThreads& threads, Millis patience) {
    const std::int64_t end_ns = system_clock().monotonic_ns() + patience.count() * 1'000'000;
    auto count = []() -> Task<std::size_t> {
        co_await sleep_for(Millis{10});
        // But for the one that counts.
        co_return Scheduler::current().spawned() - 1;
    };
    for (;;) {
        std::size_t left = 0;
        for (std::size_t thread = 0; thread < threads.size(); ++thread)
            left += http::run_blocking(threads, count(), thread);
        if (left == 0) return true;
        if (system_clock().monotonic_ns() > end_ns) return false;
    }
}

}  // namespace

/// A core file would hold what requests under way have brought: card numbers, keys. F145
static void make_no_core_files() {
    const rlimit none{};
    check(::setrlimit(RLIMIT_CORE, &none) == 0, "a process may take less than it was given");
}

int serve(const Options& options) {
    make_no_core_files();
    const Endpoint endpoint = *parse_endpoint(options.listen);
    telemetry::configure_log({.level = *telemetry::parse_level(options.log_level)});
    auto instance = open_instance(options);
    if (!instance) return complain(instance.error());
    const World world = instance->world();
    if (const Millis ahead = instance->clock->ahead(); ahead < Millis{-1'000} || ahead > Millis{1'000})
        telemetry::warning("clock.differs_from_database", {{"database_ahead_ms", std::to_string(ahead.count())}});

    const bool is_sandbox = !options.has_provider();
    std::optional<RunningSandbox> sandbox;
    std::string sandbox_url = options.sandbox_url;
    if (is_sandbox && sandbox_url.empty()) {
        auto started = start_sandbox_beside(options, endpoint);
        if (!started) return complain(started.error());
        sandbox = std::move(*started);
        sandbox_url = sandbox->server->origin();
        say("sandbox listening on " + sandbox_url);
    }
    if (is_sandbox)
        if (auto prepared = prepare_sandbox_merchant(*instance->store, world, options.data_directory); !prepared)
            return complain(prepared.error());

    const std::size_t cores = std::max(1U, std::thread::hardware_concurrency());
    const std::size_t thread_count = options.threads != 0 ? options.threads : std::max<std::size_t>(1, cores / 2);
    http::IoThreads threads{thread_count};
    std::atomic<bool> is_accepting = true;
    PlatformSettings settings{.node = instance->node, .is_sandbox = is_sandbox};
    settings.export_heads = head_exporter(options.data_directory);
    settings.is_accepting = [&is_accepting] { return is_accepting.load(); };
    settings.gate.per_merchant = {options.merchant_requests_per_second, options.merchant_requests_per_second * 2};
    settings.gate.per_key = settings.gate.per_merchant;
    settings.admission = {.max_in_progress = options.max_in_progress,
                          .waiting_elsewhere = [&threads] { return threads.calls_out(); }};
    std::vector<std::string> networks{options.allowed_networks.begin(), options.allowed_networks.end()};
    // Who tries things out listens on their own machine.
    if (is_sandbox) networks.insert(networks.end(), {"127.0.0.0/8", "::1"});
    settings.egress = *http::Egress::allowing(networks);
    settings.allows_plain_webhooks = !networks.empty();
    settings.retries = options.retries;
    settings.retries_per_minute = options.retries_per_minute;
    settings.billing_concurrency = static_cast<std::size_t>(options.billing_concurrency);
    settings.reconciliation = options.reconciliation;
    settings.alert_addresses.assign(options.alerts.mail.begin(), options.alerts.mail.end());
    settings.alert_gather = Millis{options.alerts.gather_seconds * 1'000};
    settings.alert_pause = Millis{options.alerts.pause_seconds * 1'000};
    settings.broker = {.url = options.broker.url,
                       .user = options.broker.user,
                       .password = options.broker.password,
                       .authority_file = options.broker.authority_file,
                       .events_to = options.broker.events_to,
                       .commands_from = options.broker.commands_from,
                       .is_from_beginning = options.broker.start == "beginning"};
    // Until the door is open, what it will be as far as anybody knows.
    std::string public_url = options.public_url;
    if (public_url.empty()) public_url = (options.tls_key.empty() ? "http://" : "https://") + options.listen;
    std::string opened_at;
    std::atomic<const std::string*> reached_at = &public_url;
    settings.public_url = [&reached_at] { return *reached_at.load(); };
    settings.client = [&threads]() -> http::Client& { return threads.current_client(); };
    settings.mail = make_mail(options, sandbox_url, settings.client);
    settings.mail_from_address = options.mail.from_address;
    settings.mail_from_name = options.mail.from_name;
    settings.mail_language = options.mail.default_language;
    settings.crm = make_crm(options, sandbox_url, world, settings.client);
    settings.crm_gets_contact = options.salesforce.gets_contact;
    Platform platform{world, *instance->store, *instance->keys,
                      make_connectors(options, sandbox_url, world, settings.client), std::move(settings)};
    if (auto started = http::run_blocking(threads, platform.start()); !started) return complain(started.error());

    auto admin = AdminSocket::open(options.data_directory, [&](const std::vector<std::string>& words) {
        return run_admin_command({.world = world,
                                  .store = *instance->store,
                                  .keys = *instance->keys,
                                  .audit = platform.audit(),
                                  .data_directory = options.data_directory,
                                  .is_sandbox = is_sandbox},
                                 words);
    });
    if (!admin) return complain(admin.error());

    std::unique_ptr<http::Server> server;
    if (options.runs("api") || options.runs("web")) {
        auto listening =
            http::Server::listen(threads,
                                 {.address = endpoint.address,
                                  .port = endpoint.port,
                                  .certificate_file = options.tls_certificate,
                                  .key_file = options.tls_key},
                                 [&platform](http::Request& request) { return platform.router().handle(request); });
        if (!listening) return complain(listening.error());
        server = std::move(*listening);
        opened_at = server->origin();
        if (options.public_url.empty()) reached_at = &opened_at;
    }

    std::optional<std::string> reachable_at;
    if (is_sandbox && server) reachable_at = seen_from_sandbox(server->origin(), sandbox_url);
    // A sandbox elsewhere may come later.
    bool is_registered = !reachable_at;
    if (reachable_at) {
        auto register_once = [&]() -> Task<bool> {
            co_return co_await register_webhooks(threads.current_client(), sandbox_url, *reachable_at);
        };
        is_registered = http::run_blocking(threads, register_once());
    }

    // Nothing can fail any more, so the loops never lose what they stand on.
    Signal stop;
    auto start_background = [&]() -> Task<void> {
        if (options.runs("worker") || options.runs("scheduler")) platform.spawn_background(threads.scheduler(0), stop);
        if (instance->store->engine() == store::Engine::postgres) {
            threads.scheduler(0).spawn(follow_shared_ring(*instance->store, *instance->keys, stop));
            threads.scheduler(0).spawn(instance->clock->follow(*instance->store, stop));
        }
        if (!is_registered)
            threads.scheduler(0).spawn(keep_registering(threads.client(0), sandbox_url, *reachable_at, stop));
        co_return;
    };
    http::run_blocking(threads, start_background());
    std::optional<WarmUp> warm_up{std::in_place, *instance->store};
    say(server ? "listening on " + server->origin() : std::string{"running without a door"});

    wait_for_stop();
    telemetry::info("server.stopping");
    is_accepting = false;
    warm_up.reset();
    if (server) server->drain(Millis{options.drain_ms});
    auto stop_background = [&]() -> Task<void> {
        stop.set();
        co_return;
    };
    http::run_blocking(threads, stop_background());
    // Loops end at their next turn. What a provider still keeps waiting is in the database, and the next
    // start takes it up; but its coroutines must not be torn down while the store may answer them.
    if (!is_quiet_within(threads, Millis{5'000})) {
        telemetry::info("server.stopped_with_work_left");
        telemetry::finish_log();
        std::_Exit(0);
    }
    http::run_blocking(threads, platform.finish());
    threads.stop();
    if (sandbox) {
        sandbox->server->drain(Millis{1'000});
        sandbox->threads->stop();
    }
    admin->reset();
    telemetry::info("server.stopped");
    telemetry::finish_log();
    return 0;
}

int run_sandbox(const SandboxCommand& command) {
    auto endpoint = parse_endpoint(command.listen);
    if (!endpoint) return complain(endpoint.error());
    auto running = start_sandbox(command.data_directory, {.address = endpoint->address, .port = endpoint->port});
    if (!running) return complain(running.error());
    if (!command.authorize_net_webhook.empty()) {
        const json::Value url = json::Value::string(command.authorize_net_webhook);
        const std::string settings = R"({"authorize_net":{"webhook_url":)" + json::to_text(url) + "}}";
        if (auto changed = running->sandbox->change_settings(settings); !changed) return complain(changed.error());
    }
    say("sandbox listening on " + running->server->origin());
    wait_for_stop();
    running->server->drain(Millis{1'000});
    running->threads->stop();
    return 0;
}

int administer(const Options& options, const std::vector<std::string>& words) {
    std::optional<CommandResult> result = ask_server(options.data_directory, words);
    if (!result) {
        if (options.database_url.empty() && is_served(options)) {
            std::fprintf(stderr, "florin: A server has the database but does not answer on admin.sock.\n");
            return 1;
        }
        // Only these two may be what begins an installation.
        const bool may_begin = words[1] == "create" && (words[0] == "merchant" || words[0] == "keys");
        if (!may_begin)
            if (auto there = require_installation(options); !there) return complain(there.error());
        auto instance = open_instance(options);
        if (!instance) return complain(instance.error());
        result = run_admin_command({.world = instance->world(),
                                    .store = *instance->store,
                                    .keys = *instance->keys,
                                    .audit = instance->audit_log(),
                                    .data_directory = options.data_directory,
                                    .is_sandbox = !options.has_provider()},
                                   words);
    }
    std::fputs(result->out.c_str(), stdout);
    std::fputs(result->err.c_str(), stderr);
    return result->code;
}

}  // namespace florin::app
