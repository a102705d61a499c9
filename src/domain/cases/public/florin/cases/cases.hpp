#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "florin/audit/audit.hpp"
#include "florin/base/id.hpp"
#include "florin/base/instant.hpp"
#include "florin/base/money.hpp"
#include "florin/base/result.hpp"
#include "florin/calendar/calendar.hpp"
#include "florin/jobs/worker.hpp"
#include "florin/runtime/world.hpp"
#include "florin/store/store.hpp"

namespace florin::cases {

using store::Reader;
using store::Tx;
using CaseId = Id<struct CaseTag>;

enum class Status { open, resolved };
/// How a person ended it.
enum class Resolution {
    paid_elsewhere,  ///< The money came another way: `amount` of it.
    waived,          ///< Nobody has to pay it any more.
    retry,           ///< It is to be collected once more, today.
    canceled,        ///< What it belongs to was, or is to be, canceled.
};
std::string_view to_text(Resolution resolution);

/// Something that a machine could not finish. Borrowed for the length of a call.
struct NewCase {
    MerchantId merchant;
    std::string_view cause;   ///< `charge:<id>`: there is one case of it.
    std::string_view reason;  ///< A code: `payment_failed`, `billing_held`, `refund_failed`.
    std::string_view customer_id;
    std::string_view owner_kind;  ///< As in `billing::Turn`.
    Uuid owner{};
    std::optional<Money> amount = {};
    std::optional<calendar::Date> due_date = {};
    std::int64_t attempts = 0;
    std::string_view decline_class = {};
    std::string_view message = {};
    std::string_view correlation_id = {};
};

struct Case {
    MerchantId merchant;
    CaseId id;
    std::string cause, reason, customer_id, owner_kind;
    Uuid owner{};
    std::optional<Money> amount;
    std::optional<calendar::Date> due_date;
    std::int64_t attempts = 0;
    std::string decline_class, message, assignee;
    Status status = Status::open;
    std::optional<Resolution> resolution;
    std::optional<Money> resolved_amount;
    std::string resolution_note, resolved_by;
    std::string crm_id;  ///< Its id in the CRM; empty: not mirrored (yet).
    std::string correlation_id;
    std::int64_t version = 1;
    Instant created_at, updated_at;
};

/// The customer relationship management system that cases are mirrored to. Translates and does not decide.
class Crm {
public:
    enum class Outcome { accepted, deferred, refused, unknown };
    struct Mirrored {
        Outcome outcome = Outcome::unknown;
        std::string id = {}, code = {}, reason = {};
    };
    virtual ~Crm() = default;
    /// Creates the record, or finds the one that was created for this case: never two.
    virtual Task<Mirrored> mirror(const Case& one, std::string_view customer_email, std::string_view customer_name) = 0;
};

/// What the module is given. All outlive it.
struct Surroundings {
    World world;
    store::Store& store;
    const audit::Log& audit;
    Crm* crm = nullptr;  ///< Nothing: cases are kept here alone.
    std::function<void()> wake;
};

/// The desk of what a person has to finish. Any scheduler.
class Cases {
public:
    explicit Cases(Surroundings surroundings);
    ~Cases();
    Cases(const Cases&) = delete;

    /// Who acts on a resolution, by the kind of owner: in the commit that resolves. Error: it cannot be resolved so.
    void on_resolved(std::string owner_kind, std::function<Result<void>(Tx&, const Case&)> act);

    /// In the caller's unit. The case that was opened for the cause before, if there is one.
    CaseId open(Tx& tx, const NewCase& one);
    std::optional<Case> find(Reader& reader, MerchantId merchant, CaseId id);

    /// Works on one job that mirrors a case. May be called again for the same one.
    Task<Result<void>> mirror(const jobs::Job& job);

    struct Impl;

private:
    std::unique_ptr<Impl> impl_;
};

}  // namespace florin::cases
