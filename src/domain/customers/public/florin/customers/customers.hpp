#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "florin/audit/audit.hpp"
#include "florin/base/result.hpp"
#include "florin/customers/customer.hpp"
#include "florin/idempotency/idempotency.hpp"
#include "florin/runtime/task.hpp"
#include "florin/runtime/world.hpp"
#include "florin/security/keyring.hpp"
#include "florin/store/store.hpp"

namespace florin::customers {

/// What the module is given. All outlive it.
struct Surroundings {
    World world;
    store::Store& store;
    const security::KeyRing& keys;
    const audit::Log& audit;
    /// Others forget the person with us, in the unit that erases them.
    std::function<void(store::Tx&, MerchantId, std::string_view customer_id)> forget = {};
    /// What may still charge them, in words, asked in that unit too: it has to end first, for nobody could be told of
    /// it.
    std::function<std::optional<std::string>(store::Reader&, MerchantId, std::string_view customer_id)> charged_by = {};
};

/// Who asks, as it is kept with what they asked for.
struct Origin {
    std::string actor;
    std::string ip_address;
    std::string user_agent;
    std::string correlation_id;
    std::string traceparent;
};

struct CreateCommand {
    MerchantId merchant;
    idempotency::Guard guard;
    std::string customer_id;  ///< Empty: the new customer's id is also this.
    Profile profile;
    Origin origin;
};

struct Created {
    Customer customer;
    bool is_new = false;
    /// The answer that an earlier request with the same key was given; it is to be given again.
    std::optional<idempotency::Answer> stored;
};

/// What is to be different; nothing: stays as it is. An empty text, address or `{}` takes away.
struct Changes {
    std::optional<std::string> name, email, phone;
    std::optional<Address> billing_address;  ///< Takes the place of the whole address.
    std::optional<std::string> metadata;
    std::optional<std::string> locale = {};
};

struct UpdateCommand {
    MerchantId merchant;
    CustomerId id;
    std::int64_t version = 0;  ///< That the changes were thought out for.
    Changes changes;
    Origin origin;
};

struct CustomerFilter {
    std::optional<std::string> customer_id, email;
    std::optional<Instant> created_from, created_before;
    std::optional<CustomerId> after;  ///< Cursor: the last one seen; the list goes from new to old.
    std::size_t limit = 50;
};

/// Whom payments are for. What is known of a person is sealed under a key of that person alone. From any scheduler.
///
/// Errors beside the store's own: `customer_not_found`, also for another merchant's; `customer_erased` (conflict);
/// `card_number_in_text`, `invalid_email`, `invalid_phone`, `invalid_customer_id`, `invalid_text`, `unsupported_locale`
/// (invalid, field named); those of the key ring.
class Customers {
public:
    explicit Customers(Surroundings surroundings);
    ~Customers();
    Customers(const Customers&) = delete;

    /// The merchant's own id is taken once: asked again for the same, the customer that is there is the answer.
    /// Errors: `customer_exists` (conflict) when what is known of that one is something else; `mismatch` for keys.
    Task<Result<Created>> create(CreateCommand command);
    Task<Result<Customer>> find(MerchantId merchant, CustomerId id);
    Task<Result<std::vector<Customer>>> list(MerchantId merchant, CustomerFilter filter);
    /// By the merchant's own id, in the caller's unit; nothing: there is none. Errors: those of the key ring.
    Result<std::optional<Customer>> find_by_customer_id(store::Reader& reader, MerchantId merchant,
                                                        std::string_view customer_id) const;
    /// Whether there is one, by the merchant's own id, who has not been erased.
    static bool is_known(store::Reader& reader, MerchantId merchant, std::string_view customer_id);
    /// Error `customer_changed_meanwhile` (conflict): the version is another one. Without a difference nothing is
    /// written.
    Task<Result<Customer>> update(UpdateCommand command);
    /// Destroys the person's key, and with it all that is known of them. Asked again, it is done.
    /// Error `customer_still_charged` (conflict).
    Task<Result<Customer>> erase(MerchantId merchant, CustomerId id, Origin origin);

private:
    struct Impl;
    std::unique_ptr<Impl> impl_;
};

}  // namespace florin::customers
