#pragma once

#include <atomic>

namespace florin::store::test {

/// Called around each fsync and fdatasync of this program, on the thread that calls it.
inline std::atomic<void (*)(int file)> before_sync{nullptr};
inline std::atomic<void (*)(int file)> after_sync{nullptr};

}  // namespace florin::store::test
