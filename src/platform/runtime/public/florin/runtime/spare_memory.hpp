#pragma once

#include <cstddef>

namespace florin::spare_memory {

/// Sizes up to this are kept for reuse; larger ones come from the heap each time.
inline constexpr std::size_t largest = 4096;

/// Memory for what every request makes and gives back again: coroutine frames, the database's cells. A block that this
/// thread gave back before comes in a few instructions, without the heap's bookkeeping. Aligned as by `operator new`;
/// throws `std::bad_alloc`. Under a sanitizer every block is the heap's own, so that nothing misused is hidden.
void* take(std::size_t size);
/// Gives back what `take(size)` answered; any thread, which then keeps it, but no more than 512 KiB in all.
void give(void* block, std::size_t size) noexcept;

}  // namespace florin::spare_memory
