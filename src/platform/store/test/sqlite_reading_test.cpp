// What happens to readers when the disk does not give back what it has.

#include <gtest/gtest.h>
#include <sqlite3.h>
#include <unistd.h>

#include <atomic>
#include <cerrno>

#include "store_world.hpp"

namespace florin::store {
namespace {

using test::Directory;
using test::OpenStore;
using Names = std::vector<std::string>;

std::atomic<bool> does_read_fail{false};

ssize_t read_or_fail(int file, void* into, size_t size, off_t at) {
    if (does_read_fail.load()) {
        errno = EIO;
        return -1;
    }
    return pread(file, into, size, at);
}

/// While it lives, SQLite's reads go through `read_or_fail`.
class FailingReads {
public:
    FailingReads() {
        for (const char* call : {"pread", "pread64"}) set(call, reinterpret_cast<sqlite3_syscall_ptr>(&read_or_fail));
    }
    ~FailingReads() {
        does_read_fail = false;
        for (const char* call : {"pread", "pread64"}) set(call, nullptr);
    }
    FailingReads(const FailingReads&) = delete;

private:
    static void set(const char* call, sqlite3_syscall_ptr function) {
        sqlite3_vfs* files = sqlite3_vfs_find(nullptr);
        files->xSetSystemCall(files, call, function);
    }
};

TEST(SqliteReading, a_disk_that_cannot_be_read_is_an_error_and_never_an_empty_answer) {  // F104
    const Directory directory;
    const FailingReads disk;
    // More than any connection keeps in memory.
    const std::string filling(100'000, 'x');
    {
        OpenStore store{directory.data()};
        for (int i = 0; i < 100; ++i) ASSERT_TRUE(store.add(std::to_string(1'000 + i) + filling));
        ASSERT_EQ(store.notes().size(), 100u);
        does_read_fail = true;
        auto count = [](Reader& reader) -> Result<std::size_t> { return test::Notes::all(reader).size(); };
        const auto refused = store.read(count);
        ASSERT_FALSE(refused);
        EXPECT_EQ(refused.error().code, "storage_unavailable");
        EXPECT_EQ(refused.error().kind, ErrorKind::unavailable);
        does_read_fail = false;
        EXPECT_EQ(store.notes().size(), 100u) << "it goes on without a restart";
        ASSERT_TRUE(store.add("after"));
    }
    OpenStore store{directory.data()};
    EXPECT_EQ(store.notes().size(), 101u);
}

TEST(SqliteReading, a_database_that_cannot_be_read_at_the_start_is_refused_and_kept) {  // F104
    const Directory directory;
    const FailingReads disk;
    {
        OpenStore store{directory.data()};
        ASSERT_TRUE(store.add("before"));
    }
    does_read_fail = true;
    const auto opened = sqlite::open(directory.data(), test::system_world(), test::notes_schema, {});
    EXPECT_FALSE(opened);
    does_read_fail = false;
    OpenStore store{directory.data()};
    EXPECT_EQ(store.notes(), Names{"before"});
}

}  // namespace
}  // namespace florin::store
