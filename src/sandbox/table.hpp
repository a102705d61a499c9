#pragma once

#include <algorithm>
#include <cstdint>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

namespace florin::sandbox {

/// Objects by id, in the order in which they were made.
template <class T>
class Table {
public:
    T& add(T object) {
        if (object.seq == 0) object.seq = static_cast<std::int64_t>(all_.size()) + 1;
        places_[object.id] = all_.size();
        return all_.emplace_back(std::move(object));
    }
    T* find(std::string_view id) {
        const auto place = places_.find(std::string{id});
        return place == places_.end() ? nullptr : &all_[place->second];
    }
    std::vector<T>& all() { return all_; }
    const std::vector<T>& all() const { return all_; }
    /// After loading: objects come by id.
    void sort() {
        std::ranges::sort(all_, {}, &T::seq);
        for (std::size_t i = 0; i < all_.size(); ++i) places_[all_[i].id] = i;
    }

private:
    std::vector<T> all_;
    std::unordered_map<std::string, std::size_t> places_;
};

}  // namespace florin::sandbox
