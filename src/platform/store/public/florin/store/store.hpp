#pragma once

#include <coroutine>
#include <exception>
#include <memory>
#include <optional>
#include <stdexcept>
#include <string>
#include <type_traits>

#include "florin/base/result.hpp"
#include "florin/runtime/scheduler.hpp"
#include "florin/runtime/world.hpp"
#include "florin/store/tx.hpp"

namespace florin::store {

/// The engine failed, or was used wrongly. Never leaves a unit as a refusal: `Store` turns the
/// kinds that can happen to a healthy program into `Error`s and rethrows `fault`.
class Failure : public std::runtime_error {
public:
    enum class Kind {
        fault,        ///< A constraint that the code believed impossible to break, a wrong statement.
        repeat,       ///< Deadlock or serialization failure: the same unit may succeed.
        unavailable,  ///< Connection, disk or memory: nothing of the unit happened.
        unknown,      ///< COMMIT was sent and no answer came.
    };
    Failure(Kind kind, const std::string& what) : std::runtime_error{what}, kind{kind} {}
    Kind kind;
};

namespace detail {
/// A waiting unit of work, living in its caller's coroutine frame.
struct Unit {
    Unit* next = nullptr;
    Scheduler* home = nullptr;
    std::coroutine_handle<> awaiting;
    /// A view that may take as long as it takes.
    bool is_unlimited = false;
    /// False when the unit refused, so nothing of it may stay written.
    virtual bool run(Tx& tx) = 0;
    virtual bool view(Reader& reader) = 0;
    /// Sets the outcome for a unit that could not be run or committed.
    virtual void refuse(const Failure& failure) = 0;
    /// An exception that `run` let out and that is not the engine's.
    std::exception_ptr escaped;

protected:
    ~Unit() = default;
};

template <class F, class Arg>
struct Awaiter;
}  // namespace detail

/// The database. `write` and `read` take a plain function and answer its result:
///
///     const auto paid = co_await store.write([&](Tx& tx) -> Result<Payment> { … });
///
/// A unit that returns an error leaves nothing written. Errors of the store's own: `unavailable`
/// (`storage_unavailable`: nothing happened) and `outcome_unknown` (`commit_unknown`: read to find
/// out). No caller is answered before its commit is durable. From any scheduler's thread; the
/// caller is resumed on its own, so schedulers outlive the store.
class Store {
public:
    virtual ~Store() = default;

    template <class F>
    auto write(F&& unit);
    /// For the small reads of a request: what takes ten seconds is ended with `storage_unavailable`. SQLite
    /// runs it at once on the caller's thread.
    template <class F>
    auto read(F&& view);
    /// As `read`, for as long as it takes: for checks of everything, never for a request. SQLite's log cannot
    /// start anew meanwhile.
    template <class F>
    auto examine(F&& view);

    virtual Engine engine() const = 0;
    /// False while the engine cannot write or read, as its last attempt showed; it goes on trying, so a
    /// disk that has space again needs no restart (F103).
    virtual bool is_healthy() const = 0;
    /// What the engine says against `sql`, which is prepared and not run; empty when nothing. Blocks:
    /// for tests and for the start of a server.
    virtual std::string why_not(const Sql& sql) = 0;

    virtual void submit_write(detail::Unit& unit) = 0;
    /// True when the unit was run within the call and the caller need not be suspended.
    virtual bool submit_read(detail::Unit& unit) = 0;
};

namespace detail {

template <class R>
struct IsResult : std::false_type {};
template <class T>
struct IsResult<Result<T>> : std::true_type {};

template <class F, class Arg>
struct Awaiter final : Unit {
    using R = std::invoke_result_t<F&, Arg&>;
    static_assert(IsResult<R>::value, "a unit of work returns a Result");

    Store& store;
    F function;
    std::optional<R> outcome;

    Awaiter(Store& owner, F&& f, bool may_take_long) : store{owner}, function{std::forward<F>(f)} {
        is_unlimited = may_take_long;
    }
    Awaiter(Awaiter&&) = delete;

    bool run([[maybe_unused]] Tx& tx) override {
        if constexpr (std::is_same_v<Arg, Tx>) outcome.emplace(function(tx));
        return outcome->has_value();
    }
    bool view([[maybe_unused]] Reader& reader) override {
        if constexpr (std::is_same_v<Arg, Reader>) outcome.emplace(function(reader));
        return outcome->has_value();
    }
    void refuse(const Failure& failure) override {
        if (failure.kind == Failure::Kind::fault) {
            escaped = std::make_exception_ptr(failure);
        } else if (failure.kind == Failure::Kind::unknown) {
            outcome.emplace(fail(ErrorKind::outcome_unknown, "commit_unknown",
                                 "The database did not say whether the change was kept."));
        } else {
            outcome.emplace(fail(ErrorKind::unavailable, "storage_unavailable",
                                 "The database cannot be reached or written at the moment. Nothing was changed."));
        }
    }

    bool await_ready() const noexcept { return false; }
    bool await_suspend(std::coroutine_handle<> handle) {
        home = &Scheduler::current();
        awaiting = handle;
        if constexpr (std::is_same_v<Arg, Tx>) {
            store.submit_write(*this);
            return true;
        } else {
            return !store.submit_read(*this);
        }
    }
    R await_resume() {
        if (escaped) std::rethrow_exception(escaped);
        return std::move(*outcome);
    }
};

}  // namespace detail

template <class F>
auto Store::write(F&& unit) {
    return detail::Awaiter<F, Tx>{*this, std::forward<F>(unit), false};
}
template <class F>
auto Store::read(F&& view) {
    return detail::Awaiter<F, Reader>{*this, std::forward<F>(view), false};
}
template <class F>
auto Store::examine(F&& view) {
    return detail::Awaiter<F, Reader>{*this, std::forward<F>(view), true};
}

}  // namespace florin::store
