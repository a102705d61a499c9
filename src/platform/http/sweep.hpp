#pragma once

#include <cstdint>
#include <limits>
#include <memory>

#include "florin/runtime/scheduler.hpp"

namespace florin::http {

/// Something that ends when its time is over. Stands in the list of one `Sweep`.
class Timed {
public:
    static constexpr std::int64_t never = std::numeric_limits<std::int64_t>::max();

    virtual ~Timed();
    Timed(const Timed&) = delete;
    Timed& operator=(const Timed&) = delete;

protected:
    Timed() = default;

private:
    friend class Sweep;
    /// Its time is over. The deadline is `never` again by now; the object may be gone afterwards.
    virtual void expire() = 0;
    void unlink();

    class Sweep* sweep_ = nullptr;
    Timed* before_ = nullptr;
    Timed* after_ = nullptr;
    std::int64_t deadline_ns_ = never;
};

/// The deadlines of one thread. To set one is to store a number: one coarse timer looks over the
/// list, so that a request costs no timer of its own. Late by at most `slack`. One thread.
class Sweep {
public:
    static constexpr Millis slack{10};

    explicit Sweep(Scheduler& scheduler);
    ~Sweep();
    Sweep(const Sweep&) = delete;

    void add(Timed& item);
    void set(Timed& item, Millis from_now);
    void clear(Timed& item) { item.deadline_ns_ = Timed::never; }

    /// Calls `visit` for each member; `visit` may remove the one it is given.
    template <class Visit>
    void for_each(Visit visit) {
        for (Timed* item = first_; item != nullptr;) {
            cursor_ = item->after_;
            visit(*item);
            item = cursor_;
        }
        cursor_ = nullptr;
    }

private:
    friend class Timed;
    void look();
    void wake_at(std::int64_t when_ns);

    Scheduler& scheduler_;
    Timed* first_ = nullptr;
    /// The next member of a walk in progress, kept right while members leave.
    Timed* cursor_ = nullptr;
    std::int64_t next_look_ns_ = Timed::never;
    /// A timer cannot be taken back; it does nothing once this is gone.
    std::shared_ptr<Sweep*> self_;
};

}  // namespace florin::http
