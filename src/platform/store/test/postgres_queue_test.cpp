#include "postgres_queue.hpp"

#include <gtest/gtest.h>

#include <deque>
#include <thread>

namespace florin::store {
namespace {

struct Nothing final : detail::Unit {
    bool run(Tx&) override { return true; }
    bool view(Reader&) override { return true; }
    void refuse(const Failure&) override {}
};

class Queue : public testing::Test {
protected:
    void push(std::size_t count) {
        for (std::size_t i = 0; i < count; ++i) ASSERT_TRUE(queue.push(units.emplace_back()));
    }
    std::size_t take(UnitQueue::Worker& worker) {
        std::vector<detail::Unit*> taken;
        EXPECT_TRUE(queue.take(worker, 64, taken));
        return taken.size();
    }

    std::deque<Nothing> units;
    UnitQueue queue{{.waiting = 2'048, .at_once = 2, .join_at = 16}};
    UnitQueue::Worker first, second;
};

TEST_F(Queue, a_second_worker_joins_at_once_while_transactions_are_shared_by_few) {
    push(1);
    EXPECT_EQ(take(first), 1U);
    push(1);
    EXPECT_EQ(take(second), 1U);  // Without waiting for the first.
}

TEST_F(Queue, a_second_worker_waits_for_company_while_transactions_are_shared_by_many) {
    for (int i = 0; i < 50; ++i) {
        push(32);
        EXPECT_EQ(take(first), 32U);
    }
    std::size_t taken = 0;
    std::thread joining{[&] { taken = take(second); }};
    push(16);
    joining.join();
    EXPECT_EQ(taken, 16U);
}

TEST_F(Queue, more_than_may_wait_are_refused) {  // F115
    UnitQueue narrow{{.waiting = 1, .at_once = 1, .join_at = 1}};
    Nothing one, another;
    EXPECT_TRUE(narrow.push(one));
    EXPECT_FALSE(narrow.push(another));
}

}  // namespace
}  // namespace florin::store
