#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "florin/audit/audit.hpp"
#include "florin/base/result.hpp"
#include "florin/idempotency/idempotency.hpp"
#include "florin/jobs/worker.hpp"
#include "florin/notifications/notification.hpp"
#include "florin/notifications/template.hpp"
#include "florin/notifications/transport.hpp"
#include "florin/runtime/scheduler.hpp"
#include "florin/runtime/world.hpp"
#include "florin/security/keyring.hpp"
#include "florin/store/store.hpp"

namespace florin::notifications {

/// Whom a customer's mails go to.
struct Contact {
    std::string email, name;
    std::string language = {};  ///< `de-AT`; empty: the merchant's.
};
/// Who tells: the merchant, as its customers know it.
struct Sender {
    std::string name, support_email;
    std::string language;  ///< For those who have none of their own.
};
/// What is known of a customer; nothing: there is none, or they are erased.
using FindContact = std::function<Task<Result<std::optional<Contact>>>(MerchantId, std::string customer_id)>;

/// What the module is given. All outlive it.
struct Surroundings {
    World world;
    store::Store& store;
    const security::KeyRing& keys;
    const audit::Log& audit;
    Transport& transport;
    FindContact find_contact;
    std::string from_email, from_name;
    std::string default_language = "en";
    /// Nothing: no merchant's name, and the default language.
    std::function<Sender(store::Reader&, MerchantId)> find_sender = {};
    /// Called after a commit that has left something to send.
    std::function<void()> wake;
};

/// Who asks, for the audit.
struct Asker {
    MerchantId merchant;
    std::string actor, ip_address, user_agent, correlation_id, traceparent;
};

/// What a request to send a mail says.
struct SendCommand {
    Asker asker;
    idempotency::Guard guard;
    std::string cause;  ///< Empty: the request itself.
    std::string template_name;
    Recipient recipient;
    std::string data = "{}", language;
};
struct Queued {
    Notification notification;
    bool is_new = false;  ///< False: this recipient has been told of this cause already, or the request is a repeat.
};

/// A notification and, unless it was erased, what it says: as sent, or as it would be.
struct Opened {
    Notification notification;
    std::optional<Content> content;
};

struct NotificationFilter {
    std::optional<State> state;
    std::optional<std::string> customer_id, template_name, cause;
    std::optional<Instant> created_from, created_before;
    std::optional<NotificationId> after;  ///< Cursor: the last one seen; the list goes from new to old.
    std::size_t limit = 50;
};

/// Tells people by mail: each cause each recipient once by each template. Any scheduler.
///
/// Source: requirements A-AS-08, A-CM-30, E-AP-06; failures F61, F122, F123, F144.
class Notifications {
public:
    static constexpr std::string_view job_kind = "notifications.send";
    /// How deliveries are repeated that a mail server has put off: after 15 s, 30 s … an hour, for about twelve hours.
    static jobs::Policy policy();

    explicit Notifications(Surroundings surroundings);
    ~Notifications();
    Notifications(const Notifications&) = delete;

    /// Queues a mail in the caller's unit: it goes out exactly if the unit commits. Call `wake` after the commit.
    /// Nothing happens when this recipient was told of this cause by this template before (F122): then the answer is
    /// false. `data` may name nothing that becomes outdated: it is sent as it is (F61), so mails that tell of an
    /// outcome come from events of final states alone (F124).
    bool enqueue(store::Tx& tx, const NewNotification& notification) const;
    void wake() const;

    /// As a request asks for it: what cannot be sent is refused at once. Errors: `invalid` (`unknown_template`,
    /// `invalid_language`, `invalid_email`, `invalid_cause`, those of `render`; field named), `not_found`
    /// (`customer_not_found`: no address is given and none is known), `mismatch`.
    Task<Result<Queued>> send(SendCommand command);
    Task<Result<Opened>> find(MerchantId merchant, NotificationId id);
    Task<Result<std::vector<Notification>>> list(MerchantId merchant, NotificationFilter filter);
    /// Lets a mail that failed, or of which nobody knows, go out again. Errors: `not_found`, `conflict`
    /// (`notification_not_held`: it is under way, or sent).
    Task<Result<Notification>> resend(Asker asker, NotificationId id);
    /// Takes away, in the caller's unit, all that is known of whom a customer's mails went to and what they said. What
    /// waits is not sent.
    void erase(store::Tx& tx, MerchantId merchant, std::string_view customer_id) const;

    /// Works on one job of `job_kind`. May be called again for the same one.
    Task<Result<void>> deliver(const jobs::Job& job);
    /// Finds mails for which nothing happens any more, and lets them go on or fail (F123). Answers how many.
    Task<std::size_t> sweep();
    /// Runs the pass above every minute until `stop`.
    Task<void> run(Signal& stop);

    /// The merchant's own and, where there is none of that name and language, Florin's.
    Task<Result<std::vector<Template>>> list_templates(MerchantId merchant);
    /// Exactly that one. Error `template_not_found`.
    Task<Result<Template>> find_template(MerchantId merchant, std::string name, std::string language);
    /// The one that mails are made of: in the language, in it without its region, in the default language; the
    /// merchant's own, else Florin's. Error `template_not_found`.
    Task<Result<Template>> choose_template(MerchantId merchant, std::string name, std::string language);
    /// Makes the merchant's own template, or takes its place. Errors: those of `validate`, `invalid_template_name`,
    /// `invalid_language`.
    Task<Result<Template>> put_template(Asker asker, std::string name, std::string language, TemplateText words);
    /// From then on Florin's own is used again, if there is one. Error `template_not_found`.
    Task<Result<void>> remove_template(Asker asker, std::string name, std::string language);

private:
    struct Impl;
    std::unique_ptr<Impl> impl_;
};

}  // namespace florin::notifications
