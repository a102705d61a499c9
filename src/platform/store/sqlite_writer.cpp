#include "florin/base/check.hpp"
#include "sqlite_engine.hpp"

namespace florin::store::sqlite {
namespace {

const Sql begin_write{"store.begin_write", "BEGIN IMMEDIATE", "BEGIN"};
const Sql begin_read{"store.begin_read", "BEGIN"};
const Sql commit_all{"store.commit", "COMMIT"};
const Sql roll_back_all{"store.roll_back", "ROLLBACK"};
const Sql save_unit{"store.save_unit", "SAVEPOINT unit"};
const Sql undo_unit{"store.undo_unit", "ROLLBACK TO SAVEPOINT unit"};
const Sql keep_unit{"store.keep_unit", "RELEASE SAVEPOINT unit"};

}  // namespace

void refuse_all(std::span<detail::Unit* const> units, const Failure& failure) {
    for (detail::Unit* unit : units) {
        unit->escaped = nullptr;
        unit->refuse(failure);
    }
}

bool View::show(detail::Unit& unit) {
    const bool is_well = show_and_keep(unit);
    end();
    return is_well;
}

bool View::show_and_keep(detail::Unit& unit) {
    unit.escaped = nullptr;
    bool is_well = true;
    try {
        if (!connection_.is_in_transaction())
            if (const int code = connection_.step(begin_read); code != SQLITE_DONE)
                raise(connection_.handle(), code, begin_read.name());
        unit.view(*this);
        return true;
    } catch (const Failure& failure) {
        is_well = failure.kind == Failure::Kind::fault ||
                  (sqlite3_extended_errcode(connection_.handle()) & 0xff) == SQLITE_INTERRUPT;
        unit.refuse(failure);
    } catch (...) {
        unit.escaped = std::current_exception();
    }
    end();
    return is_well;
}

bool View::begin(const Sql& touch) {
    if (connection_.step(begin_read) == SQLITE_DONE && connection_.step(touch) == SQLITE_ROW) return true;
    end();
    return false;
}

void View::end() {
    if (connection_.is_in_transaction()) connection_.step(roll_back_all);
}

void View::query(const Sql& sql, std::span<const Param> params, RowSink sink) { connection_.read(sql, params, sink); }

Writer::Writer(Connection& connection, Clock& clock) : Tx{seen_here_}, connection_{connection}, clock_{clock} {
    memory_ = &remembered_;
    lane_ = "main";
}

bool Writer::run_units(std::span<detail::Unit* const> units, std::size_t from) {
    try {
        now_ = clock_.now();
        if (from == 0) {
            seen_here_.forget();
            must(begin_write);
            is_apart_ = false;
        }
        if (is_apart_) {
            run_apart(units.subspan(from));
        } else if (!run_together(units.subspan(from))) {
            roll_back();
            must(begin_write);
            is_apart_ = true;
            run_apart(units);
        }
        return true;
    } catch (const Failure& failure) {
        check(!is_doubtful(sqlite3_extended_errcode(connection_.handle())),
              "the disk confirms what it was told to keep");
        roll_back();
        refuse_all(units, failure);
        return false;
    }
}

bool Writer::run_together(std::span<detail::Unit* const> units) {
    for (detail::Unit* unit : units)
        if (attempt(*unit) == Verdict::to_be_undone) return false;
    return true;
}

void Writer::run_apart(std::span<detail::Unit* const> units) {
    for (detail::Unit* unit : units) {
        must(save_unit);
        if (attempt(*unit) == Verdict::to_be_undone) must(undo_unit);
        must(keep_unit);
    }
}

Writer::Verdict Writer::attempt(detail::Unit& unit) {
    const sqlite3_int64 changes_before = sqlite3_total_changes64(connection_.handle());
    unit.escaped = nullptr;
    bool is_kept = false;
    try {
        is_kept = unit.run(*this);
    } catch (const Failure& failure) {
        if (failure.kind != Failure::Kind::fault) throw;
        unit.refuse(failure);
    } catch (...) {
        unit.escaped = std::current_exception();
    }
    // Some failures make SQLite roll back by itself; the unit may have swallowed the exception.
    if (!connection_.is_in_transaction())
        throw Failure{Failure::Kind::unavailable, "the engine has rolled the transaction back"};
    if (is_kept) return Verdict::kept;
    // It may have remembered what it then did not write.
    forget();
    return sqlite3_total_changes64(connection_.handle()) == changes_before ? Verdict::nothing_written
                                                                           : Verdict::to_be_undone;
}

bool Writer::commit(std::span<detail::Unit* const> units) {
    const int code = connection_.step(commit_all);
    if (code == SQLITE_DONE) return true;
    check(!is_doubtful(code), "the disk confirms what it was told to keep");
    const Failure failure{Failure::Kind::unavailable, std::string{"commit: "} + sqlite3_errmsg(connection_.handle())};
    roll_back();
    refuse_all(units, failure);
    return false;
}

void Writer::forget() {
    remembered_.forget();
    seen_here_.forget();
}

void Writer::roll_back() {
    forget();
    if (connection_.is_in_transaction()) connection_.step(roll_back_all);
    check(!connection_.is_in_transaction(), "a transaction can always be rolled back");
}

void Writer::must(const Sql& sql) {
    if (const int code = connection_.step(sql); code != SQLITE_DONE) raise(connection_.handle(), code, sql.name());
}

void Writer::query(const Sql& sql, std::span<const Param> params, RowSink sink) {
    check(connection_.is_in_transaction(), "a unit of work runs inside a transaction");
    connection_.query(sql, params, sink);
}

std::int64_t Writer::execute(const Sql& sql, std::span<const Param> params) {
    if (!connection_.is_in_transaction())
        throw Failure{Failure::Kind::unavailable, "the engine has rolled the transaction back"};
    return connection_.run(sql, params);
}

bool Writer::execute_later(const Sql& sql, std::span<const Param> params, bool must_change_one) {
    const std::int64_t changed = execute(sql, params);
    return !must_change_one || changed == 1;
}

}  // namespace florin::store::sqlite
