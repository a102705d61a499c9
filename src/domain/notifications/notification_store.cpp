#include "notification_store.hpp"

namespace florin::notifications::rows {
namespace {

using store::Sql;

#define FLORIN_NOTIFICATION_COLUMNS                                                                           \
    "merchant_id, id, cause, template, recipient, customer_id, language, state, sealed_wish, sealed_letter, " \
    "attempts, provider, provider_reference, error_code, error, due_at, sweeps, unknown_since, sent_at, "     \
    "erased_at, correlation_id, traceparent, version, created_at, updated_at"

Sql insert_sql{"notifications.insert", R"sql(
    INSERT INTO notifications (merchant_id, id, cause, template, recipient, customer_id, language, state, sealed_wish,
        attempts, provider, provider_reference, error_code, error, due_at, sweeps, correlation_id, traceparent, version,
        created_at, updated_at)
    VALUES ($1, $2, $3, $4, $5, $6, $7, 'queued', $8, 0, '', '', '', '', $9, 0, $10, $11, 1, $12, $12)
    ON CONFLICT (merchant_id, cause, template, recipient) DO NOTHING
)sql"};
Sql insert_attachment_sql{"notification_attachments.insert", R"sql(
    INSERT INTO notification_attachments (merchant_id, notification_id, number, name, content_type, sealed_content)
    VALUES ($1, $2, $3, $4, $5, $6)
)sql"};
Sql update_sql{"notifications.update", R"sql(
    UPDATE notifications SET recipient = $4, language = $5, state = $6, sealed_wish = $7, sealed_letter = $8,
        attempts = $9, provider = $10, provider_reference = $11, error_code = $12, error = $13, due_at = $14,
        sweeps = $15, unknown_since = $16, sent_at = $17, erased_at = $18, version = $3, updated_at = $19
    WHERE merchant_id = $1 AND id = $2 AND version + 1 = $3
)sql"};
Sql erase_sql{"notifications.erase", R"sql(
    UPDATE notifications SET sealed_wish = NULL, sealed_letter = NULL, error = '',
        state = CASE WHEN state = 'sent' THEN 'sent' ELSE 'canceled' END, due_at = NULL, unknown_since = NULL,
        erased_at = $3, updated_at = $3, version = version + 1
    WHERE merchant_id = $1 AND recipient = $2 AND erased_at IS NULL
)sql"};
Sql erase_attachments_sql{"notification_attachments.erase", R"sql(
    DELETE FROM notification_attachments WHERE merchant_id = $1
        AND notification_id IN (SELECT id FROM notifications WHERE merchant_id = $1 AND recipient = $2)
)sql"};
Sql find_sql{"notifications.find",
             "SELECT " FLORIN_NOTIFICATION_COLUMNS " FROM notifications WHERE merchant_id = $1 AND id = $2"};
Sql find_same_sql{"notifications.find_same",
                  "SELECT " FLORIN_NOTIFICATION_COLUMNS
                  " FROM notifications WHERE merchant_id = $1 AND cause = $2 AND template = $3 AND recipient = $4"};
Sql attachments_sql{"notification_attachments.list", R"sql(
    SELECT number, name, content_type, sealed_content FROM notification_attachments
    WHERE merchant_id = $1 AND notification_id = $2 ORDER BY number
)sql"};
// One statement for each index that a list can walk; the other filters are applied on the way.
#define FLORIN_LIST_TAIL                                                                                               \
    " AND id < $2 AND created_at >= $3 AND created_at < $4 AND (template = $6 OR $6 = '') AND (cause = $7 OR $7 = '')" \
    " AND (state = $8 OR $8 = '') ORDER BY id DESC LIMIT $5"
Sql list_all_sql{"notifications.list",
                 "SELECT " FLORIN_NOTIFICATION_COLUMNS " FROM notifications WHERE merchant_id = $1" FLORIN_LIST_TAIL};
Sql list_by_recipient_sql{"notifications.list_by_recipient",
                          "SELECT " FLORIN_NOTIFICATION_COLUMNS
                          " FROM notifications WHERE merchant_id = $1 AND recipient = $9" FLORIN_LIST_TAIL};
Sql list_by_state_sql{"notifications.list_by_state",
                      "SELECT " FLORIN_NOTIFICATION_COLUMNS
                      " FROM notifications WHERE merchant_id = $1 AND state = $9" FLORIN_LIST_TAIL};
// What is open is little, whoever's it is.
Sql overdue_sql{"notifications.overdue",
                "SELECT " FLORIN_NOTIFICATION_COLUMNS " FROM notifications WHERE due_at < $1 ORDER BY due_at LIMIT $2"};

#define FLORIN_TEMPLATE_COLUMNS "name, language, subject, text, html, version, created_at, updated_at"
Sql insert_template_sql{"notification_templates.insert", R"sql(
    INSERT INTO notification_templates (merchant_id, name, language, subject, text, html, version, created_at, updated_at)
    VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $8)
    ON CONFLICT (merchant_id, name, language) DO NOTHING
)sql"};
Sql update_template_sql{"notification_templates.update", R"sql(
    UPDATE notification_templates SET subject = $4, text = $5, html = $6, version = $7, updated_at = $8
    WHERE merchant_id = $1 AND name = $2 AND language = $3 AND version + 1 = $7
)sql"};
Sql remove_template_sql{"notification_templates.remove",
                        "DELETE FROM notification_templates WHERE merchant_id = $1 AND name = $2 AND language = $3"};
Sql find_template_sql{"notification_templates.find",
                      "SELECT " FLORIN_TEMPLATE_COLUMNS
                      " FROM notification_templates WHERE merchant_id = $1 AND name = $2 AND language = $3"};
Sql templates_sql{"notification_templates.list",
                  "SELECT " FLORIN_TEMPLATE_COLUMNS
                  " FROM notification_templates WHERE merchant_id = $1 ORDER BY name, language"};

Sealed octets_of(const store::Row& row, int column) {
    if (row.is_null(column)) return {};
    const auto bytes = row.bytes(column);
    const auto* begin = reinterpret_cast<const std::uint8_t*>(bytes.data());
    return {begin, begin + bytes.size()};
}
std::optional<std::span<const std::uint8_t>> or_null(const Sealed& octets) {
    return octets.empty() ? std::nullopt : std::optional{std::span{octets}};
}

Row row_of(const store::Row& row) {
    const auto state = parse_state(row.text(7));
    if (!state) throw store::Failure{store::Failure::Kind::fault, "a row holds a state that is not known"};
    return {.notification = {.merchant = row.merchant(0),
                             .id = row.id<NotificationId>(1),
                             .cause = row.string(2),
                             .template_name = row.string(3),
                             .customer_id = row.optional_string(5).value_or(""),
                             .language = row.string(6),
                             .state = *state,
                             .attempts = row.integer(10),
                             .provider = row.string(11),
                             .provider_reference = row.string(12),
                             .error_code = row.string(13),
                             .error = row.string(14),
                             .due_at = row.optional_instant(15),
                             .sweeps = row.integer(16),
                             .unknown_since = row.optional_instant(17),
                             .sent_at = row.optional_instant(18),
                             .erased_at = row.optional_instant(19),
                             .correlation_id = row.string(20),
                             .traceparent = row.string(21),
                             .version = row.integer(22),
                             .created_at = row.instant(23),
                             .updated_at = row.instant(24)},
            .recipient = row.string(4),
            .wish = octets_of(row, 8),
            .letter = octets_of(row, 9)};
}

Template template_of(const store::Row& row) {
    return {.name = row.string(0),
            .language = row.string(1),
            .words = {.subject = row.string(2), .text = row.string(3), .html = row.string(4)},
            .is_built_in = false,
            .version = row.integer(5),
            .created_at = row.instant(6),
            .updated_at = row.instant(7)};
}

}  // namespace

