#include "florin/store/look.hpp"

#include <gtest/gtest.h>

#include <fstream>

#include "store_world.hpp"

namespace florin::store {
namespace {

TEST(Look, what_a_first_start_was_killed_before_it_wrote_is_a_database_without_a_schema) {
    const test::Directory directory;
    std::filesystem::create_directory(directory.data());
    std::ofstream{directory.data() + "/florin.db"}.flush();
    const auto looked = look_at_sqlite(directory.data());
    ASSERT_TRUE(looked) << looked.error().message;
    EXPECT_EQ(looked->schema, 0);
    EXPECT_TRUE(looked->concerns.empty());
    EXPECT_TRUE(open_sqlite(directory.data(), test::system_world())) << "the next start brings it in order";
}

TEST(Look, a_directory_may_have_any_name) {
    const test::Directory parent;
    const std::string directory = parent.data() + "%41 #1?x";
    ASSERT_TRUE(open_sqlite(directory, test::system_world()));
    const auto looked = look_at_sqlite(directory);
    ASSERT_TRUE(looked) << looked.error().message;
    EXPECT_EQ(looked->schema, looked->newest);
}

}  // namespace
}  // namespace florin::store
