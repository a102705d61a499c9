#include <gtest/gtest.h>

#include "florin/store/prepare_all.hpp"
#include "identity_world.hpp"

namespace florin::identity {
namespace {

TEST(Statements, prepare_on_the_schema_that_the_migrations_make) {
    const test::IdentityWorld sim;
    for (const auto& [statement, why] : store::prepare_all(*sim.database)) ADD_FAILURE() << statement << ": " << why;
}

}  // namespace
}  // namespace florin::identity
