#pragma once

#include <map>
#include <mutex>
#include <optional>
#include <string>

#include "florin/identity/merchants.hpp"
#include "florin/runtime/world.hpp"
#include "florin/store/store.hpp"

namespace florin::app {

/// Merchants as they were at most a second ago. Any thread.
class MerchantDirectory {
public:
    MerchantDirectory(store::Store& store, Clock& clock) : store_{store}, clock_{clock} {}
    Task<Result<std::optional<identity::Merchant>>> find(MerchantId id);
    Task<Result<std::optional<identity::Merchant>>> find(std::string name);

private:
    struct Known {
        identity::Merchant merchant;
        std::int64_t read_ns;
    };
    template <class Key>
    std::optional<identity::Merchant> remembered(const std::map<Key, Known>& of, const Key& key);
    void remember(const identity::Merchant& merchant);

    static constexpr std::int64_t stale_after_ns = 1'000'000'000;
    static constexpr std::size_t most = 10'000;
    store::Store& store_;
    Clock& clock_;
    std::mutex mutex_;
    std::map<std::int64_t, Known> by_id_;
    std::map<std::string, Known> by_name_;
};

}  // namespace florin::app
