#include "florin/runtime/spare_memory.hpp"

#include <array>
#include <new>

namespace florin::spare_memory {
namespace {

#if __has_feature(address_sanitizer) || __has_feature(thread_sanitizer) || __has_feature(memory_sanitizer)
constexpr bool is_kept = false;
#else
constexpr bool is_kept = true;
#endif

constexpr std::size_t step = 64;
constexpr std::size_t classes = largest / step;
constexpr std::size_t most_bytes = 512 * 1024;

constexpr std::size_t class_of(std::size_t size) { return (size + step - 1) / step; }

struct Block {
    Block* next;
};

/// One thread's blocks, by size. Trivially made, so that finding it costs no check.
struct Shelf {
    std::array<Block*, classes + 1> first;
    std::size_t bytes;
    bool is_swept;  ///< The thread is ending: what comes now goes back to the heap.
};
constinit thread_local Shelf shelf{};

/// Empties the shelf as its thread ends.
struct Sweeper {
    ~Sweeper() {
        shelf.is_swept = true;
        for (Block*& first : shelf.first)
            while (first != nullptr) {
                Block* const block = first;
                first = block->next;
                ::operator delete(block);
            }
    }
};
/// Made when a thread first keeps something.
thread_local Sweeper sweeper;

}  // namespace

void* take(std::size_t size) {
    if (!is_kept || size > largest) return ::operator new(size);
    const std::size_t kind = class_of(size);
    Block* const block = shelf.first[kind];
    if (block == nullptr) return ::operator new(kind * step);
    shelf.first[kind] = block->next;
    shelf.bytes -= kind * step;
    return block;
}

void give(void* block, std::size_t size) noexcept {
    const std::size_t kind = class_of(size);
    if (!is_kept || size > largest || shelf.is_swept || shelf.bytes + kind * step > most_bytes) {
        ::operator delete(block);
        return;
    }
    if (shelf.bytes == 0) static_cast<void>(&sweeper);
    shelf.first[kind] = ::new (block) Block{shelf.first[kind]};
    shelf.bytes += kind * step;
}

}  // namespace florin::spare_memory
