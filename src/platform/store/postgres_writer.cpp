#include "postgres_writer.hpp"

#include <thread>

#include "florin/base/check.hpp"

namespace florin::store {

namespace {
/// A unit that meets a deadlock or a serialization failure is run so often in all (F114).
constexpr int most_attempts = 5;
}  // namespace

void Finished::add(detail::Unit& unit) {
    for (Home& home : homes_) {
        if (home.scheduler != unit.home) continue;
        home.ready.push_back(unit.awaiting);
        return;
    }
    homes_.push_back({unit.home, {unit.awaiting}});
}

void Finished::resume() {
    for (Home& home : homes_) {
        if (!home.ready.empty()) home.scheduler->post_all(home.ready);
        home.ready.clear();
    }
}

class PostgresWriter::UnitTx final : public Tx {
public:
    UnitTx(PostgresWriter& writer, std::size_t owner, Manner manner)
        : Tx{writer.seen_}, session_{writer.session_}, held_{writer.held_}, owner_{owner}, manner_{manner} {
        now_ = writer.world_.clock.now();
        memory_ = &writer.memory_;
        lane_ = session_.lane();
    }

    bool has_written() const { return has_written_; }

    Engine engine() const override { return Engine::postgres; }

    void query(const Sql& sql, std::span<const Param> params, RowSink sink) override {
        const PostgresResult result = ask(sql, params);
        // Writes can answer rows too.
        const bool is_read = std::string_view{PQcmdStatus(result.get())}.starts_with("SELECT");
        has_written_ = has_written_ || (!is_read && changed_rows(*result) > 0);
        show_rows(sql, *result, sink);
    }

    std::int64_t execute(const Sql& sql, std::span<const Param> params) override {
        const std::int64_t changed = changed_rows(*ask(sql, params));
        has_written_ = has_written_ || changed > 0;
        return changed;
    }

    bool execute_later(const Sql& sql, std::span<const Param> params, bool must_change_one) override {
        if (must_change_one && manner_ == Manner::alone) return execute(sql, params) == 1;
        has_written_ = true;
        const auto want = must_change_one ? PostgresSession::Want::one_change : PostgresSession::Want::success;
        if (manner_ == Manner::sharing_statements) {
            held_.hold(sql, params, want, owner_);
        } else {
            session_.send(sql, params, want, owner_);
        }
        return true;
    }

private:
    PostgresResult ask(const Sql& sql, std::span<const Param> params) {
        held_.send();
        session_.send(sql, params, PostgresSession::Want::result, owner_);
        PostgresResult result = session_.wait_for_result();
        // Somebody assumed what has just proved false: nothing that is read now counts.
        if (session_.is_troubled()) throw Failure{Failure::Kind::repeat, "a claim proved false"};
        return result;
    }

