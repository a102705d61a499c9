// What the disk and the machine may do to the file: SQLite's system calls are made to fail, and processes die.

#include <gtest/gtest.h>
#include <signal.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>

#include "disk_calls.hpp"
#include "sqlite_wal.hpp"
#include "store_world.hpp"

namespace {
std::atomic<bool> does_sync_fail{false};
std::atomic<int> write_error{0};
std::atomic<int> syncs{0};

int synced(int file, long call) {
    if (does_sync_fail.load()) {
        errno = EIO;
        return -1;
    }
    ++syncs;
    if (auto* const hook = florin::store::test::before_sync.load()) hook(file);
    const int answer = static_cast<int>(syscall(call, file));
    if (auto* const hook = florin::store::test::after_sync.load()) hook(file);
    return answer;
}
}  // namespace

// Found before the C library's by everything in this program.
extern "C" int fdatasync(int file) { return synced(file, SYS_fdatasync); }
extern "C" int fsync(int file) { return synced(file, SYS_fsync); }

namespace florin::store {
namespace {

using test::Directory;
using test::Notes;
using test::OpenStore;
using Names = std::vector<std::string>;

ssize_t write_or_fail(int file, const void* from, size_t size, off_t at) {
    if (const int error = write_error.load(); error != 0) {
        errno = error;
        return -1;
    }
    return pwrite(file, from, size, at);
}

/// While it lives, SQLite's writes go through `write_or_fail`.
class FailingDisk {
public:
    FailingDisk() {
        for (const char* call : {"pwrite", "pwrite64"})
            set(call, reinterpret_cast<sqlite3_syscall_ptr>(&write_or_fail));
    }
    ~FailingDisk() {
        write_error = 0;
        for (const char* call : {"pwrite", "pwrite64"}) set(call, nullptr);
    }
    FailingDisk(const FailingDisk&) = delete;

private:
    static void set(const char* call, sqlite3_syscall_ptr function) {
        sqlite3_vfs* files = sqlite3_vfs_find(nullptr);
        files->xSetSystemCall(files, call, function);
    }
};

TEST(SqliteDurability, a_full_disk_refuses_writes_serves_reads_and_needs_no_restart) {  // F103, F104
    for (const int error : {ENOSPC, EIO}) {
        const Directory directory;
        const FailingDisk disk;
        {
            OpenStore store{directory.data()};
            ASSERT_TRUE(store.add("before"));
            write_error = error;
            const auto refused = store.add("meanwhile");
            ASSERT_FALSE(refused);
            EXPECT_EQ(refused.error().code, "storage_unavailable");
            EXPECT_EQ(refused.error().kind, ErrorKind::unavailable);
            EXPECT_FALSE((*store).is_healthy());
            EXPECT_EQ(store.notes(), Names{"before"});
            write_error = 0;
            ASSERT_TRUE(store.add("after"));
            EXPECT_TRUE((*store).is_healthy());
            EXPECT_EQ(store.notes(), (Names{"after", "before"}));
        }
        OpenStore store{directory.data()};
        EXPECT_EQ(store.notes(), (Names{"after", "before"}));
    }
}

TEST(SqliteDurability, nobody_is_answered_before_the_disk_has_confirmed) {  // F101
    const Directory directory;
    OpenStore store{directory.data()};
    for (int i = 0; i < 20; ++i) {
        const int before = syncs;
        ASSERT_TRUE(store.add(std::to_string(i)));
        EXPECT_GT(syncs, before);
    }
}

TEST(SqliteDurability, what_a_power_cut_leaves_of_the_log_is_a_prefix_of_what_was_written) {  // F101
    const Directory directory;
    OpenStore store{directory.data()};
    for (int i = 100; i < 120; ++i) ASSERT_TRUE(store.add(std::to_string(i)));
    const auto size = std::filesystem::file_size(directory.data() + "/florin.db-wal");
    std::size_t most = 0;
    for (std::uintmax_t length = 0; length <= size; length += 6'007) {
        const Directory torn;
        std::filesystem::create_directory(torn.data());
        for (const char* file : {"/florin.db", "/florin.db-wal"})
            std::filesystem::copy_file(directory.data() + file, torn.data() + file);
        // The end is cut off, and what comes before it may be half old and half new.
        std::filesystem::resize_file(torn.data() + "/florin.db-wal", length);
        if (length > 50) {
            FILE* log = std::fopen((torn.data() + "/florin.db-wal").c_str(), "r+b");
            std::fseek(log, static_cast<long>(length) - 20, SEEK_SET);
            std::fputs("torn", log);
            std::fclose(log);
        }
        OpenStore restarted{torn.data()};
        const Names found = restarted.notes();
        for (std::size_t at = 0; at < found.size(); ++at) EXPECT_EQ(found[at], std::to_string(100 + at)) << length;
        EXPECT_GE(found.size(), most) << "a longer log keeps no less";
        most = found.size();
    }
    EXPECT_GT(most, 10U);
}

TEST(SqliteDurability, a_store_that_could_not_write_finds_out_by_itself_when_it_can) {  // F103
    const Directory directory;
    const FailingDisk disk;
    OpenStore store{directory.data()};
    ASSERT_TRUE(store.add("before"));
    write_error = ENOSPC;
    ASSERT_FALSE(store.add("meanwhile"));
    write_error = 0;
    while (!(*store).is_healthy()) std::this_thread::yield();
    EXPECT_EQ(store.notes(), Names{"before"});
}

/// Runs `work` in a process of its own and returns how it ended. Only while no other thread runs.
template <class F>
int in_child(F work) {
    const pid_t child = fork();
    if (child == 0) {
        work();
        _exit(0);
    }
    int status = 0;
    waitpid(child, &status, 0);
    return status;
}

TEST(SqliteDurability, a_disk_that_does_not_confirm_stops_the_process_and_what_it_had_confirmed_stays) {  // F102
    const Directory directory;
    const int status = in_child([&] {
        OpenStore store{directory.data()};
        if (!store.add("confirmed")) _exit(1);
        does_sync_fail = true;
        (void)store.add("who knows");
        _exit(2);
    });
    ASSERT_TRUE(WIFSIGNALED(status)) << "it ended with " << WEXITSTATUS(status);
    EXPECT_EQ(WTERMSIG(status), SIGABRT);
    OpenStore store{directory.data()};
    EXPECT_EQ(std::ranges::count(store.notes(), "confirmed"), 1);
}

TEST(SqliteDurability, a_second_process_is_refused_and_a_dead_one_holds_nothing) {  // F107
    const Directory directory;
    {
        OpenStore store{directory.data()};
        const int status = in_child([&] {
            const auto second = sqlite::open(directory.data(), test::system_world(), test::notes_schema, {});
            _exit(!second && second.error().code == "data_directory_in_use" ? 0 : 1);
        });
        EXPECT_EQ(status, 0);
    }
    const int status = in_child([&] {
        const auto opened = sqlite::open(directory.data(), test::system_world(), test::notes_schema, {});
        raise(SIGKILL);
    });
    EXPECT_TRUE(WIFSIGNALED(status));
    OpenStore store{directory.data()};
    EXPECT_TRUE(store.notes().empty());
}

TEST(SqliteDurability, whoever_was_answered_before_a_kill_finds_their_row_after_it) {  // F100
    const Directory directory;
    std::set<std::string> acknowledged;
    for (int round = 0; round < 5; ++round) {
        int pipe_ends[2];
        ASSERT_EQ(pipe(pipe_ends), 0);
        const pid_t child = fork();
        if (child == 0) {
            close(pipe_ends[0]);
            OpenStore store{directory.data()};
            const auto call = [&](int caller) -> Task<void> {
                for (int i = 0;; ++i) {
                    char text[16] = {};
                    std::snprintf(text, sizeof text, "%d/%d/%d", round, caller, i);
                    auto unit = [&](Tx& tx) -> Result<bool> {
                        Notes::add(tx, text);
                        return true;
                    };
                    const auto answer = co_await (*store).write(unit);
                    if (!answer || ::write(pipe_ends[1], text, sizeof text) != sizeof text) _exit(1);
                }
            };
            store.loop().call([&] {
                for (int caller = 0; caller < 8; ++caller) store.loop().spawn(call(caller));
            });
            for (;;) pause();
        }
        close(pipe_ends[1]);
        const auto read_one = [&] {
            char text[16];
            if (::read(pipe_ends[0], text, sizeof text) != static_cast<ssize_t>(sizeof text)) return false;
            acknowledged.insert(text);
            return true;
        };
        for (int i = 0; i < 100 + 97 * round; ++i) ASSERT_TRUE(read_one());
        kill(child, SIGKILL);
        // What it had still said before it died counts too.
        while (read_one()) {
        }
        close(pipe_ends[0]);
        int status = 0;
        waitpid(child, &status, 0);
        ASSERT_TRUE(WIFSIGNALED(status));

        OpenStore store{directory.data()};
        const Names found = store.notes();
        for (const std::string& text : acknowledged)
            EXPECT_TRUE(std::ranges::binary_search(found, text)) << text << " was acknowledged and is gone";
    }
}

TEST(SqliteDurability, the_log_stays_short_and_does_so_again_once_a_reader_lets_go) {  // F106
    const Directory directory;
    std::filesystem::create_directory(directory.data());
    const std::string file = directory.data() + "/db";
    sqlite::Connection writer{file, SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE};
    writer.execute("PRAGMA journal_mode = WAL; PRAGMA wal_autocheckpoint = 0; CREATE TABLE blobs (body BLOB)");
    sqlite::WalKeeper keeper{writer};
    const auto write_mebibytes = [&](int count) {
        std::int64_t longest = 0;
        for (int i = 0; i < count; ++i) {
            writer.execute("INSERT INTO blobs VALUES (zeroblob(1048576))");
            keeper.after_commit();
            longest = std::max(longest, keeper.log_bytes());
        }
        return longest;
    };
    EXPECT_LT(write_mebibytes(40), sqlite::WalKeeper::worth_moving_bytes + (2 << 20));

    sqlite::Connection reader{file, SQLITE_OPEN_READONLY};
    reader.execute("BEGIN; SELECT count(*) FROM blobs");
    EXPECT_GT(write_mebibytes(40), 35 << 20) << "the reader still needs it";
    reader.execute("COMMIT");
    write_mebibytes(6);
    EXPECT_LT(write_mebibytes(40), sqlite::WalKeeper::worth_moving_bytes + (6 << 20));
}

TEST(SqliteDurability, the_longer_somebody_examines_the_less_often_the_writer_waits_for_them) {  // F106
    const Directory directory;
    std::filesystem::create_directory(directory.data());
    const std::string file = directory.data() + "/db";
    sqlite::Connection writer{file, SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE};
    writer.execute(
        "PRAGMA journal_mode = WAL; PRAGMA synchronous = OFF; PRAGMA wal_autocheckpoint = 0;"
        "CREATE TABLE blobs (body BLOB)");
    int tries = 0;
    sqlite::WalKeeper keeper{writer, [&] { ++tries; }};
    sqlite::Connection reader{file, SQLITE_OPEN_READONLY};
    reader.execute("BEGIN; SELECT count(*) FROM blobs");
    const auto write_until = [&](std::int64_t log_bytes) {
        while (keeper.log_bytes() < log_bytes) {
            writer.execute("INSERT INTO blobs VALUES (zeroblob(1048576))");
            keeper.after_commit();
        }
        return std::exchange(tries, 0);
    };
    write_until(sqlite::WalKeeper::too_long_bytes);
    EXPECT_LT(write_until(2 * sqlite::WalKeeper::too_long_bytes), 6);
}

TEST(SqliteDurability, a_log_that_readers_keep_from_starting_anew_is_not_moved_with_every_commit) {  // F106
    const Directory directory;
    std::filesystem::create_directory(directory.data());
    const std::string file = directory.data() + "/db";
    sqlite::Connection writer{file, SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE};
    writer.execute(
        "PRAGMA journal_mode = WAL; PRAGMA synchronous = OFF; PRAGMA wal_autocheckpoint = 0;"
        "CREATE TABLE blobs (body BLOB)");
    int tries = 0;
    sqlite::WalKeeper keeper{writer, [&] { ++tries; }};
    sqlite::Connection reader{file, SQLITE_OPEN_READONLY};
    for (int mebibytes = 0; mebibytes < 48; ++mebibytes) {
        writer.execute("INSERT INTO blobs VALUES (zeroblob(1048576))");
        // It sees all that there is, so that all can be moved; and yet it reads from the log.
        if (mebibytes > 0) reader.execute("COMMIT");
        reader.execute("BEGIN; SELECT count(*) FROM blobs");
        keeper.after_commit();
    }
    EXPECT_GT(tries, 3);
    EXPECT_LT(tries, 12);
}

}  // namespace
}  // namespace florin::store
