#pragma once

#include <optional>
#include <string>
#include <vector>

#include "florin/notifications/notifications.hpp"
#include "florin/store/tx.hpp"

/// Rows and SQL of notifications, their attachments and templates; nothing else.
namespace florin::notifications::rows {

using store::Reader;
using store::Tx;
using Sealed = std::vector<std::uint8_t>;

/// A notification as it rests.
struct Row {
    Notification notification;
    std::string recipient;  ///< What it is told once.
    Sealed wish, letter;    ///< Empty: there is none.
};
struct AttachmentRow {
    std::int64_t number;
    std::string name, content_type;
    Sealed content;
};

/// False: the recipient was told of that cause by that template.
[[nodiscard]] bool insert(Tx& tx, const Row& row);
void insert_attachment(Tx& tx, MerchantId merchant, const NotificationId& id, const AttachmentRow& attachment);
/// All that can change. Version-checked: from the version before `after`'s.
[[nodiscard]] bool update(Tx& tx, const Row& after);
/// Of all that was, or was to be, told to the recipient: what is personal. What waits is canceled.
void erase(Tx& tx, MerchantId merchant, std::string_view recipient);

std::optional<Row> find(Reader& reader, MerchantId merchant, const NotificationId& id);
std::optional<Row> find_same(Reader& reader, MerchantId merchant, std::string_view cause,
                             std::string_view template_name, std::string_view recipient);
std::vector<AttachmentRow> attachments(Reader& reader, MerchantId merchant, const NotificationId& id);
std::vector<Row> list(Reader& reader, MerchantId merchant, const NotificationFilter& filter);
/// What should have happened before `moment`, over all merchants, at most `limit`.
std::vector<Row> overdue(Reader& reader, Instant moment, std::int64_t limit);

/// False: there is one.
[[nodiscard]] bool insert_template(Tx& tx, MerchantId merchant, const Template& made);
/// Version-checked.
[[nodiscard]] bool update_template(Tx& tx, MerchantId merchant, const Template& after);
[[nodiscard]] bool remove_template(Tx& tx, MerchantId merchant, std::string_view name, std::string_view language);
std::optional<Template> find_template(Reader& reader, MerchantId merchant, std::string_view name,
                                      std::string_view language);
std::vector<Template> templates(Reader& reader, MerchantId merchant);

}  // namespace florin::notifications::rows
