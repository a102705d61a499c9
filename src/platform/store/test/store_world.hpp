#pragma once

#include <stdlib.h>

#include <filesystem>
#include <string>

#include "florin/base/check.hpp"
#include "florin/store/open.hpp"
#include "loop_scheduler.hpp"
#include "notes.hpp"
#include "sqlite_store.hpp"

namespace florin::store::test {

/// A directory of its own for each test, gone afterwards.
class Directory {
public:
    Directory() {
        std::string name = (std::filesystem::temp_directory_path() / "florin-store-XXXXXX").string();
        check(mkdtemp(name.data()) != nullptr, "a test may have a directory");
        path_ = name;
    }
    ~Directory() {
        std::error_code ignored;
        std::filesystem::remove_all(path_, ignored);
    }
    Directory(const Directory&) = delete;
    /// Does not exist yet: the store creates it.
    std::string data() const { return path_ + "/data"; }

private:
    std::string path_;
};

inline World system_world() { return {system_clock(), system_random()}; }

inline constexpr Migration notes_schema[] = {
    {1, "notes", "CREATE TABLE notes (text TEXT NOT NULL PRIMARY KEY CHECK (text <> 'impossible')) @strict;"},
};

/// A store on disk and one I/O thread.
class OpenStore {
public:
    explicit OpenStore(const std::string& directory, sqlite::Limits limits = {}) {
        auto opened = sqlite::open(directory, system_world(), notes_schema, limits);
        check(opened.has_value(), "the test's store opens");
        store_ = std::move(*opened);
    }
    ~OpenStore() {
        store_.reset();
        loop_.stop();
    }
    Store& operator*() const { return *store_; }
    LoopScheduler& loop() { return loop_; }

    /// Runs `unit` and waits for its answer.
    template <class F>
    auto write(F unit) {
        std::optional<std::invoke_result_t<F&, Tx&>> answer;
        loop_.finish([&]() -> Task<void> { answer.emplace(co_await store_->write(unit)); });
        return std::move(*answer);
    }
    template <class F>
    auto read(F view) {
        std::optional<std::invoke_result_t<F&, Reader&>> answer;
        loop_.finish([&]() -> Task<void> { answer.emplace(co_await store_->read(view)); });
        return std::move(*answer);
    }
    template <class F>
    auto examine(F view) {
        std::optional<std::invoke_result_t<F&, Reader&>> answer;
        loop_.finish([&]() -> Task<void> { answer.emplace(co_await store_->examine(view)); });
        return std::move(*answer);
    }
    Result<bool> add(const std::string& text) {
        return write([&](Tx& tx) -> Result<bool> {
            Notes::add(tx, text);
            return true;
        });
    }
    std::vector<std::string> notes() {
        const auto found = read([](Reader& reader) -> Result<std::vector<std::string>> { return Notes::all(reader); });
        check(found.has_value(), "the notes can be read");
        return *found;
    }

private:
    LoopScheduler loop_;
    std::unique_ptr<Store> store_;
};

/// Holds up the writer so that what is submitted meanwhile shares a commit.
class Gate {
public:
    /// To be called by a unit.
    void wait() {
        has_arrived_ = true;
        has_arrived_.notify_all();
        is_open_.wait(false);
    }
    void wait_for_arrival() { has_arrived_.wait(false); }
    void open() {
        is_open_ = true;
        is_open_.notify_all();
    }

private:
    std::atomic<bool> has_arrived_{false};
    std::atomic<bool> is_open_{false};
};

}  // namespace florin::store::test
