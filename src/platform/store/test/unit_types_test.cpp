// What the compiler refuses cannot happen: nobody waits for a provider, or for anything, inside a transaction.

#include <gtest/gtest.h>

#include <type_traits>

#include "florin/store/store.hpp"

namespace florin::store {
namespace {

// A unit of work that were a coroutine could wait; `write` and `read` take nothing but functions with a result. F33
static_assert(detail::IsResult<Result<int>>::value);
static_assert(!detail::IsResult<Task<Result<int>>>::value, "a unit of work cannot wait");
static_assert(!detail::IsResult<Task<int>>::value, "a unit of work cannot wait");
static_assert(!detail::IsResult<void>::value, "a unit of work says whether it is to be kept");

// Nor can it keep its transaction for later, or hand it to somebody who waits.
static_assert(std::is_abstract_v<Tx> && std::is_abstract_v<Reader>, "only the store makes them");
static_assert(!std::is_copy_constructible_v<Tx> && !std::is_move_constructible_v<Tx>);
static_assert(!std::is_copy_constructible_v<Reader> && !std::is_move_constructible_v<Reader>);
// What only reads cannot be made to write.
static_assert(!std::is_convertible_v<Reader&, Tx&>);

TEST(UnitTypes, have_been_judged_by_the_compiler) {}  // F33

}  // namespace
}  // namespace florin::store