bool insert(Tx& tx, const Row& row) {
    const Notification& n = row.notification;
    const auto customer = n.customer_id.empty() ? std::nullopt : std::optional<std::string_view>{n.customer_id};
    return tx.claim(insert_sql, n.merchant, n.id, n.cause, n.template_name, row.recipient, customer, n.language,
                    row.wish, n.due_at, n.correlation_id, n.traceparent, n.created_at);
}

void insert_attachment(Tx& tx, MerchantId merchant, const NotificationId& id, const AttachmentRow& a) {
    tx.later(insert_attachment_sql, merchant, id, a.number, a.name, a.content_type, a.content);
}

bool update(Tx& tx, const Row& after) {
    const Notification& n = after.notification;
    return tx.claim(update_sql, n.merchant, n.id, n.version, after.recipient, n.language, to_text(n.state),
                    or_null(after.wish), or_null(after.letter), n.attempts, n.provider, n.provider_reference,
                    n.error_code, n.error, n.due_at, n.sweeps, n.unknown_since, n.sent_at, n.erased_at, n.updated_at);
}

void erase(Tx& tx, MerchantId merchant, std::string_view recipient) {
    tx.later(erase_attachments_sql, merchant, recipient);
    tx.later(erase_sql, merchant, recipient, tx.now());
}