    PostgresSession& session_;
    HeldStatements& held_;
    std::size_t owner_;
    Manner manner_;
    bool has_written_ = false;
};

PostgresWriter::PostgresWriter(std::string url, World world, PostgresSession::Watch watch, BatchSize& batch_size,
                               Reached& reached)
    : world_{world},
      session_{std::move(url), PostgresSession::Role::writer, world, std::move(watch)},
      batch_size_{batch_size},
      reached_{reached} {}

void PostgresWriter::run(std::vector<detail::Unit*>& units) {
    std::vector<Run> runs;
    runs.reserve(units.size());
    for (detail::Unit* unit : units) runs.emplace_back().unit = unit;
    // A session that has died meanwhile (a failover, a restart) is found out by using it: then all that
    // was not committed is run once more on a new one.
    std::string why;
    for (int attempt = 0; attempt < 2; ++attempt) {
        try {
            session_.ensure_connected();
            run_connected(runs);
            reached_.note(true);
            break;
        } catch (const ConnectionLost& lost) {
            forget_connection();
            why = lost.what();
        }
    }
    for (Run& run : runs) {
        if (run.unit == nullptr) continue;
        reached_.note(false);
        run.failure.emplace(Failure::Kind::unavailable, why);
        finish(run);
    }
    finished_.resume();
}

void PostgresWriter::run_connected(std::vector<Run>& runs) {
    std::vector<Run*> open;
    for (Run& run : runs)
        if (run.unit != nullptr) open.push_back(&run);

    // First rows of several units share statements too. If that fails and it cannot be told for whose
    // sake, each statement has its owner the second time. Those that spoil a commit are taken out, and
    // the others share another one.
    std::vector<Run*> culprits;
    bool shares_statements = true;
    for (int attempt = 0; attempt < 3 && open.size() > 1; ++attempt) {
        if (run_together(open, shares_statements)) {
            if (attempt == 0) batch_size_.worked();
            open.clear();
            break;
        }
        const std::size_t blamed_before = culprits.size();
        std::ranges::copy_if(open, std::back_inserter(culprits), &Run::is_culprit);
        std::erase_if(open, [](const Run* run) { return run->is_culprit; });
        const bool is_nobody_to_blame = culprits.size() == blamed_before;
        if ((is_nobody_to_blame && !shares_statements) || attempt == 2) {
            batch_size_.failed();
            break;
        }
        shares_statements = shares_statements && !is_nobody_to_blame;
    }
    finished_.resume();
    open.insert(open.end(), culprits.begin(), culprits.end());
    for (Run* run : open) {
        run_alone(*run);
        finished_.resume();
    }
}

void PostgresWriter::call(Run& run, std::size_t owner, Manner manner) {
    UnitTx tx{*this, owner, manner};
    run.unit->escaped = nullptr;
    run.failure.reset();
    run.is_culprit = false;
    run.has_refused = true;
    try {
        run.has_refused = !run.unit->run(tx);
    } catch (const ConnectionLost&) {
        throw;
    } catch (const Failure& failure) {
        run.failure = failure;
    } catch (...) {
        run.unit->escaped = std::current_exception();
    }
    run.has_written = tx.has_written();
    // It may have remembered what it then did not write.
    if (run.has_refused) forget();
}

bool PostgresWriter::run_together(std::vector<Run*>& runs, bool shares_statements) {
    held_.forget();
    seen_.forget();
    session_.begin();
    bool is_good = true;
    for (std::size_t i = 0; i < runs.size() && is_good; ++i) {
        Run& run = *runs[i];
        call(run, i, shares_statements ? Manner::sharing_statements : Manner::together);
        // Others have shared what it wrote or not: only a rollback of all takes it back.
        if (run.has_refused && run.has_written) run.is_culprit = true;
        is_good = !run.is_culprit && !session_.is_troubled();
    }
    if (is_good) held_.send();
    session_.settle();
    if (!is_good || session_.is_troubled()) {
        const auto blame = [&](std::size_t owner) {
            if (owner != HeldStatements::several) runs[owner]->is_culprit = true;
        };
        std::ranges::for_each(session_.missed_claims(), blame);
        const auto& trouble = session_.trouble();
        if (trouble && trouble->failure.kind != Failure::Kind::repeat) blame(trouble->owner);
        abandon();
        return false;
    }
    try {
        session_.commit();
    } catch (const Failure& failure) {
        memory_.forget();
        if (failure.kind != Failure::Kind::unknown) return false;
        forget_connection();
        for (Run* run : runs) finish_unknown(*run, failure);
        return true;
    }
    for (Run* run : runs) finish(*run);
    return true;
}

void PostgresWriter::run_alone(Run& run) {
    for (int attempt = 1;; ++attempt) {
        if (try_alone(run)) return;
        if (attempt == most_attempts) break;
        // Whoever it met should not meet it again.
        std::this_thread::sleep_for(std::chrono::milliseconds{1 + world_.random.below(std::uint64_t{8} << attempt)});
    }
    run.failure->kind = Failure::Kind::unavailable;
    finish(run);
}

bool PostgresWriter::try_alone(Run& run) {
    session_.ensure_connected();
    held_.forget();
    seen_.forget();
    session_.begin();
    call(run, 0, Manner::alone);
    session_.settle();
    if (session_.trouble()) run.failure = session_.trouble()->failure;
    if (run.failure || run.has_refused) {
        abandon();
        if (run.failure && run.failure->kind == Failure::Kind::repeat) return false;
        finish(run);
        return true;
    }
    try {
        session_.commit();
    } catch (const Failure& failure) {
        memory_.forget();
        run.failure = failure;
        if (failure.kind == Failure::Kind::repeat) return false;
        if (failure.kind == Failure::Kind::unknown) {
            forget_connection();
            finish_unknown(run, failure);
            return true;
        }
    }
    finish(run);
    return true;
}

void PostgresWriter::forget() {
    memory_.forget();
    seen_.forget();
}

void PostgresWriter::abandon() {
    forget();
    session_.roll_back();
}

void PostgresWriter::finish(Run& run) {
    if (run.failure) run.unit->refuse(*run.failure);
    finished_.add(*run.unit);
    run.unit = nullptr;
}

void PostgresWriter::finish_unknown(Run& run, const Failure& failure) {
    // What it has read may have been written by another unit of the same commit, so its answer does
    // not count either way; but without writes nothing of it can have happened.
    run.failure = run.has_written ? failure : Failure{Failure::Kind::unavailable, failure.what()};
    finish(run);
}

void PostgresWriter::forget_connection() {
    session_.close();
    memory_.forget();
}

}  // namespace florin::store
