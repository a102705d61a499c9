#pragma once

#include <functional>
#include <optional>
#include <string>
#include <string_view>

#include "florin/documents/documents.hpp"
#include "florin/jobs/worker.hpp"
#include "florin/notifications/notifications.hpp"
#include "florin/payment_terms/payment_terms.hpp"

namespace florin::payment_terms {

/// Tells customers of what changes in their terms by a document, and a mail with it: the agreement with its schedule,
/// or of a cancellation, once it is settled, the final statement. Any scheduler.
///
/// Source: requirements A-FR-12, A-FR-15, A-CM-27.
class Letters {
public:
    static constexpr std::string_view job_kind = "payment_terms.letter";

    /// All outlive it.
    struct Surroundings {
        World world;
        store::Store& store;
        const documents::Documents& documents;
        const notifications::Notifications& notifications;
        const merchants::Merchants& merchants;
        /// The name of a customer who can be written to, empty when it is not known; nothing: there is no address.
        std::function<Task<Result<std::optional<std::string>>>(MerchantId, std::string customer_id)> addressee;
    };
    explicit Letters(Surroundings surroundings) : on_{std::move(surroundings)} {}

    /// In the unit of the change, for `payment_terms::Surroundings::tell_customer`. The worker is to be woken after it.
    void tell(Tx& tx, const Scheduled& scheduled, std::string_view what, const std::optional<Movement>& at_once) const;
    /// Works on one job of `job_kind`. May be called again for the same one.
    Task<Result<void>> deliver(const jobs::Job& job) const;

    /// Of terms, the agreement as it is now; nothing: there is none yet.
    std::optional<documents::Document> agreement(Reader& reader, MerchantId merchant, PaymentTermsId id) const;

private:
    Surroundings on_;
};

}  // namespace florin::payment_terms
