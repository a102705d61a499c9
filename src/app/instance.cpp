#include "instance.hpp"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <filesystem>
#include <fstream>

#include "blocking_store.hpp"
#include "florin/store/look.hpp"
#include "florin/store/open.hpp"
#include "shared_ring.hpp"

namespace florin::app {
namespace {

constexpr int most_nodes = 64;

const store::Sql any_merchant{"instance.any_merchant", "SELECT id FROM merchants LIMIT 1"};

std::unexpected<Error> cannot_use(const std::string& directory, std::string_view why) {
    return fail(ErrorKind::unavailable, "data_directory_unusable",
                "The data directory " + directory + " cannot be used: " + std::string{why}, "--data");
}

/// The first name that no living process has. It stays with the directory, so that after a restart a
/// node takes up its own.
Result<std::pair<std::string, int>> take_node(const std::string& directory) {
    const std::string id_file = directory + "/node-id";
    std::string id;
    if (std::ifstream in{id_file}; !(in >> id)) {
        id = to_text(World{system_clock(), system_random()}.new_uuid()).substr(24);
        std::ofstream{id_file} << id << '\n';
    }
    for (int slot = 0; slot < most_nodes; ++slot) {
        const std::string lock_file = directory + "/node-" + std::to_string(slot) + ".lock";
        const int lock = ::open(lock_file.c_str(), O_CREAT | O_RDWR | O_CLOEXEC, 0600);
        if (lock < 0) return cannot_use(directory, "its files cannot be written.");
        if (::flock(lock, LOCK_EX | LOCK_NB) == 0) return std::pair{id + "-" + std::to_string(slot), lock};
        ::close(lock);
    }
    return cannot_use(directory, "too many processes use it.");
}

/// Before its first merchant a database holds nothing that keys would be needed for.
bool is_unused(store::Store& store) {
    auto look = [](store::Reader& reader) -> Result<bool> {
        return !reader.first(any_merchant, [](const store::Row&) { return true; }).has_value();
    };
    return read_blocking(store, look).value_or(false);
}

}  // namespace

Instance::~Instance() {
    store.reset();
    if (node_lock >= 0) ::close(node_lock);
}
Instance::Instance(Instance&& other) noexcept
    : node{std::move(other.node)},
      clock{std::move(other.clock)},
      keys{std::move(other.keys)},
      store{std::move(other.store)},
      node_lock{std::exchange(other.node_lock, -1)} {}

audit::Log Instance::audit_log() const {
    const security::SecretKey key = keys->derive("audit.chain");
    audit::Hash bytes;
    std::ranges::copy(key.expose(), bytes.begin());
    return audit::Log{bytes};
}

namespace {

/// A directory of our own is closed to others. One that holds something else is left as it is, whatever it is.
Result<void> close_to_others(const std::string& directory) {
    std::error_code failure;
    const auto is_foreign = [](const std::filesystem::directory_entry& entry) {
        return entry.path().filename() != "lost+found";
    };
    const std::filesystem::directory_iterator entries{directory, failure};
    if (failure) return {};
    if (std::none_of(begin(entries), end(entries), is_foreign)) {
        ::chmod(directory.c_str(), 0700);
        return {};
    }
    struct stat facts{};
    constexpr mode_t writable_by_others = S_IWGRP | S_IWOTH;
    if (::stat(directory.c_str(), &facts) == 0 && (facts.st_mode & writable_by_others) != 0)
        return cannot_use(directory, "others may write to it. Give a directory of its own.");
    return {};
}

}  // namespace

Result<Instance> open_instance(const Options& options) {
    Instance instance;
    const World world = instance.world();
    const std::string& directory = options.data_directory;
    std::error_code failure;
    std::filesystem::create_directories(directory, failure);
    if (failure) return cannot_use(directory, failure.message());
    if (auto closed = close_to_others(directory); !closed) return fail(std::move(closed.error()));
    if (::access(directory.c_str(), R_OK | W_OK | X_OK) != 0)
        return cannot_use(directory, std::generic_category().message(errno));

    const bool is_first_start = !std::filesystem::exists(directory + "/keys.json");
    if (options.database_url.empty()) {
        // The lock on the embedded database comes first: whoever has it may make the keys.
        const bool has_database = std::filesystem::exists(directory + "/florin.db");
        auto store = store::open_sqlite(directory, world);
        if (!store) return fail(std::move(store.error()));
        instance.store = std::move(*store);
        // A first start that was killed leaves a database in which nothing is sealed yet.
        const bool may_make_keys = is_first_start && (!has_database || is_unused(*instance.store));
        auto keys = may_make_keys ? security::KeyRing::load_or_create(directory, world)
                                  : security::KeyRing::load(directory, world);
        if (!keys) return fail(std::move(keys.error()));
        instance.keys = std::move(*keys);
    } else {
        auto store =
            store::open_postgres({.url = options.database_url, .connections = options.database_connections}, world);
        if (!store) return fail(std::move(store.error()));
        instance.store = std::move(*store);
        BlockingScheduler scheduler;
        constexpr int most_measurements = 5;
        for (int count = 0; count < most_measurements; ++count)
            if (scheduler.await(instance.clock->measure(*instance.store))) break;
        auto keys = load_shared_ring(*instance.store, directory, world, !options.has_provider());
        if (!keys) return fail(std::move(keys.error()));
        instance.keys = std::move(*keys);
    }
    auto node = take_node(directory);
    if (!node) return fail(std::move(node.error()));
    instance.node = std::move(node->first);
    instance.node_lock = node->second;
    return instance;
}

Result<void> require_installation(const Options& options) {
    if (options.database_url.empty()) {
        const std::string& directory = options.data_directory;
        std::error_code failure;
        if (std::filesystem::exists(directory + "/florin.db", failure)) return {};
        if (failure) return cannot_use(directory, failure.message());
        return fail(ErrorKind::not_found, "no_installation",
                    "There is no florin.db in " + directory + ". Name the right --data, or the --database.", "--data");
    }
    const auto looked = store::look_at_postgres(options.database_url);
    if (!looked) return fail(looked.error());
    if (looked->schema != 0) return {};
    return fail(ErrorKind::not_found, "no_installation", "There are no tables of Florin in that database.",
                "--database");
}

bool is_served(const Options& options) {
    const std::string path = options.data_directory + "/florin.lock";
    const int lock = ::open(path.c_str(), O_RDWR | O_CLOEXEC);
    if (lock < 0) return false;
    const bool is_taken = ::flock(lock, LOCK_EX | LOCK_NB) != 0;
    ::close(lock);
    return is_taken;
}

}  // namespace florin::app
