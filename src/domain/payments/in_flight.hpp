#pragma once

#include <mutex>
#include <unordered_map>

#include "florin/payments/payment.hpp"

namespace florin::payments {

/// The end of a version 7 id is chance.
struct HashOfId {
    std::size_t operator()(const Uuid& id) const {
        std::size_t hash = 0;
        for (std::size_t i = 8; i < id.size(); ++i) hash = hash << 8 | id[i];
        return hash;
    }
};

/// What this process is sending right now. Whatever a clock that jumped says, its outcome is not judged
/// by a look-up meanwhile (F77). Any thread.
class InFlight {
public:
    /// In flight for the life of the object.
    class Flight {
    public:
        Flight(InFlight& all, const TransactionId& id) : all_{all}, id_{id} {
            const std::lock_guard lock{all_.mutex_};
            ++all_.ids_[id_.value];
        }
        ~Flight() {
            const std::lock_guard lock{all_.mutex_};
            if (const auto own = all_.ids_.find(id_.value); --own->second == 0) all_.ids_.erase(own);
        }
        Flight(const Flight&) = delete;

    private:
        InFlight& all_;
        TransactionId id_;
    };

    bool has(const Uuid& id) {
        const std::lock_guard lock{mutex_};
        return ids_.contains(id);
    }

private:
    std::mutex mutex_;
    /// How many fly under one id: a repeat of a document C payment asks beside the first.
    std::unordered_map<Uuid, int, HashOfId> ids_;
};

}  // namespace florin::payments
