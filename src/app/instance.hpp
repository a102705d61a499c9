#pragma once

#include <memory>
#include <string>

#include "florin/audit/audit.hpp"
#include "florin/security/keyring.hpp"
#include "florin/store/database_clock.hpp"
#include "florin/store/store.hpp"
#include "options.hpp"

namespace florin::app {

/// An open data directory: its name among the nodes, its keys and its database.
struct Instance {
    std::string node;
    /// What all of it takes for the time.
    std::unique_ptr<store::DatabaseClock> clock = std::make_unique<store::DatabaseClock>(system_clock());
    std::unique_ptr<security::KeyRing> keys;
    std::unique_ptr<store::Store> store;
    /// Holds the node's name for as long as this process lives.
    int node_lock = -1;

    ~Instance();
    Instance() = default;
    Instance(Instance&& other) noexcept;
    Instance& operator=(Instance&&) = delete;

    audit::Log audit_log() const;
    World world() const { return {*clock, system_random()}; }
};

/// Creates what is missing on a first start, locks the node's name and brings the schema up to date.
/// Error `conflict`/`data_directory_in_use` while another process has the embedded database.
Result<Instance> open_instance(const Options& options);

/// Error `no_installation` where no Florin has its data yet: what reads or checks must not make an empty one
/// there, and find that in order.
Result<void> require_installation(const Options& options);

/// True while a server has this data directory's embedded database.
bool is_served(const Options& options);

}  // namespace florin::app
