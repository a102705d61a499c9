#include <gtest/gtest.h>

#include "florin/store/prepare_all.hpp"
#include "identity_world.hpp"
#include "postgres.hpp"

namespace florin::identity {
namespace {

TEST(Statements, prepare_on_sqlite) {
    const test::IdentityWorld sim;
    for (const auto& [statement, why] : store::prepare_all(*sim.database)) ADD_FAILURE() << statement << ": " << why;
}

TEST(Statements, prepare_on_postgresql) {
    florin::test::PostgresCluster cluster;
    const std::string url = cluster.url(cluster.create_database());
    const auto opened = store::open_postgres({.url = url, .connections = 5}, World{system_clock(), system_random()});
    ASSERT_TRUE(opened) << opened.error().message;
    for (const auto& [statement, why] : store::prepare_all(**opened)) ADD_FAILURE() << statement << ": " << why;
}

}  // namespace
}  // namespace florin::identity