std::optional<Row> find(Reader& reader, MerchantId merchant, const NotificationId& id) {
    return reader.first(find_sql, row_of, merchant, id);
}

std::optional<Row> find_same(Reader& reader, MerchantId merchant, std::string_view cause,
                             std::string_view template_name, std::string_view recipient) {
    return reader.first(find_same_sql, row_of, merchant, cause, template_name, recipient);
}

std::vector<AttachmentRow> attachments(Reader& reader, MerchantId merchant, const NotificationId& id) {
    const auto map = [](const store::Row& row) {
        return AttachmentRow{row.integer(0), row.string(1), row.string(2), octets_of(row, 3)};
    };
    return reader.all(attachments_sql, map, merchant, id);
}

std::vector<Row> list(Reader& reader, MerchantId merchant, const NotificationFilter& filter) {
    Uuid last;
    last.fill(0xff);
    const Uuid before = filter.after ? filter.after->value : last;
    const std::int64_t from = filter.created_from ? filter.created_from->ms : 0;
    const std::int64_t until = filter.created_before ? filter.created_before->ms : INT64_MAX;
    const std::string_view template_name = filter.template_name ? std::string_view{*filter.template_name} : "";
    const std::string_view cause = filter.cause ? std::string_view{*filter.cause} : "";
    const std::string_view state = filter.state ? to_text(*filter.state) : "";
    if (filter.customer_id)
        return reader.all(list_by_recipient_sql, row_of, merchant, before, from, until, filter.limit, template_name,
                          cause, state, "customer:" + *filter.customer_id);
    if (filter.state)
        return reader.all(list_by_state_sql, row_of, merchant, before, from, until, filter.limit, template_name, cause,
                          "", state);
    return reader.all(list_all_sql, row_of, merchant, before, from, until, filter.limit, template_name, cause, state);
}

std::vector<Row> overdue(Reader& reader, Instant moment, std::int64_t limit) {
    return reader.all(overdue_sql, row_of, moment, limit);
}

bool insert_template(Tx& tx, MerchantId merchant, const Template& made) {
    return tx.claim(insert_template_sql, merchant, made.name, made.language, made.words.subject, made.words.text,
                    made.words.html, made.version, made.created_at);
}

bool update_template(Tx& tx, MerchantId merchant, const Template& after) {
    return tx.claim(update_template_sql, merchant, after.name, after.language, after.words.subject, after.words.text,
                    after.words.html, after.version, after.updated_at);
}

bool remove_template(Tx& tx, MerchantId merchant, std::string_view name, std::string_view language) {
    return tx.run(remove_template_sql, merchant, name, language) == 1;
}

std::optional<Template> find_template(Reader& reader, MerchantId merchant, std::string_view name,
                                      std::string_view language) {
    return reader.first(find_template_sql, template_of, merchant, name, language);
}

std::vector<Template> templates(Reader& reader, MerchantId merchant) {
    return reader.all(templates_sql, template_of, merchant);
}

}  // namespace florin::notifications::rows
