#include "warm_up.hpp"

#include <gtest/gtest.h>

#include <semaphore>

namespace florin::app {
namespace {

/// An index of it is damaged.
class DamagedStore final : public store::Store {
public:
    store::Engine engine() const override { return store::Engine::sqlite; }
    bool is_healthy() const override { return true; }
    std::string why_not(const store::Sql&) override { return {}; }
    void submit_write(store::detail::Unit&) override {}
    bool submit_read(store::detail::Unit& unit) override {
        was_read.release();
        unit.refuse({store::Failure::Kind::fault, "database disk image is malformed"});
        return true;
    }
    std::binary_semaphore was_read{0};
};

TEST(WarmUp, a_damaged_index_ends_it_and_not_the_server) {  // F105
    DamagedStore store;
    WarmUp warm_up{store};
    store.was_read.acquire();
}

}  // namespace
}  // namespace florin::app
