#pragma once

#include <memory>
#include <string>

#include "florin/security/keyring.hpp"
#include "florin/store/store.hpp"

namespace florin::app {

/// The key ring of a database that several processes share. The first process makes it; each further
/// one must have the same file. In a sandbox a directory without one gets it from the database.
///
/// Errors: those of `KeyRing::load`, and `conflict`/`key_ring_differs` when the directory's ring is not
/// the one that the database's fields are sealed with.
Result<std::unique_ptr<security::KeyRing>> load_shared_ring(store::Store& store, const std::string& directory,
                                                            World world, bool is_sandbox);

}  // namespace florin::app
