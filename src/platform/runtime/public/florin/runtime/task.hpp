#pragma once

#include <coroutine>
#include <cstddef>
#include <exception>
#include <optional>
#include <type_traits>
#include <utility>

#include "florin/base/check.hpp"
#include "florin/runtime/spare_memory.hpp"

namespace florin {

template <class T>
class Task;

namespace detail {

struct PromiseBase {
    std::coroutine_handle<> continuation = std::noop_coroutine();

    /// For the coroutine's frame.
    static void* operator new(std::size_t size) { return spare_memory::take(size); }
    static void operator delete(void* frame, std::size_t size) noexcept { spare_memory::give(frame, size); }

    struct FinalAwaiter {
        bool await_ready() noexcept { return false; }
        template <class P>
        std::coroutine_handle<> await_suspend(std::coroutine_handle<P> finished) noexcept {
            return finished.promise().continuation;
        }
        void await_resume() noexcept {}
    };
    std::suspend_always initial_suspend() noexcept { return {}; }
    FinalAwaiter final_suspend() noexcept { return {}; }
};

template <class T>
struct Promise : PromiseBase {
    // Not a variant: its visits made this template a fifth of what many sources took to compile.
    std::optional<T> value;
    std::exception_ptr failure;

    Task<T> get_return_object();
    template <class U>
        requires std::is_constructible_v<T, U&&>
    void return_value(U&& given) {
        value.emplace(std::forward<U>(given));
    }
    void unhandled_exception() { failure = std::current_exception(); }
    T take() {
        if (failure) std::rethrow_exception(failure);
        return std::move(*value);
    }
};

template <>
struct Promise<void> : PromiseBase {
    std::exception_ptr failure;

    Task<void> get_return_object();
    void return_void() {}
    void unhandled_exception() { failure = std::current_exception(); }
    void take() {
        if (failure) std::rethrow_exception(failure);
    }
};

}  // namespace detail

/// A coroutine that starts when it is awaited and hands its result to whoever awaits it. Destroying
/// a suspended task destroys all that it was waiting for. Exceptions travel to the awaiter; they
/// mean a fault of ours or of the machine, refusals travel as `Result`.
template <class T = void>
class [[nodiscard]] Task {
public:
    using promise_type = detail::Promise<T>;

    Task(Task&& other) noexcept : handle_{std::exchange(other.handle_, nullptr)} {}
    Task& operator=(Task&& other) noexcept {
        if (this != &other) {
            if (handle_) handle_.destroy();
            handle_ = std::exchange(other.handle_, nullptr);
        }
        return *this;
    }
    ~Task() {
        if (handle_) handle_.destroy();
    }

    bool await_ready() const noexcept { return false; }
    std::coroutine_handle<> await_suspend(std::coroutine_handle<> awaiting) noexcept {
        handle_.promise().continuation = awaiting;
        return handle_;
    }
    T await_resume() { return handle_.promise().take(); }

private:
    friend promise_type;
    explicit Task(std::coroutine_handle<promise_type> handle) : handle_{handle} {}
    std::coroutine_handle<promise_type> handle_;
};

namespace detail {
template <class T>
Task<T> Promise<T>::get_return_object() {
    return Task<T>{std::coroutine_handle<Promise<T>>::from_promise(*this)};
}
inline Task<void> Promise<void>::get_return_object() {
    return Task<void>{std::coroutine_handle<Promise<void>>::from_promise(*this)};
}
}  // namespace detail

}  // namespace florin
