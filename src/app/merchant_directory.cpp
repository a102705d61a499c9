#include "merchant_directory.hpp"

namespace florin::app {

template <class Key>
std::optional<identity::Merchant> MerchantDirectory::remembered(const std::map<Key, Known>& of, const Key& key) {
    const std::lock_guard lock{mutex_};
    const auto found = of.find(key);
    if (found == of.end() || clock_.monotonic_ns() - found->second.read_ns > stale_after_ns) return std::nullopt;
    return found->second.merchant;
}

void MerchantDirectory::remember(const identity::Merchant& merchant) {
    const std::lock_guard lock{mutex_};
    if (by_id_.size() > most) by_id_.clear();
    if (by_name_.size() > most) by_name_.clear();
    const Known known{merchant, clock_.monotonic_ns()};
    by_id_.insert_or_assign(merchant.id.value, known);
    by_name_.insert_or_assign(merchant.name, known);
}

Task<Result<std::optional<identity::Merchant>>> MerchantDirectory::find(MerchantId id) {
    if (auto known = remembered(by_id_, id.value)) co_return known;
    auto read = [&](store::Reader& reader) -> Result<std::optional<identity::Merchant>> {
        return identity::find_merchant(reader, id);
    };
    auto found = co_await store_.read(read);
    if (found && *found) remember(**found);
    co_return found;
}

Task<Result<std::optional<identity::Merchant>>> MerchantDirectory::find(std::string name) {
    if (auto known = remembered(by_name_, name)) co_return known;
    auto read = [&](store::Reader& reader) -> Result<std::optional<identity::Merchant>> {
        return identity::find_merchant(reader, name);
    };
    auto found = co_await store_.read(read);
    if (found && *found) remember(**found);
    co_return found;
}

}  // namespace florin::app
