// Power is cut at any moment: of what the disk had not confirmed anything may be there, or nothing, or some sectors.

#include <fcntl.h>
#include <gtest/gtest.h>
#include <sqlite3.h>
#include <unistd.h>

#include <cstdio>
#include <filesystem>
#include <map>
#include <mutex>
#include <random>
#include <set>
#include <span>

#include "disk_calls.hpp"
#include "store_world.hpp"

namespace florin::store {
namespace {

using test::Directory;
using test::Notes;
using test::OpenStore;
using Bytes = std::vector<char>;

constexpr std::size_t sector = 512;
constexpr int first_note = 1'000;

/// What a file would hold if the power went, by what SQLite told the system and what the disk has confirmed.
struct DiskFile {
    /// A write, or without bytes the length that the file is cut or drawn out to.
    struct Change {
        std::size_t at;
        Bytes bytes;
    };
    Bytes confirmed;
    std::vector<Change> pending;
    std::size_t asked_for = 0;

    static void change(Bytes& to, std::size_t at, const char* from, std::size_t size) {
        if (to.size() < at + size) to.resize(at + size);
        std::copy_n(from, size, to.begin() + static_cast<std::ptrdiff_t>(at));
    }
    /// What was there when the disk was asked: what came later it need not have.
    void confirm() {
        for (const Change& each : std::span{pending}.first(asked_for)) {
            if (each.bytes.empty())
                confirmed.resize(each.at);
            else
                change(confirmed, each.at, each.bytes.data(), each.bytes.size());
        }
        pending.erase(pending.begin(), pending.begin() + static_cast<std::ptrdiff_t>(asked_for));
        asked_for = 0;
    }
    /// `chance` of ten: how much of what is pending has reached the disk, by sectors and in no order.
    Bytes after_a_cut(int chance, std::mt19937& random) const {
        Bytes left = confirmed;
        const auto is_there = [&] { return std::uniform_int_distribution{0, 9}(random) < chance; };
        for (const Change& each : pending) {
            if (each.bytes.empty()) {
                if (is_there()) left.resize(each.at);
                continue;
            }
            for (std::size_t at = 0; at < each.bytes.size(); at += sector) {
                const std::size_t size = std::min(sector, each.bytes.size() - at);
                if (is_there()) change(left, each.at + at, each.bytes.data() + at, size);
            }
        }
        return left;
    }
};

/// All files after a cut, and which notes had been acknowledged before it, or shown to somebody.
struct Cut {
    std::map<std::string, Bytes> files;
    std::set<std::string> acknowledged;
    unsigned long moment = 0;
};

/// While it lives, SQLite's calls to the disk are written down; now and then the power goes, in a copy.
class Disk {
public:
    explicit Disk(std::string directory) : directory_{std::move(directory)} {
        mine = this;
        set("pwrite", reinterpret_cast<sqlite3_syscall_ptr>(&write));
        set("pwrite64", reinterpret_cast<sqlite3_syscall_ptr>(&write));
        set("ftruncate", reinterpret_cast<sqlite3_syscall_ptr>(&truncate));
        test::before_sync = [](int file) { mine->ask(file); };
        test::after_sync = [](int file) { mine->confirm(file); };
    }
    ~Disk() {
        test::before_sync = nullptr;
        test::after_sync = nullptr;
        for (const char* call : {"pwrite", "pwrite64", "ftruncate"}) set(call, nullptr);
        mine = nullptr;
    }
    Disk(const Disk&) = delete;

    void acknowledge(std::span<const std::string> notes) {
        const std::lock_guard lock{mutex_};
        acknowledged_.insert(notes.begin(), notes.end());
    }
    /// How often the disk has confirmed the database itself: once for each time that the log is moved there.
    int moves() const { return moves_; }
    void wait_for_moves(int wanted) const {
        for (int now = moves_; now < wanted; now = moves_) moves_.wait(now);
    }
    std::vector<Cut> cuts() {
        const std::lock_guard lock{mutex_};
        return cuts_;
    }

private:
    static ssize_t write(int file, const void* from, size_t size, off_t at) {
        const ssize_t written = ::pwrite(file, from, size, at);
        if (written > 0) {
            const char* const begin = static_cast<const char*>(from);
            mine->note(file, {static_cast<std::size_t>(at), {begin, begin + written}});
        }
        return written;
    }
    static int truncate(int file, off_t size) {
        const int answer = ::ftruncate(file, size);
        if (answer == 0) mine->note(file, {static_cast<std::size_t>(size), {}});
        return answer;
    }
    static void set(const char* call, sqlite3_syscall_ptr function) {
        sqlite3_vfs* const files = sqlite3_vfs_find(nullptr);
        files->xSetSystemCall(files, call, function);
    }
    /// Of the database and its log; empty for others.
    std::string name_of(int file) const {
        std::error_code ignored;
        const auto path = std::filesystem::read_symlink("/proc/self/fd/" + std::to_string(file), ignored);
        const std::string name = path.filename().string();
        const bool is_ours = path.parent_path() == directory_ && (name == "florin.db" || name == "florin.db-wal");
        return is_ours ? name : std::string{};
    }
    void note(int file, DiskFile::Change change) {
        const std::string name = name_of(file);
        if (name.empty()) return;
        {
            const std::lock_guard lock{mutex_};
            files_[name].pending.push_back(std::move(change));
        }
        maybe_cut();
    }
    void ask(int file) {
        if (const std::string name = name_of(file); !name.empty()) {
            const std::lock_guard lock{mutex_};
            files_[name].asked_for = files_[name].pending.size();
        }
        maybe_cut();
    }
    void confirm(int file) {
        const std::string name = name_of(file);
        if (name.empty()) return;
        const std::lock_guard lock{mutex_};
        files_[name].confirm();
        if (name != "florin.db") return;
        ++moves_;
        moves_.notify_all();
    }
    void maybe_cut() {
        const std::lock_guard lock{mutex_};
        ++moment_;
        if (std::uniform_int_distribution{0, 3}(random_) != 0) return;
        const int chance = std::array{0, 3, 7, 10}[moment_ % 4];
        Cut& cut = cuts_.emplace_back();
        cut.acknowledged = acknowledged_;
        cut.moment = moment_;
        for (const auto& [name, file] : files_) cut.files[name] = file.after_a_cut(chance, random_);
    }

