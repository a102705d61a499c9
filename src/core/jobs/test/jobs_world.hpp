#pragma once

#include <gtest/gtest.h>

#include <algorithm>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "florin/jobs/dead_letters.hpp"
#include "florin/jobs/jobs.hpp"
#include "florin/jobs/worker.hpp"
#include "florin/runtime/simulation.hpp"
#include "florin/store/open.hpp"

namespace florin::jobs {

inline constexpr MerchantId one{1};
inline constexpr MerchantId two{2};

/// Workers over a database in memory, on virtual time.
class Jobs : public testing::Test {
protected:
    SimClock clock;
    SimRandom random{1};
    World world{clock, random};
    SimScheduler scheduler{clock};
    std::unique_ptr<store::SimStore> store = store::SimStore::open(scheduler, world);
    std::vector<std::string> done;  ///< What handlers did, in order.
    Signal stop;

    template <class T>
    T write(const std::function<T(Tx&)>& unit) {
        return scheduler.await([](store::Store& on, const std::function<T(Tx&)>& run) -> Task<T> {
            auto wrapped = [&](Tx& tx) -> Result<T> { return run(tx); };
            auto written = co_await on.write(wrapped);
            co_return *written;
        }(*store, unit));
    }
    template <class T>
    T read(const std::function<T(Reader&)>& view) {
        return scheduler.await([](store::Store& on, const std::function<T(Reader&)>& run) -> Task<T> {
            auto wrapped = [&](Reader& reader) -> Result<T> { return run(reader); };
            auto seen = co_await on.read(wrapped);
            co_return *seen;
        }(*store, view));
    }

    /// The payload is a JSON string: what the job is called in `done`.
    JobId add(const std::string& name, NewJob job) {
        const std::string payload = '"' + name + '"';
        job.payload = payload;
        job.id = world.new_id<JobOf>();
        write<int>([&](Tx& tx) {
            enqueue(tx, job);
            return 0;
        });
        return job.id;
    }
    static std::string name_of(const Job& job) { return job.payload.substr(1, job.payload.size() - 2); }

    Handler note() {
        return [this](const Job& job) -> Task<Result<void>> {
            done.push_back(name_of(job));
            co_return Result<void>{};
        };
    }
    std::unique_ptr<Worker> worker(const std::string& name) {
        return std::make_unique<Worker>(*store, world, Worker::Options{.name = name});
    }
    void run_for(Millis time) { scheduler.run(time); }
    Counts counts() {
        return read<Counts>([](Reader& reader) { return count(reader); });
    }
    std::vector<DeadLetter> graves(MerchantId merchant = one) {
        return read<std::vector<DeadLetter>>(
            [&](Reader& reader) { return dead_letters(reader, merchant, {.status = LetterStatus::open}); });
    }
    bool let_go(MerchantId merchant, JobId id) {
        return write<bool>([&](Tx& tx) { return retry(tx, merchant, {id}, {.by = "test", .reason = ""}).size() == 1; });
    }
};

}  // namespace florin::jobs
