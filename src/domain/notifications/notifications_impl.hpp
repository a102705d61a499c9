#pragma once

#include "florin/notifications/notifications.hpp"
#include "florin/security/keyring.hpp"
#include "notification_store.hpp"

namespace florin::notifications {

/// What a mail was asked for with: the address, if one was given, and what fills the template.
struct Wish {
    Contact contact;  ///< Empty: the customer's own, as it is when the mail is made.
    std::string data = "{}";
};

struct Notifications::Impl {
    Surroundings on;
    security::SecretKey address_key;

    explicit Impl(Surroundings surroundings)
        : on{std::move(surroundings)}, address_key{on.keys.derive("notifications.address")} {}

    /// What a recipient is told once by.
    std::string key_of(MerchantId merchant, const Recipient& recipient) const;
    rows::Sealed seal(const Notification& notification, const Wish& wish) const;
    rows::Sealed seal(const Notification& notification, const Content& content) const;
    Result<Wish> open_wish(const rows::Row& row) const;
    Result<Content> open_letter(const rows::Row& row) const;

    /// Writes rows, files and job; nothing where that recipient was told of that.
    std::optional<Notification> write(store::Tx& tx, const NewNotification& wanted) const;
    /// A mail as it is now to be sent, and the language that it is in.
    struct Made {
        Content content;
        std::string language;
    };
    /// Looks for the template and fills it, for whoever it goes to now: in the language that was asked for, else the
    /// recipient's, the merchant's, the default.
    Task<Result<Made>> make(const Notification& notification, const Wish& wish);
    Task<Result<Contact>> contact_of(const Notification& notification, const Wish& wish);
    Task<Result<Letter>> letter_of(const rows::Row& row, Content content);
    Task<Result<rows::Row>> read(MerchantId merchant, NotificationId id);

    /// The row after that has happened to it; nothing: it cannot happen to it any more.
    static std::optional<rows::Row> after(const rows::Row& row, Happening what, Instant now);
    /// Writes that, with the event that tells of it. False: somebody else has moved it.
    bool move(store::Tx& tx, const rows::Row& after) const;

    /// From what was asked of the mail server to the row, in one unit. The job ends there when the answer is final: who
    /// finds a mail held for a person finds its job dead, and can let it go.
    Task<Result<void>> record(const jobs::Job& job, const rows::Row& sent, const Delivery& delivery,
                              std::string_view to);
    Task<Result<void>> look_for(const jobs::Job& job, rows::Row row);
    Task<Result<void>> send_now(const jobs::Job& job, rows::Row row);
    /// It cannot be sent like this: says so in its row, and ends the job as a dead letter.
    Task<Result<void>> give_up(const jobs::Job& job, const rows::Row& row, Error why);
};

/// As `Notifications::choose_template`.
Result<Template> choose_template(store::Reader& reader, MerchantId merchant, std::string_view name,
                                 std::string_view language, std::string_view default_language);
/// All jobs of a mail have this as their ordering key, so that no two of them run at the same time.
std::string job_key(const NotificationId& id);
/// `Message-ID` of a mail: the same whenever it is sent.
std::string message_id_of(const NotificationId& id, std::string_view from_email);

inline std::unexpected<Error> no_notification() {
    return fail(ErrorKind::not_found, "notification_not_found", "There is no such notification.");
}
inline std::unexpected<Error> no_template() {
    return fail(ErrorKind::not_found, "template_not_found", "There is no such template.");
}

}  // namespace florin::notifications
