#pragma once

#include <memory>
#include <string>

#include "florin/runtime/scheduler.hpp"
#include "florin/security/keyring.hpp"
#include "florin/store/store.hpp"

namespace florin::app {

/// The key ring of a database that several processes share. The first process makes it; each further
/// one must have a ring of the same origin. In a sandbox a directory without one gets it from the
/// database. Keys that other processes have made since come from the database too, where they lie
/// wrapped under a secret of the ring (in a sandbox plainly), and are met by `KeyRing::open`.
/// The store outlives the ring's use.
///
/// Errors: those of `KeyRing::load`, and `conflict`/`key_ring_differs` when the directory's ring is not
/// the one that the database's fields are sealed with.
Result<std::unique_ptr<security::KeyRing>> load_shared_ring(store::Store& store, const std::string& directory,
                                                            World world, bool is_sandbox);

/// Makes a new active key that all processes over the database can open, before anything is sealed
/// under it. Blocks. Errors: those of the store and of the ring's file; then nothing has changed.
Result<security::KeyInfo> rotate_shared(store::Store& store, security::KeyRing& keys, bool is_sandbox);

/// Takes up what others have rotated, every few seconds, so that this process soon seals under the
/// newest key; until `stop`.
Task<void> follow_shared_ring(store::Store& store, security::KeyRing& keys, Signal& stop);

}  // namespace florin::app