    static inline Disk* mine = nullptr;
    std::string directory_;
    std::mutex mutex_;
    std::map<std::string, DiskFile> files_;
    std::mt19937 random_{7};
    std::atomic<int> moves_{0};
    std::set<std::string> acknowledged_;
    unsigned long moment_ = 0;
    std::vector<Cut> cuts_;
};

std::string integrity_of(const std::string& file) {
    sqlite3* database = nullptr;
    std::string said;
    if (sqlite3_open(file.c_str(), &database) == SQLITE_OK) {
        const auto hear = [](void* to, int, char** values, char**) {
            static_cast<std::string*>(to)->append(values[0]);
            return 0;
        };
        sqlite3_exec(database, "PRAGMA integrity_check", hear, &said, nullptr);
    }
    sqlite3_close(database);
    return said;
}

/// Starts a store with what each cut has left. Answers how many different numbers of notes had been acknowledged.
std::size_t restart_after(const std::vector<Cut>& cuts, std::size_t most_under_way, bool is_in_order) {
    std::set<std::size_t> seen;
    for (const Cut& cut : cuts) {
        SCOPED_TRACE("cut at moment " + std::to_string(cut.moment));
        const Directory after;
        std::filesystem::create_directory(after.data());
        std::filesystem::permissions(after.data(), std::filesystem::perms::owner_all);
        for (const auto& [name, bytes] : cut.files) {
            FILE* const file = std::fopen((after.data() + "/" + name).c_str(), "wb");
            std::fwrite(bytes.data(), 1, bytes.size(), file);
            std::fclose(file);
        }
        {
            OpenStore restarted{after.data()};
            const auto found = restarted.notes();
            for (std::size_t at = 0; is_in_order && at < found.size(); ++at)
                EXPECT_EQ(found[at], std::to_string(first_note + static_cast<int>(at)));
            EXPECT_TRUE(std::ranges::includes(found, cut.acknowledged));
            EXPECT_LE(found.size(), cut.acknowledged.size() + most_under_way) << "only what was under way, too";
            EXPECT_TRUE(restarted.add("afterwards"));
        }
        EXPECT_EQ(integrity_of(after.data() + "/florin.db"), "ok");
        seen.insert(cut.acknowledged.size());
        if (testing::Test::HasFailure()) break;
    }
    return seen.size();
}

TEST(SqlitePower, wherever_it_is_cut_all_that_was_acknowledged_is_there_and_nothing_is_torn) {  // F101, F100
    const Directory directory;
    int started = 0;
    std::vector<Cut> cuts;
    {
        Disk disk{directory.data()};
        OpenStore store{directory.data()};
        // The log starts anew after each time that it was moved, over what it held before.
        for (int round = 0; round < 3; ++round) {
            const int moves = disk.moves();
            for (int i = 0; i < 12; ++i) {
                const std::string note = std::to_string(first_note + started++);
                ASSERT_TRUE(store.add(note));
                disk.acknowledge({&note, 1});
            }
            disk.wait_for_moves(moves + 1);
        }
        cuts = disk.cuts();
    }
    ASSERT_GT(cuts.size(), 40U);
    EXPECT_GT(restart_after(cuts, 1, true), 20U) << "the cuts fall everywhere";
}

TEST(SqlitePower, wherever_it_is_cut_many_who_share_commits_lose_nothing_they_were_told_or_shown) {  // F101
    constexpr int callers = 12, notes_each = 40;
    const Directory directory;
    std::vector<Cut> cuts;
    {
        Disk disk{directory.data()};
        OpenStore store{directory.data()};
        std::atomic<int> left{callers};
        const auto write = [&](int caller) -> Task<void> {
            for (int i = 0; i < notes_each; ++i) {
                const std::string note = std::to_string(caller) + "/" + std::to_string(i);
                auto unit = [&](Tx& tx) -> Result<bool> {
                    Notes::add(tx, note);
                    return true;
                };
                check((co_await (*store).write(unit)).has_value(), "the disk takes it");
                disk.acknowledge({&note, 1});
            }
            --left;
            left.notify_all();
        };
        for (int caller = 0; caller < callers; ++caller)
            store.loop().call([&, caller] { store.loop().spawn(write(caller)); });
        // What somebody has read they may have told others.
        while (left > 0) disk.acknowledge(store.notes());
        cuts = disk.cuts();
    }
    ASSERT_GT(cuts.size(), 20U);
    EXPECT_GT(restart_after(cuts, callers, false), 5U);
}

}  // namespace
}  // namespace florin::store
